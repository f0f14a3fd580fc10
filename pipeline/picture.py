"""Pictures (SVG) that stand alone; and that of a dataset's mixture over its run."""

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


UNFIT = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Panel:
    """A part of a picture: its elements, from (0, 0) on, and how high they are, in pixels."""

    elements: str
    height: int


def page(panels: Sequence[Panel]) -> str:
    """Return a picture of panels, one below the other."""
    drawn, top = [], 0
    for panel in panels:
        drawn.append(f'<g transform="translate(0,{top})">{panel.elements}</g>')
        top += panel.height
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH + 2 * MARGIN} {top}" font-family="sans-serif"'
    return f'{head} font-size="12"><rect width="100%" height="100%" fill="white"/>{"".join(drawn)}</svg>\n'


def mixture_panel(name: str, streams: Sequence[str], moments: Sequence[Sequence[float]]) -> Panel:
    """Return a picture of a dataset's mixture: its streams' shares at equal steps from the beginning to the end."""
    parts = [title(name)]
    below = [0.0] * len(moments)
    for at, stream in enumerate(streams):
        above = [low + shares[at] / (sum(shares) or 1) for low, shares in zip(below, moments, strict=True)]
        told = f"<title>{words(stream)}</title>"
        parts.append(f'<polygon points="{_area(below, above)}" fill="{colour(at)}">{told}</polygon>')
        below = above
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(under(MARGIN + share * WIDTH, f"{share:.0%}"))
        parts.append(beside(MARGIN + (1 - share) * HEIGHT, f"{share:.0%}"))
    parts += legend(streams, MARGIN + HEIGHT + 26)
    return Panel("".join(parts), HEIGHT + 2 * MARGIN + legend_height(streams))


def words(text: str) -> str:
    """Return a text as XML has it: what XML has no place for, such as control characters, is replaced."""
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


def _area(below: Sequence[float], above: Sequence[float]) -> str:
    """Return the outline of a stream: each moment is a stretch of the run, so that steps stay steps."""
    step = WIDTH / len(below)
    points = []
    for edge, order in ((above, range(len(above))), (below, reversed(range(len(below))))):
        for at in order:
            ends = (at, at + 1) if edge is above else (at + 1, at)
            points += [(MARGIN + end * step, MARGIN + (1 - edge[at]) * HEIGHT) for end in ends]
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
