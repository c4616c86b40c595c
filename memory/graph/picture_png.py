"""A picture as PNG, by matplotlib (the extra `report`), which draws without a display."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping, Sequence
from typing import Final

from ...core.errors import MissingExtra

_DOTS: Final = 2.0
"""Dots for each unit of the drawing, as far as `_MOST` allows."""
_MOST: Final = 6_000
"""Dots of the longer side, at most."""
_PAPER: Final = "#fbfaf7"


def png(
    frame: tuple[float, float, float, float],
    places: Sequence[tuple[float, float]],
    links: Sequence[tuple[int, int]],
    radii: Sequence[float],
    colours: Sequence[str],
    names: Mapping[int, str],
) -> bytes:
    """Circles at their places within `frame` (left, top, width, height), links, names under some.

    A letter that the font lacks is drawn as a box. Raises MissingExtra without matplotlib.
    """
    try:
        from matplotlib.collections import EllipseCollection, LineCollection
        from matplotlib.figure import Figure
    except ImportError as missing:
        raise MissingExtra("a PNG needs matplotlib: pip install 'metathink[report]'") from missing
    left, top, width, height = frame
    figure = Figure(figsize=(width / 72, height / 72), facecolor=_PAPER)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(left, left + width), ylim=(top + height, top))
    axes.set_axis_off()
    axes.add_collection(
        LineCollection([(places[a], places[b]) for a, b in links], colors="#c3c8ce")
    )
    wide = [2 * radius for radius in radii]
    circles = EllipseCollection(
        wide, wide, [0.0] * len(wide), units="xy", offsets=places,
        offset_transform=axes.transData, facecolors=colours, edgecolors=_PAPER,
    )  # fmt: skip
    axes.add_collection(circles)
    for i, name in names.items():
        x, y = places[i]
        axes.text(x, y + radii[i] + 3, name, ha="center", va="top", size=8, parse_math=False)
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(file, format="png", dpi=min(72 * _DOTS, 72 * _MOST / max(width, height)))
    return file.getvalue()
