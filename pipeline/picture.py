"""The mixture of a dataset over its run, as a picture (SVG) that stands alone."""

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

WIDTH, HEIGHT, MARGIN = 640, 220, 48
LINE = 18
COLOURS = ("#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#bbbbbb", "#000000")
"""P. Tol's bright scheme, which is told apart with any colour vision."""


def mixtures_svg(orders: Mapping[str, tuple[Sequence[str], Sequence[Sequence[float]]]]) -> str:
    """Return a picture of each dataset, one below the other.

    Args:
      orders: by dataset, its streams and their shares at equal steps from the beginning to the end.
    """
    drawn, top = [], 0
    for name, (streams, moments) in orders.items():
        drawn.append(f'<g transform="translate(0,{top})">{_one(name, streams, moments)}</g>')
        top += HEIGHT + 2 * MARGIN + LINE * -(-len(streams) // 3)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH + 2 * MARGIN} {top}" font-family="sans-serif"'
    return f'{head} font-size="12"><rect width="100%" height="100%" fill="white"/>{"".join(drawn)}</svg>\n'


def _one(name: str, streams: Sequence[str], moments: Sequence[Sequence[float]]) -> str:
    parts = [f'<text x="{MARGIN}" y="28" font-size="15" font-weight="bold">{escape(name)}</text>']
    below = [0.0] * len(moments)
    for at, stream in enumerate(streams):
        above = [low + shares[at] / (sum(shares) or 1) for low, shares in zip(below, moments, strict=True)]
        title = f"<title>{escape(stream)}</title>"
        parts.append(f'<polygon points="{_area(below, above)}" fill="{_colour(at)}">{title}</polygon>')
        below = above
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        x, y = MARGIN + share * WIDTH, MARGIN + (1 - share) * HEIGHT
        parts.append(f'<text x="{x:g}" y="{MARGIN + HEIGHT + 16}" text-anchor="middle">{share:.0%}</text>')
        parts.append(f'<text x="{MARGIN - 6}" y="{y + 4:g}" text-anchor="end">{share:.0%}</text>')
    for at, stream in enumerate(streams):
        x, y = MARGIN + at % 3 * WIDTH / 3, MARGIN + HEIGHT + 26 + at // 3 * LINE
        parts.append(f'<rect x="{x:g}" y="{y}" width="11" height="11" fill="{_colour(at)}"/>')
        parts.append(f'<text x="{x + 16:g}" y="{y + 10}">{escape(stream)}</text>')
    return "".join(parts)


def _area(below: Sequence[float], above: Sequence[float]) -> str:
    """Return the outline of a stream: each moment is a stretch of the run, so that steps stay steps."""
    step = WIDTH / len(below)
    points = []
    for edge, order in ((above, range(len(above))), (below, reversed(range(len(below))))):
        for at in order:
            ends = (at, at + 1) if edge is above else (at + 1, at)
            points += [(MARGIN + end * step, MARGIN + (1 - edge[at]) * HEIGHT) for end in ends]
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _colour(at: int) -> str:
    return COLOURS[at % len(COLOURS)]
