"""The embedded model is asked for facts in the wording it was taught."""

from __future__ import annotations

from metathink.agents.extractor import Extractor
from metathink.memory import NewFact, Refused
from metathink.models.embedded import wording
from metathink.models.embedded.speech import CompactWording
from metathink.models.endpoints.scripted import ScriptedEndpoint
from metathink.models.model import Model

TEXT = "The lime is in the red_crate. Yara owns the lime."


async def test_facts_are_asked_and_read_in_the_compact_wording() -> None:
    facts = [("the lime", "is in", "the red_crate"), ("Yara", "owns", "the lime")]
    said = wording.facts_reply(facts) + "\nYara | owns"
    endpoint = ScriptedEndpoint([said])
    found = await Extractor(Model("embedded", endpoint, adapter=CompactWording())).extract(TEXT)
    assert [str(m.content) for m in endpoint.heard[0].messages] == [wording.extract_facts(TEXT)]
    assert [one for one in found if isinstance(one, NewFact)] == [NewFact(*fact) for fact in facts]
    [refused] = [one for one in found if isinstance(one, Refused)]
    assert "malformed" in refused.reason
