"""The picture of a dataset's mixture over its run."""

from collections.abc import Sequence

from sinks.pictures.panel import (
    HEIGHT,
    MARGIN,
    WIDTH,
    Panel,
    beside,
    colour,
    legend,
    legend_height,
    title,
    under,
    words,
)


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


def _area(below: Sequence[float], above: Sequence[float]) -> str:
    """Return the outline of a stream: each moment is a stretch of the run, so that steps stay steps."""
    step = WIDTH / len(below)
    points = []
    for edge, order in ((above, range(len(above))), (below, reversed(range(len(below))))):
        for at in order:
            ends = (at, at + 1) if edge is above else (at + 1, at)
            points += [(MARGIN + end * step, MARGIN + (1 - edge[at]) * HEIGHT) for end in ends]
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
