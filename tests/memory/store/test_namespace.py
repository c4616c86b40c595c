"""A namespace is kept apart whatever its labels say."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from langgraph.store.base import PutOp, validate_op_namespace

from metathink.memory.records.text import normalized, spelling
from metathink.memory.store.namespace import labels_of, parse_namespace, store_path

labels = st.lists(
    st.text(st.sampled_from("ab.%@*E2/ é🌍"), min_size=1).filter(lambda label: label.strip()),
    min_size=1,
    max_size=3,
).map(parse_namespace)
kinds = st.sampled_from(["facts", "people"])


@given(labels, kinds)
def test_labels_come_back_from_the_path(namespace: tuple[str, ...], kind: str):
    path = store_path(namespace, kind)
    assert labels_of(path) == namespace
    validate_op_namespace(PutOp(path, "key", {}))


@given(labels, labels, kinds, kinds)
def test_no_path_is_the_start_of_another(one, other, kind: str, other_kind: str):
    a, b = store_path(one, kind), store_path(other, other_kind)
    if (one, kind) != (other, other_kind):
        assert a != b[: len(a)]


@given(st.text())
def test_a_spelling_and_a_folded_name_are_stable(name: str):
    assert spelling(spelling(name)) == spelling(name)
    assert normalized(normalized(name)) == normalized(name)
