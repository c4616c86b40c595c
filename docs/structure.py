"""The drawing of the layers: `python docs/structure.py` writes docs/structure.svg (`make structure`).

Layers are read from the contract in pyproject.toml, imports from the files themselves, also those for
type checking and within functions. An import that goes up, or a cycle of files, is drawn and named in red.
`--check` writes nothing, and ends with 1 where the drawing is not what would be written.
"""

from __future__ import annotations

import ast
import sys
import tomllib
from collections import Counter
from collections.abc import Set
from html import escape
from pathlib import Path
from typing import Any

import networkx

ROOT = Path(__file__).parents[1]
DRAWING = ROOT / "docs/structure.svg"
PACKAGE = "metathink"

WIDTH, BAND, GAP = 1040, 48, 18
LEFT, NAME, RIGHT = 20, 110, 260
INK, PALE, LINE, WRONG = "#1f2933", "#f3f6f9", "#4a7fb5", "#c0392b"


def tools() -> dict[str, Any]:
    """The tables of tools in pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]


def layers() -> list[str]:
    """The layers from the top down: folders, and the two files of the public API."""
    [contract] = [c for c in tools()["importlinter"]["contracts"] if c["type"] == "layers"]
    return list(contract["layers"])


def modules() -> dict[str, Path]:
    """Every file of the package by the name it is imported by; read where it lies, not through a link."""
    setup = tools()["setuptools"]
    folders = {name: setup["package-dir"].get(name, name) for name in setup["packages"]}
    return {
        package if path.stem == "__init__" else f"{package}.{path.stem}": path
        for package, folder in sorted(folders.items())
        for path in sorted((ROOT / folder).glob("*.py"))
    }


def imports() -> networkx.DiGraph:
    """The files of the package as modules, with an edge from each to every one that it imports."""
    files = modules()
    graph = networkx.DiGraph()
    graph.add_nodes_from(files)
    for module, path in files.items():
        package = module if path.stem == "__init__" else _parent(module)
        found = imported(path.read_text("utf-8"), package, files.keys())
        graph.add_edges_from((module, other) for other in sorted(found - {module}))
    return graph


def imported(code: str, package: str, known: Set[str]) -> set[str]:
    """Those of the known modules that the code of a file in `package` imports, wherever it does."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _base(node, package)
            inner = (f"{base}.{alias.name}" for alias in node.names)
            found.update(name if name in known else base for name in inner)
    return found & known


def _base(node: ast.ImportFrom, package: str) -> str:
    """The absolute name of what is imported from."""
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    above = parts[: len(parts) + 1 - node.level]
    return ".".join([*above, node.module] if node.module else above)


def _parent(module: str) -> str:
    return module.rpartition(".")[0]


def cycles(graph: networkx.DiGraph) -> list[list[str]]:
    """Files that import each other, however far around: each group sorted, the largest first."""
    groups = networkx.strongly_connected_components(graph)
    return sorted((sorted(g) for g in groups if len(g) > 1), key=lambda g: (-len(g), g))


def folder_sizes(graph: networkx.DiGraph) -> Counter[str]:
    """How many files each folder holds beside its `__init__`, by its dotted name without the package's."""
    parents = {_parent(module) for module in graph}
    return Counter(_parent(m).removeprefix(PACKAGE).lstrip(".") for m in graph if m not in parents)


def layer_of(module: str) -> str:
    """The layer a module belongs to; of the package's own `__init__`, the API's."""
    return [*module.split("."), "api"][1]


def layer_imports(graph: networkx.DiGraph) -> list[tuple[str, str]]:
    """Which layer imports which other one, sorted."""
    pairs = {(layer_of(one), layer_of(other)) for one, other in graph.edges}
    return sorted(pair for pair in pairs if pair[0] != pair[1])


