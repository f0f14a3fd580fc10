"""A source: a reader of one format, and what a recipe says of its rows whatever their format."""

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import orjson
import pyarrow as pa

from transforms import example
from transforms.example import CONTENT, SCHEMA, digest, split_batch
from transforms.read.block import Block, Rows, take
from transforms.read.examples import to_examples
from transforms.read.files import SourceError
from transforms.read.mapping import IN_CONVERSATION
from transforms.read.probe import probe
from transforms.read.reader import Reader
from transforms.read.unchanged import check_unchanged, stamped
from transforms.rules.language_codes import TAG, TAG_SHAPE
from transforms.suggestions import unknown
from transforms.third_parties import naming_third_parties

MAPPABLE = tuple(name for name in SCHEMA.names if name not in ("id", "source"))
CONSTANT = tuple(name for name in MAPPABLE if name not in ("group", "history", "scores", "meta"))
_OPEN = 1 << 62
"""More rows than any block has."""


@dataclass(frozen=True)
class Source:
    """Where examples come from.

    Attributes:
      name: its name in the recipe, which is part of the ids.
      order: its place in the recipe.
      reader: the format and the files.
      lang: BCP-47 of both sides, or of (prompt side, answer side).
      columns: columns of the schema to dotted paths in the raw row. Text, a language, the origin, the template or the
        licence, if neither named nor told otherwise, comes from the raw column of its own name, if that isn't used
        already; an empty path leaves it empty.
      constants: columns of the schema to values that are the same in all rows.
      conversation: dotted path to a list of messages, which gives system, history, instruction and output.
      task, license, origin: values of those columns.
      group_by: columns of the schema, or raw paths, whose values make the group; by default the whole row.
      slice: `[from:to]`, the rows to take, counted over all files in name order.
      keep: dotted paths of raw columns that are kept in `meta`.

    Reading rejects rows with `malformed`, `encoding`, `too_large`, `missing_column`, `wrong_type`, `conversation`.
    """

    name: str
    order: int
    reader: Reader
    lang: str | tuple[str, str] = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    conversation: str = ""
    task: str = "instruction"
    license: str = ""
    origin: str = ""
    group_by: tuple[str, ...] = ()
    slice: str = ""
    keep: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for key, names, allowed in (
            ("columns", self.columns, MAPPABLE),
            ("constants", self.constants, CONSTANT),
        ):
            for name in names:
                if name not in allowed:
                    raise ValueError(f"{key}: {_refusal(name, allowed)}")
        if not isinstance(self.lang, str) and len(self.lang) != 2:
            raise ValueError(f"lang: {list(self.lang)} names {len(self.lang)} languages; one or two are allowed")
        sides = (self.lang,) if isinstance(self.lang, str) else self.lang
        if wrong := [tag for tag in sides if tag and not TAG.fullmatch(tag)]:
            raise ValueError(f"lang has {wrong[0]!r}: {TAG_SHAPE}")
        twice = sorted(set(self.columns) & set(self.constants))
        if twice:
            raise ValueError(f"{twice[0]} is given in `columns` and in `constants`; one is enough")
        if self.conversation and (both := [n for n in IN_CONVERSATION if n in {*self.columns, *self.constants}]):
            raise ValueError(f"{both[0]} comes from the conversation, so `columns` or `constants` can't give it")
        if "group" in self.columns and self.group_by:
            raise ValueError("the group is given in `columns` and in `group_by`; one is enough")
        if "meta" in self.columns and self.keep:
            raise ValueError("meta is given in `columns` and in `keep`; one is enough")
        for key, paths in (("group_by", self.group_by), ("keep", self.keep)):
            if not all(paths):
                raise ValueError(f"{key}: an empty name")
        self.range()

    def range(self) -> tuple[int, int | None]:
        """Return the first row of the slice, and the first after it (None: to the end)."""
        if not self.slice:
            return 0, None
        found = re.fullmatch(r"\[\s*(\d*)\s*:\s*(\d*)\s*\]", self.slice.strip(), re.ASCII)
        if not found:
            raise ValueError(f"slice: {self.slice!r} isn't of the form [from:to], with whole numbers from 0")
        start, stop = int(found[1] or 0), int(found[2]) if found[2] else None
        if stop is not None and stop <= start:
            raise ValueError(f"slice: {self.slice!r} holds no rows")
        return start, stop

    @property
    def numbered(self) -> bool:
        """Whether examples know the numbers of their lines, in the column `_line`."""
        return bool(getattr(self.reader, "numbered", False))

    def mapped(self) -> tuple[dict[str, str], dict[str, str]]:
        """Return the columns with their paths: those that the recipe maps, and those that bear their own names."""
        required = {name: path for name, path in self.columns.items() if path and name != "group"}
        used, given = set(self.columns.values()), {*self.columns, *self.constants}
        given |= {name for name, said in self._declared().items() if said}
        if self.conversation:
            given |= set(CONTENT)
        return (
            {name: required[name] for name in SCHEMA.names if name in required},
            {name: path for name, path in self.reader.own_columns.items() if name not in given and path not in used},
        )

    def group_paths(self) -> dict[str, str]:
        """Return what the group is made of: columns of the schema, or else raw paths; empty for the whole row."""
        if path := self.columns.get("group"):
            # No column of the schema has such a name, so the raw value is taken.
            return {f"group:{path}": path}
        return {name: name for name in self.group_by}

    def constant_columns(self) -> dict[str, str]:
        """Return the columns that hold one value in all rows, unless rows tell it themselves."""
        return {"source": self.name, "task": self.task, **self._declared(), **self.constants}

    def _declared(self) -> dict[str, str]:
        """Return what the recipe, or the format itself, says of all rows; empty where it says nothing."""
        lang = self.lang or self.reader.lang()
        sides = (lang, lang) if isinstance(lang, str) else lang
        return {"input_lang": sides[0], "output_lang": sides[1], "origin": self.origin, "license": self.license}

    def signature(self) -> str:
        """Return a hash of all that shapes this source's examples but for the files' content and where they lie."""
        fields = {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if f.name not in ("order", "reader")}
        kind = type(self.reader)
        fields["reader"] = [f"{kind.__module__}:{kind.__qualname__}", self.reader.parameters()]
        return digest("source", orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)).hex()

    def blocks(self, limit: int | None = None) -> list[Block]:
        """Return the blocks to read, in order (on the launcher): those of the slice, and of it the first `limit` rows.

        Raises SourceError, naming the source, where it isn't there, is empty, or isn't what the recipe says.
        """
        try:
            with naming_third_parties(self.reader):
                found = self.reader.blocks()
                filled = any(self.reader.count(block, 1) for block in found)
            if not filled:
                named = found[0].name if found else self.reader.named()
                raise SourceError(f"there are no rows in it{named and f' ({named})'}")
            start, stop = self.range()
            if limit is not None:
                stop = start + limit if stop is None else min(stop, start + limit)
            return [stamped(block) for block in _distinct(self._within(found, start, stop))]
        except SourceError as error:
            raise SourceError(f"source {self.name!r}: {error}") from error

    def _within(self, blocks: list[Block], start: int, stop: int | None) -> list[Block]:
        if not start and stop is None:
            return blocks
        taken: list[Block] = []
        position = 0
        for at, block in enumerate(blocks):
            if stop is not None and position >= stop:
                break
            if position >= start and stop is None:
                return taken + blocks[at:]
            # One row more than enough tells whether all of the block is taken, so that its identity stays what it is.
            enough = (start if stop is None else stop) - position
            count = self.reader.count(block, enough + 1)
            first, last = max(0, start - position), _OPEN if stop is None else min(count, enough)
            if first < min(count, last):
                whole = first == 0 and count <= enough
                taken.append(block if whole else block.taking((first, last)))
            position += count
        if not taken and (stop is None or stop > start):
            raise SourceError(f"the slice {self.slice} begins after its {position:,} rows")
        return taken

    def probe(self) -> list[str]:
        """Read the first rows (on the launcher), and return what is doubtful in them, a line each.

        SourceError where they can't be what the recipe says.
        """
        with naming_third_parties(self.reader):
            return probe(self)

    def read(self, block: Block, stream: str) -> Iterator[tuple[pa.RecordBatch, pa.RecordBatch | None]]:
        """Yield a block's examples in batches, each with the rejects among its rows, or None (on a worker).

        Every row that the block's `rows` takes is in a batch or among the rejects. SourceError, at the latest after
        the last of them, where a file isn't what it was when the block was found: what was read is of no use then.
        """
        try:
            with naming_third_parties(self.reader):
                yield from self._read(block, stream)
            check_unchanged(block)
        except SourceError as error:
            raise SourceError(f"source {self.name!r}: {error}") from error

    def _read(self, block: Block, stream: str) -> Iterator[tuple[pa.RecordBatch, pa.RecordBatch | None]]:
        try:
            for rows in take(self.reader.read(block), block.rows):
                for piece in _pieces(rows):
                    yield from self._batches(piece, stream)
        except Exception:
            check_unchanged(block)  # in a file that has changed, that is what is wrong
            raise

    def _batches(self, rows: Rows, stream: str) -> Iterator[tuple[pa.RecordBatch, pa.RecordBatch | None]]:
        batch, rejects = to_examples(self, rows, stream)
        if not batch.num_rows:
            yield batch, rejects
        for part in split_batch(batch):
            yield part, rejects
            rejects = None


def _distinct(blocks: Iterable[Block]) -> Iterator[Block]:
    """Number blocks of the same content (a file and its copy), so that what is made of them has names of its own."""
    seen: dict[str, int] = {}
    for block in blocks:
        number = seen[block.identity] = seen.get(block.identity, -1) + 1
        yield dataclasses.replace(block, identity=digest(block.identity, str(number)).hex()) if number else block


def _pieces(rows: Rows) -> Iterator[Rows]:
    count = -(-len(rows.items) // max(1, example.MAX_ROWS))
    size = -(-len(rows.items) // max(1, count))
    for start in range(0, len(rows.items), max(1, size)):
        yield rows[start : start + size]


def _refusal(name: str, allowed: tuple[str, ...]) -> str:
    if name in SCHEMA.names:
        return f"{name} can't be given; it comes from langloom or from another key of the source"
    return unknown("column", name, allowed)
