"""Pictures of curves, and an HTML page that holds them.

matplotlib comes with the extra `report`; it draws without a display.
"""

from __future__ import annotations

import base64
import html
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.errors import MissingExtra
from .curve import Curve, Drawing, Shape

if TYPE_CHECKING:
    from matplotlib.axes import Axes

AXES: dict[Shape, tuple[str, str]] = {
    "reliability": ("confidence", "share right"),
    "risk-coverage": ("coverage", "risk (share wrong)"),
    "cost": ("cost", "accuracy"),
    "tokens": ("tokens a question, in and out", "accuracy"),
}

MANY = 6
"""More curves than this have their names below the picture, and twenty colours."""

STYLE = """body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%}td,th{padding:.2rem .6rem;text-align:left;
border-bottom:1px solid #ddd}td.n{text-align:right;font-variant-numeric:tabular-nums}
img{max-width:100%}"""


def pictures(drawings: Sequence[Drawing]) -> dict[str, bytes]:
    """One PNG for each measure, slice and shape, by file stem.

    Raises `MissingExtra` when matplotlib is not installed.
    """
    found: dict[str, bytes] = {}
    for drawing in drawings:
        for shape in AXES:
            curves = [c for c in drawing.curves if c.shape == shape]
            if curves:
                title = f"{drawing.measure}, {drawing.slice}: {shape}"
                found[_stem(title)] = _png(title, shape, curves)
    return found


def _stem(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def _png(title: str, shape: Shape, curves: Sequence[Curve]) -> bytes:
    try:
        from matplotlib import colormaps
        from matplotlib.figure import Figure as Canvas
    except ImportError as error:
        raise MissingExtra("pictures need matplotlib: pip install 'metathink[report]'") from error
    canvas = Canvas(figsize=(7, 5), dpi=110, layout="constrained")
    axes = canvas.subplots()
    if len(curves) > MANY:
        axes.set_prop_cycle(color=colormaps["tab20"](range(20)))
    for curve in curves:
        _draw(axes, shape, curve)
    axes.set(title=title, xlabel=AXES[shape][0], ylabel=AXES[shape][1])
    axes.grid(alpha=0.3)
    if len(curves) > MANY:  # beside the points, not over them
        canvas.legend(loc="outside lower center", ncols=2, fontsize=7)
    else:
        axes.legend(fontsize=8)
    out = io.BytesIO()
    canvas.savefig(out, format="png")
    return out.getvalue()


def _draw(axes: Axes, shape: Shape, curve: Curve) -> None:
    if shape == "reliability":
        axes.plot([0, 1], [0, 1], color="0.6", linewidth=0.8)
        total = sum(curve.weight) or 1.0
        axes.plot(curve.x, curve.y, linewidth=1, label=curve.name)
        axes.scatter(curve.x, curve.y, s=[8 + 200 * w / total for w in curve.weight])
    else:
        marker = "o" if shape in ("cost", "tokens") else None
        axes.plot(curve.x, curve.y, marker=marker, markersize=4, label=curve.name)
        for x, (low, high) in zip(curve.x, curve.span, strict=False):
            axes.plot([x, x], [low, high], color=axes.lines[-1].get_color(), linewidth=1)


def document(title: str, body: str, images: dict[str, bytes]) -> str:
    """An HTML page that needs nothing else: a heading, what is HTML already, and the pictures."""
    shown = "\n".join(
        f'<h3>{html.escape(name)}</h3><img alt="{html.escape(name)}" '
        f'src="data:image/png;base64,{base64.b64encode(png).decode()}">'
        for name, png in images.items()
    )
    name = html.escape(title)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{name}</title>'
        f"<style>{STYLE}</style><h1>{name}</h1>{body}{shown}</html>"
    )


def keep(folder: Path, whole: str, images: dict[str, bytes]) -> list[Path]:
    """Write a page as `report.html` and its pictures beside it; their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{stem}.png" for stem in images]
    for path, image in zip(paths, images.values(), strict=True):
        path.write_bytes(image)
    (folder / "report.html").write_text(whole, encoding="utf-8")
    return [*paths, folder / "report.html"]