def drawing(graph: networkx.DiGraph) -> str:
    """The layers as an SVG, the top one first, with an arc from each to every one that it imports.

    It changes only with the folders and with which layer imports which: most commits leave it as it is.
    """
    names, folders, between = layers(), sorted(folder_sizes(graph)), layer_imports(graph)
    place = {name: index for index, name in enumerate(names)}
    height = len(names) * (BAND + GAP) + 60
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        'font-family="Helvetica, Arial, sans-serif" font-size="13">',
        f"<title>Layers of {PACKAGE} and the imports between them</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
    ]
    for name in names:
        parts += _band(name, _top(place[name]), folders)
    for one, other in between:
        parts.append(_arc(place[one], place[other], f"{one} imports {other}"))
    upward = [pair for pair in between if place[pair[0]] > place[pair[1]]]
    return "\n".join([*parts, *_caption(height, upward, cycles(graph)), "</svg>", ""])


def _top(index: int) -> int:
    return 20 + index * (BAND + GAP)


def _band(name: str, top: int, folders: list[str]) -> list[str]:
    """A layer: its name, and a box for each folder in it."""
    inner = [folder for folder in folders if folder.startswith(name + ".")]
    width = WIDTH - LEFT - RIGHT
    parts = [
        f'<rect x="{LEFT}" y="{top}" width="{width}" height="{BAND}" rx="6" fill="{PALE}" '
        'stroke="#c9d3dd"/>',
        f'<text x="{LEFT + 12}" y="{top + BAND // 2 + 5}" font-weight="bold" fill="{INK}">'
        f"{escape(name)}</text>",
    ]
    room = (width - NAME - 10) / max(1, len(inner))
    for index, folder in enumerate(inner):
        x, w = LEFT + NAME + index * room, room - 6
        parts += [
            f'<rect x="{x:.0f}" y="{top + 8}" width="{w:.0f}" height="{BAND - 16}" rx="4" '
            'fill="white" stroke="#c9d3dd"/>',
            f'<text x="{x + w / 2:.0f}" y="{top + BAND // 2 + 4}" text-anchor="middle" '
            f'fill="{INK}" font-size="12">{escape(folder.rpartition(".")[2])}</text>',
        ]
    return parts


def _arc(start: int, end: int, title: str) -> str:
    """An arc on the right from one layer down to another; one that goes up is red, and on the left."""
    is_upward = start > end
    edge, side = (LEFT, -1) if is_upward else (WIDTH - RIGHT, 1)
    out = edge + side * (24 + 25 * (abs(end - start) - 1))
    y0, y1 = _top(start) + BAND * 0.7, _top(end) + BAND * 0.3
    return (
        f'<g stroke="{WRONG if is_upward else LINE}" fill="none" opacity="0.7">'
        f"<title>{escape(title)}</title>"
        f'<path d="M {edge} {y0:.0f} C {out} {y0:.0f} {out} {y1:.0f} {edge} {y1:.0f}"/>'
        f'<path d="M {edge + 7 * side} {y1 - 4:.0f} L {edge} {y1:.0f} L {edge + 7 * side} {y1 + 4:.0f}"/>'
        "</g>"
    )


def _caption(height: int, upward: list[tuple[str, str]], groups: list[list[str]]) -> list[str]:
    lines = [("No import goes up.", INK)] if not upward else []
    lines += [("No file imports itself by way of others.", INK)] if not groups else []
    lines += [(f"{one} imports {other}", WRONG) for one, other in upward]
    lines += [("a cycle: " + ", ".join(group), WRONG) for group in groups]
    return [
        f'<text x="{LEFT}" y="{height - 26 + 16 * index}" fill="{color}">{escape(line)}</text>'
        for index, (line, color) in enumerate(lines)
    ]


def main(arguments: list[str]) -> int:
    """Write the drawing, or with `--check` say whether the one that is there is current."""
    drawn = drawing(imports())
    if "--check" not in arguments:
        DRAWING.write_text(drawn, "utf-8")
        return 0
    if DRAWING.is_file() and DRAWING.read_text("utf-8") == drawn:
        return 0
    print(f"{DRAWING.relative_to(ROOT)} is not current: make structure", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
