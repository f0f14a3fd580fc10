"""How a recipe has Parquet shards cut; `shards.py` writes them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Parquet:
    """Writes Parquet shards, which every dataset has: all columns of its examples, in their order.

    Parameters:
      rows_per_shard: rows in a shard at most; or else
      bytes_per_shard: UTF-8 bytes of text in a shard, about.

    A split's shards have equal numbers of rows, but for one.
    """

    rows_per_shard: int | None = None
    bytes_per_shard: int = 500_000_000

    def __post_init__(self) -> None:
        for name in ("rows_per_shard", "bytes_per_shard"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name} is {value}; it must be at least 1")
