"""Where the command writes: results to stdout, all else to stderr; 120 columns wide where there is no terminal."""

import sys

from rich.console import Console

WIDTH = 120


def results() -> Console:
    """Return the console for results."""
    return Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False, markup=False)


def messages() -> Console:
    """Return the console for progress, warnings and errors; lines are not wrapped elsewhere than on a terminal."""
    return Console(file=sys.stderr, highlight=False, markup=False, soft_wrap=True)
