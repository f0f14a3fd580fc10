"""Pictures (SVG) that stand alone: panels, one below the other; their axes, legends and colours."""

import colorsys
import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH, HEIGHT, MARGIN = 640, 220, 48
LINE = 18
COLOURS = ("#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#bbbbbb", "#000000")
"""P. Tol's bright scheme, which is told apart with any colour vision."""

NARROW = 26
"""Characters of a name that fit into a third of a legend's line, whatever they are."""

UNFIT = re.compile("[^\t\n\r\u0020-\u007e\u00a0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What neither XML nor HTML has a place for, and control characters."""


@dataclass(frozen=True)
class Panel:
    """A part of a picture: its elements, from (0, 0) on, and how high they are, in pixels."""

    elements: str
    height: int


def picture(panels: Sequence[Panel], alone: bool = True) -> str:
    """Return a picture of panels, one below the other: a file that stands alone, or a part of a page of HTML."""
    drawn, top = [], 0
    for panel in panels:
        drawn.append(f'<g transform="translate(0,{top})">{panel.elements}</g>')
        top += panel.height
    kind = ' xmlns="http://www.w3.org/2000/svg"' if alone else ""
    head = f'<svg{kind} viewBox="0 0 {WIDTH + 2 * MARGIN} {top}" font-family="sans-serif"'
    return f'{head} font-size="12"><rect width="100%" height="100%" fill="white"/>{"".join(drawn)}</svg>\n'


def words(text: str) -> str:
    """Return a text as XML has it: what has no place there is replaced."""
    return escape(UNFIT.sub("\ufffd", text))


def title(text: str) -> str:
    """Return the heading of a panel."""
    return f'<text x="{MARGIN}" y="28" font-size="15" font-weight="bold">{words(text)}</text>'


def under(x: float, text: str) -> str:
    """Return a mark of the horizontal axis."""
    return f'<text x="{x:.1f}" y="{MARGIN + HEIGHT + 16}" text-anchor="middle">{words(text)}</text>'


def beside(y: float, text: str) -> str:
    """Return a mark of the vertical axis."""
    return f'<text x="{MARGIN - 6}" y="{y + 4:.1f}" text-anchor="end">{words(text)}</text>'


def legend(names: Sequence[str], top: int) -> list[str]:
    """Return the names that colours stand for, three a line, or one where a name needs the room."""
    parts, columns = [], _columns(names)
    for at, name in enumerate(names):
        x, y = MARGIN + at % columns * WIDTH / columns, top + at // columns * LINE
        parts.append(f'<rect x="{x:.1f}" y="{y}" width="11" height="11" fill="{colour(at)}"/>')
        parts.append(f'<text x="{x + 16:.1f}" y="{y + 10}">{words(name)}</text>')
    return parts


def legend_height(names: Sequence[str]) -> int:
    """Return how high a legend is, in pixels."""
    return LINE * -(-len(names) // _columns(names))


def _columns(names: Sequence[str]) -> int:
    return 3 if max(map(len, names), default=0) <= NARROW else 1


def colour(at: int) -> str:
    """Return the colour of the stream or language of this number, which no other has.

    Beyond the scheme's, hues go round by the golden angle, in three lightnesses.
    """
    if at < len(COLOURS):
        return COLOURS[at]
    parts = colorsys.hls_to_rgb(at * 0.618034 % 1, (0.3, 0.5, 0.7)[at % 3], 0.6)
    return "#" + "".join(f"{round(255 * part):02x}" for part in parts)
