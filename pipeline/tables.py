"""Tables as the commands print them."""

from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text


class TitledTable(Table):
    """A table below its title, which has a line of its own: rich's would be wrapped to the table's width."""

    def __init__(self, title: Text) -> None:
        super().__init__(box=None, pad_edge=False)
        self._heading = title

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self._heading
        yield from super().__rich_console__(console, options)


def new_table(title: str, *columns: str, numbers: int) -> Table:
    """Return an empty table whose last columns, so many, hold numbers."""
    table = TitledTable(Text(title, style="bold"))
    for at, column in enumerate(columns):
        table.add_column(column, justify="right" if at >= len(columns) - numbers else "left", overflow="fold")
    return table
