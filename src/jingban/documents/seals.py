"""The drawn seal: the agency's name around a star, 业务专用章 below; outlines only, so that it is a picture to readers.

It is no proof: what proves a paper is the signature in the file and the public page. Where the certificate is the
test one the seal says so.
"""

from __future__ import annotations

import math
from functools import lru_cache
from html import escape

from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont

from jingban.documents.fonts import SERIF

SIZE = 420
"""Ten units to the millimetre: 42 mm, as seals of agencies are."""
RED = "#c8161d"
LINE, TEST_LINE = "业务专用章", "演示测试用"
_MIDDLE = SIZE / 2
_RING = 150
"""Radius of the middle of the ring's characters."""
_TALL = 50
_EM_MIDDLE = 0.38
"""Height of the middle of a Chinese character over its baseline, in em."""


@lru_cache(maxsize=64)
def seal(agency: str, *, test: bool) -> str:
    """The seal of an agency as SVG."""
    with TTFont(SERIF, lazy=True) as font:
        parts = [*_ring(font, agency), _star(), *_straight(font, LINE, 105, 31)]
        if test:
            parts += _straight(font, TEST_LINE, 145, 22)
    border = f'<circle cx="{_MIDDLE}" cy="{_MIDDLE}" r="202" fill="none" stroke="{RED}" stroke-width="12"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}" width="{SIZE}" height="{SIZE}">'
        f'<title>{escape(agency)}</title><g opacity="0.86" fill="{RED}">{border}{"".join(parts)}</g></svg>'
    )


def _ring(font: TTFont, name: str) -> list[str]:
    """The name along the upper arc, each character upright on its radius; long names are set narrower."""
    count = max(len(name), 2)
    span = math.radians(min(262.0, 24.0 * (count - 1)))
    step = span / (count - 1)
    wide = min(_TALL, step * _RING * 0.9)
    return [
        _glyph(font, sign, wide, _TALL, *_on_circle(angle), angle)
        for number, sign in enumerate(name)
        for angle in (-span / 2 + step * number,)
    ]


def _on_circle(angle: float) -> tuple[float, float]:
    return _MIDDLE + _RING * math.sin(angle), _MIDDLE - _RING * math.cos(angle)


def _straight(font: TTFont, text: str, below: float, size: float) -> list[str]:
    """A line of text under the star; ``below`` the middle of the seal."""
    first = _MIDDLE - size * 1.06 * (len(text) - 1) / 2
    return [
        _glyph(font, s, size, size, first + n * size * 1.06, _MIDDLE + below, 0) for n, s in enumerate(text)
    ]


def _star() -> str:
    points = []
    for corner in range(10):
        radius, angle = (66 if corner % 2 == 0 else 25.2), corner * math.pi / 5
        points.append(f"{_MIDDLE + radius * math.sin(angle):.1f},{_MIDDLE - radius * math.cos(angle):.1f}")
    return f'<polygon points="{" ".join(points)}"/>'


def _glyph(font: TTFont, sign: str, wide: float, tall: float, x: float, y: float, angle: float) -> str:
    """One character's outline, its middle at x, y, turned by the angle; nothing where the font lacks it."""
    name = font.getBestCmap().get(ord(sign))
    if name is None:
        return ""
    em, glyphs = font["head"].unitsPerEm, font.getGlyphSet()
    sx, sy, cos, sin = wide / em, tall / em, math.cos(angle), math.sin(angle)
    dx, dy = glyphs[name].width / 2, _EM_MIDDLE * em
    matrix = (
        sx * cos,
        sx * sin,
        sy * sin,
        -sy * cos,
        x - sx * dx * cos - sy * dy * sin,
        y - sx * dx * sin + sy * dy * cos,
    )
    pen = SVGPathPen(glyphs, ntos=lambda number: f"{number:.1f}")
    glyphs[name].draw(TransformPen(pen, matrix))
    # The bundled serif is regular only; a thin line of the own colour makes it as heavy as seals are cut.
    return f'<path stroke="{RED}" stroke-width="1.6" d="{pen.getCommands()}"/>'
