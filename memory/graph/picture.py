"""Seeing a knowledge graph: one HTML page that needs no network, or an SVG or PNG for a document.

In the page a person can pan, zoom, search, click an entity and read its facts with their sources.
Of a large graph the best connected entities are drawn, or those around one entity.
"""

from __future__ import annotations

import html
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from ...core.errors import InvalidInput
from ..records.text import xml_text

if TYPE_CHECKING:
    import networkx

    from .fact import Entity, Fact
    from .graph_view import GraphView

DRAWN: Final = 300
"""Entities drawn, unless said otherwise."""
LISTED: Final = 200
"""Facts of one entity that the page lists."""
_SPACE: Final = 40.0
_LABEL: Final = 40
_COLOURS: Final = ("#2f6f8f", "#a3562b", "#5b7f3b", "#7a4e8c", "#a8862b", "#3f7f78", "#9c4458")

_STYLE = (
    "svg{background:#fbfaf7;font-family:system-ui,sans-serif}.link{stroke:#c3c8ce;fill:none}"
    ".node{stroke:#fbfaf7;stroke-width:1.5}text{fill:#22262b;text-anchor:middle;"
    "paint-order:stroke;stroke:#fbfaf7;stroke-width:3px}"
)


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn: entities with their places and facts, and links between them."""

    title: str
    summary: str
    entities: Sequence[Entity]
    places: Sequence[tuple[float, float]]
    facts: Mapping[str, Sequence[Fact]]
    """Facts of each drawn entity, by its name."""
    links: Sequence[tuple[int, int]]

    def html(self) -> str:
        """One page with everything in it."""
        template = (
            resources.files("metathink.memory.graph").joinpath("picture.html").read_text("utf-8")
        )
        # "<" escaped: nothing stored can end the script element it stands in.
        data = json.dumps(self._data(), ensure_ascii=False, separators=(",", ":"))
        parts = {
            "title": html.escape(self.title),
            "svg": self._svg(""),
            "data": data.replace("<", "\\u003c"),
        }
        head, *rest = template.split("{{")
        return head + "".join(parts[name] + text for name, text in (r.split("}}", 1) for r in rest))

    def svg(self) -> str:
        """The picture alone, with the names of the larger entities."""
        return self._svg(f"<style>{_STYLE}</style>")

    def png(self) -> bytes:
        """The same for places that take no SVG; MissingExtra without matplotlib."""
        from .picture_png import png

        names = {i: _short(self.entities[i].name) for i in self._labelled()}
        sizes = [self._radius(i) for i in range(len(self.entities))]
        colours = [self._colour(i) for i in range(len(self.entities))]
        return png(self._frame(), self.places, self.links, sizes, colours, names)

    def _svg(self, style: str) -> str:
        left, top, width, height = self._frame()
        links = (self._link(a, b) for a, b in self.links)
        nodes = (self._node(i) for i in range(len(self.entities)))
        labelled = self._labelled() if style else range(len(self.entities))
        labels = (self._label(i) for i in labelled)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" '
            f'aria-label="{_escaped(self.title)}" '
            f'viewBox="{left:.0f} {top:.0f} {width:.0f} {height:.0f}">{style}'
            f"<g>{''.join(links)}</g><g>{''.join(nodes)}</g><g>{''.join(labels)}</g></svg>"
        )

    def _frame(self) -> tuple[float, float, float, float]:
        across, down = zip(*self.places, strict=True) if self.places else ((0.0,), (0.0,))
        left, top = min(across) - 2 * _SPACE, min(down) - 2 * _SPACE
        return left, top, max(across) + 2 * _SPACE - left, max(down) + 2 * _SPACE - top

    def _link(self, a: int, b: int) -> str:
        (x1, y1), (x2, y2) = self.places[a], self.places[b]
        shape = f"M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}"
        if a == b:
            shape = f"M{x1:.1f} {y1:.1f}c-30 -40 30 -40 0 0"
        return f'<path class="link" data-a="{a}" data-b="{b}" d="{shape}"/>'

    def _node(self, i: int) -> str:
        x, y = self.places[i]
        name = _escaped(self.entities[i].name)
        return (
            f'<circle class="node" cx="{x:.1f}" cy="{y:.1f}" r="{self._radius(i):.1f}" '
            f'fill="{self._colour(i)}"><title>{name}</title></circle>'
        )

    def _labelled(self) -> list[int]:
        """Whose names an SVG shows: the larger ones first, none upon another."""
        shown: list[int] = []
        boxes: list[tuple[float, float, float]] = []
        for i in sorted(range(len(self.entities)), key=lambda i: -self._radius(i)):
            x, y = self.places[i][0], self.places[i][1] + self._radius(i)
            half = 3.0 * min(len(self.entities[i].name), _LABEL)
            if all(abs(x - a) > half + h or abs(y - b) > 13.0 for a, b, h in boxes):
                shown.append(i)
                boxes.append((x, y, half))
        return shown

    def _label(self, i: int) -> str:
        x, y = self.places[i]
        short = _short(self.entities[i].name)
        below = f'dy="{self._radius(i) + 12:.0f}" font-size="11"'
        return f'<text x="{x:.1f}" y="{y:.1f}" {below}>{_escaped(short)}</text>'

    def _radius(self, i: int) -> float:
        return 3.0 + 1.5 * math.sqrt(min(len(self.facts[self.entities[i].name]), 100))

    def _colour(self, i: int) -> str:
        kinds = sorted({entity.kind for entity in self.entities})
        return _COLOURS[kinds.index(self.entities[i].kind) % len(_COLOURS)]

    def _data(self) -> dict[str, Any]:
        numbers: dict[str, int] = {}
        facts: list[dict[str, Any]] = []
        entities = []
        for i, entity in enumerate(self.entities):
            known = self.facts[entity.name]
            for fact in known[:LISTED]:
                if fact.id not in numbers:
                    numbers[fact.id] = len(facts)
                    facts.append(_fact_data(fact))
            entities.append(
                {
                    "name": entity.name,
                    "kind": entity.kind,
                    "aliases": list(entity.aliases),
                    "x": round(self.places[i][0], 1),
                    "y": round(self.places[i][1], 1),
                    "r": round(self._radius(i), 1),
                    "facts": [numbers[fact.id] for fact in known[:LISTED]],
                    "more": max(0, len(known) - LISTED),
                }
            )
        return {"title": self.title, "summary": self.summary, "entities": entities, "facts": facts}


def picture_of(
    view: GraphView, *, about: str | None = None, limit: int = DRAWN, title: str = "Knowledge graph"
) -> Picture:
    """A picture of the `limit` best connected entities, or of those nearest to `about`.

    Raises InvalidInput where `about` is unknown or the graph is empty.
    """
    chosen = _around(view, about, limit) if about else _best_connected(view, limit)
    if not chosen:
        raise InvalidInput("there is nothing to draw: the graph holds no facts")
    number = {entity.name: i for i, entity in enumerate(chosen)}
    facts = {entity.name: view.facts(entity.name, superseded=True) for entity in chosen}
    links = sorted(
        {
            (number[fact.subject], number[fact.object])
            for known in facts.values()
            for fact in known
            if fact.superseded is None and fact.subject in number and fact.object in number
        }
    )
    summary = f"{len(chosen):,} of {_count(view):,} entities, {len(view):,} facts believed."
    return Picture(title, summary, chosen, _layout(len(chosen), links), facts, links)


def _fact_data(fact: Fact) -> dict[str, Any]:
    detail = f"confidence {fact.confidence:g} · learned {fact.learned:%Y-%m-%d %H:%M}"
    if fact.about is not None:
        detail += f" · about {fact.about:%Y-%m-%d}"
    if fact.superseded is not None:
        detail += f" · no longer believed since {fact.superseded:%Y-%m-%d %H:%M}"
    return {
        "subject": fact.subject,
        "relation": fact.relation.replace("_", " "),
        "object": fact.object,
        "source": str(fact.source),
        "detail": detail,
        "past": fact.superseded is not None,
    }


def _escaped(text: str) -> str:
    return html.escape(xml_text(text))


def _short(name: str) -> str:
    return name if len(name) <= _LABEL else name[: _LABEL - 1] + "…"


def _count(view: GraphView) -> int:
    import numpy as np

    return len(np.unique(view.table.root))


def _best_connected(view: GraphView, limit: int) -> list[Entity]:
    import numpy as np

    table = view.table
    believed = table.believed
    ends = np.concatenate([table.subject[believed], table.object[believed]])
    degree = np.bincount(table.root[ends], minlength=1) if len(ends) else np.empty(0, int)
    order = np.argsort(-degree, kind="stable")[:limit]
    return [table.entity(int(node)) for node in order if degree[node]]


def _around(view: GraphView, about: str, limit: int) -> list[Entity]:
    start = view.entity(about)
    if start is None:
        raise InvalidInput(f"no entity goes by the name {about!r}")
    found = {start.name: start}
    for entity in found_in_turn(view, found):
        if len(found) >= limit:
            break
        found.setdefault(entity.name, entity)
    return list(found.values())


def found_in_turn(view: GraphView, found: Mapping[str, Entity]):
    """Neighbours of what is found, nearest first; `found` grows while this runs."""
    done = 0
    while done < len(found):
        name = list(found)[done]
        done += 1
        yield from view.neighbors(name)


def _layout(count: int, links: Sequence[tuple[int, int]]) -> list[tuple[float, float]]:
    """Places in the plane: each connected part by springs, the parts side by side."""
    import networkx

    graph = networkx.Graph()
    graph.add_nodes_from(range(count))
    graph.add_edges_from(link for link in links if link[0] != link[1])
    places: dict[int, tuple[float, float]] = {}
    left = top = deepest = 0.0
    across = 2.2 * _SPACE * math.sqrt(count)
    for part in sorted(networkx.connected_components(graph), key=len, reverse=True):
        radius = _SPACE * math.sqrt(len(part))
        if left and left + 2 * radius > across:
            left, top, deepest = 0.0, top + deepest, 0.0
        for node, (x, y) in _springs(graph.subgraph(sorted(part))).items():
            places[node] = (left + radius * (1 + x), top + radius * (1 + y))
        left += 2 * radius + _SPACE
        deepest = max(deepest, 2 * radius + _SPACE)
    return [places[i] for i in range(count)]


def _springs(graph: networkx.Graph) -> dict[int, tuple[float, float]]:
    """Places within the unit circle, the same at every call."""
    import networkx

    if len(graph) == 1:
        return {next(iter(graph)): (0.0, 0.0)}
    drawn = networkx.spring_layout(graph, seed=7, iterations=120)
    return {int(node): (float(x), float(y)) for node, (x, y) in drawn.items()}
