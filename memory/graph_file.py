"""The knowledge graph as GraphML, for Gephi, yEd, Cytoscape and back.

Entities are nodes (`label`, `kind`, `aliases`), facts are edges (`relation`, `source`,
`confidence`, `believed`), the superseded ones among them. Each also carries its stored record, so
that what is read back is identical. A file that another program made is read by its labels.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ..core.errors import InvalidInput, StoreFailed
from .change import ENTITIES, FACTS, Change
from .evidence import Source
from .fact import NewFact
from .record import checked_record
from .record_file import replaced
from .text import xml_text

if TYPE_CHECKING:
    import networkx

    from .memory import Memory

_RELATION_NAMES: Final = ("relation", "label", "Edge Label", "name", "type", "weight")


async def export_graphml(memory: Memory, path: str | os.PathLike[str]) -> int:
    """Write the graph to a file, whole or not at all; how many facts.

    Raises StoreFailed where the file cannot be written.
    """
    import networkx

    graph = await _as_networkx(memory)
    with replaced(path) as file:
        for line in networkx.generate_graphml(graph):
            file.write(line + "\n")
    return graph.number_of_edges()


async def import_graphml(memory: Memory, path: str | os.PathLike[str]) -> int:
    """Store what a GraphML file holds; how many facts.

    An edge of another program's becomes a fact from the source of that file's name.
    Raises InvalidInput for a file that is no GraphML, StoreFailed where it cannot be read.
    """
    graph = _read(path)
    records = sorted(_stored(graph), key=_learned)
    await memory.write(records)
    foreign = list(_foreign(graph))
    if foreign:
        await memory.graph.add_facts(foreign, Source(document=Path(path).name))
    return sum(record.key.startswith("f") for record in records) + len(foreign)


async def _as_networkx(memory: Memory) -> networkx.MultiDiGraph:
    import networkx

    view = await memory.graph.view()
    believed = {fact.id for fact in view.facts()}
    graph = networkx.MultiDiGraph()
    number: dict[str, str] = {}

    def node(name: str) -> str:
        if name not in number:
            number[name] = f"n{len(number)}"
            graph.add_node(number[name], **_node_attributes(view.entity(name), name))
        return number[name]

    others = []
    async for item in memory.items([FACTS, ENTITIES]):
        if item.value is None:
            continue
        if item.key.startswith("f"):
            value = item.value
            edge = _edge_attributes(item, item.key in believed)
            graph.add_edge(node(value["subject"]), node(value["object"]), key=item.key, **edge)
        else:
            others.append([item.kind, item.key, item.value])
    graph.graph["records"] = json.dumps(others)
    return graph


def _node_attributes(entity: Any, name: str) -> dict[str, str]:
    kind, aliases = (entity.kind, entity.aliases) if entity else ("", ())
    return {
        "label": xml_text(name),
        "kind": xml_text(kind),
        "aliases": xml_text(", ".join(aliases)),
    }


def _edge_attributes(item: Change, believed: bool) -> dict[str, Any]:
    value = item.value or {}
    return {
        "relation": xml_text(value["relation"]),
        "source": xml_text(str(Source(**(value.get("source") or {})))),
        "confidence": float(value.get("confidence", 1.0)),
        "believed": believed,
        "record": json.dumps([item.kind, item.key, value]),
    }


def _read(path: str | os.PathLike[str]) -> networkx.MultiDiGraph:
    from xml.etree.ElementTree import ParseError

    import networkx

    try:
        return networkx.read_graphml(path, force_multigraph=True)
    except OSError as failure:
        raise StoreFailed(f"cannot read {path}: {failure.strerror}") from failure
    except (ParseError, networkx.NetworkXError, KeyError, ValueError, TypeError) as fault:
        raise InvalidInput(f"{path} is not a GraphML file that can be read: {fault}") from fault


def _stored(graph: networkx.MultiDiGraph) -> Iterator[Change]:
    texts = [graph.graph.get("records", "[]")]
    texts += ["[" + data["record"] + "]" for *_, data in graph.edges(data=True) if "record" in data]
    for text in texts:
        try:
            records = json.loads(text)
        except ValueError as fault:
            raise InvalidInput(f"a record in the file is not JSON ({fault})") from fault
        for record in records if isinstance(records, list) else [None]:
            if not isinstance(record, list) or len(record) != 3:
                raise InvalidInput("a record in the file is not [kind, key, value]")
            yield checked_record(*record, where=f"record {record[1]!r:.40}")


def _learned(record: Change) -> tuple[float, str]:
    return (record.value or {})["learned"], record.key


def _foreign(graph: networkx.MultiDiGraph) -> Iterator[NewFact]:
    for subject, object_, data in graph.edges(data=True):
        if "record" not in data:
            relation = next((str(data[n]) for n in _RELATION_NAMES if data.get(n)), "related to")
            yield NewFact(_label(graph, subject), relation, _label(graph, object_))


def _label(graph: networkx.MultiDiGraph, node: Any) -> str:
    data = graph.nodes[node]
    return str(data.get("label") or data.get("name") or node)
