"""Tables as the commands print them."""

from rich.table import Table


def new_table(title: str, *columns: str, numbers: int) -> Table:
    """Return an empty table whose last columns, so many, hold numbers."""
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, title_style="bold")
    for at, column in enumerate(columns):
        table.add_column(column, justify="right" if at >= len(columns) - numbers else "left", overflow="fold")
    return table
