"""The knowledge graph as GraphML, for Gephi, yEd, Cytoscape and back.

Entities are nodes (`label`, `kind`, `aliases`), facts are edges (`relation`, `source`,
`confidence`, `believed`), the superseded ones among them. Each also carries its stored record, so
that what is read back is identical. A file that another program made is read by its labels.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ...core.errors import InvalidInput, MetathinkError, StoreFailed
from ..records.change import ENTITIES, FACTS, Change
from ..records.evidence import Source
from ..records.record import checked_record
from ..records.record_file import replaced
from ..records.text import xml_text
from .fact import NewFact

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    import networkx

    from ..memory import Memory

SIZE_LIMIT: Final = 500_000_000
"""Bytes of a file that is read: as a document in memory it takes about ten times as many."""
_UNREADABLE: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
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
    records, foreign = await asyncio.to_thread(_content, path)
    await memory.write(records)
    if foreign:
        await memory.graph.add_facts(foreign, Source(document=Path(path).name))
    return sum(record.key.startswith("f") for record in records) + len(foreign)


def _content(path: str | os.PathLike[str]) -> tuple[list[Change], list[NewFact]]:
    """The records of a file in the order they were learned, and the facts of another program's."""
    graph = _read(path)
    return sorted(_stored(graph, path), key=_learned), list(_foreign(graph))


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
    """The first graph of a file. It may be anybody's: of a document type, and so of entities that
    expand, none is read, and no more than `SIZE_LIMIT` bytes."""
    from xml.etree.ElementTree import ParseError

    import networkx
    from defusedxml.ElementTree import parse
    from networkx.readwrite.graphml import GraphMLReader

    try:
        if (size := Path(path).stat().st_size) > SIZE_LIMIT:
            raise InvalidInput(f"{path} has {size:,} bytes; at most {SIZE_LIMIT:,} are read")
        root = parse(path, forbid_dtd=True).getroot()
        assert root is not None  # a document without an element is a ParseError
        _set_namespace(root, GraphMLReader.NS_GRAPHML)
        for key in root.iter(f"{{{GraphMLReader.NS_GRAPHML}}}key"):
            key.attrib.setdefault("attr.type", "string")  # networkx warns of a key without
        reader = GraphMLReader(str, int, True)
        keys, defaults = reader.find_graphml_keys(root)
        graph = root.find(f"{{{GraphMLReader.NS_GRAPHML}}}graph")
        if graph is None:
            raise InvalidInput(f"{path} holds no GraphML graph")
        return reader.make_graph(graph, keys, defaults)
    except MetathinkError:
        raise
    except OSError as failure:
        raise StoreFailed(f"cannot read {path}: {failure.strerror}") from failure
    except (ParseError, networkx.NetworkXError, *_UNREADABLE) as fault:
        raise InvalidInput(f"{path} is not a GraphML file that can be read: {fault}") from fault


def _set_namespace(root: Element, namespace: str) -> None:
    """Put the elements of a document into the namespace that some programs leave out."""
    if root.tag == "graphml":
        for element in root.iter():
            if isinstance(element.tag, str) and not element.tag.startswith("{"):
                element.tag = f"{{{namespace}}}{element.tag}"


def _stored(graph: networkx.MultiDiGraph, path: str | os.PathLike[str]) -> Iterator[Change]:
    texts = [graph.graph.get("records", "[]")]
    texts += [f"[{data['record']}]" for *_, data in graph.edges(data=True) if "record" in data]
    for text in texts:
        try:
            records = json.loads(text)
        except (TypeError, ValueError, RecursionError) as fault:
            raise InvalidInput(f"{path}: a record in the file is not JSON ({fault})") from fault
        for record in records if isinstance(records, list) else [None]:
            if not isinstance(record, list) or len(record) != 3:
                raise InvalidInput(f"{path}: a record in the file is not [kind, key, value]")
            yield checked_record(*record, where=f"{path}, record {record[1]!r:.40}")


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
