"""The rule `round_trip`: translations that say, translated back, what the original said."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, ClassVar, NamedTuple

import pyarrow as pa

from transforms.example import CONTENT, add_scores
from transforms.rules.language_codes import normalized_tag
from transforms.steps import Outcome, sift
from transforms.translate.answers import Answers, Found
from transforms.translate.budget import Budget
from transforms.translate.chain import chain_of
from transforms.translate.chrf import chrf
from transforms.translate.cutting import Cutting
from transforms.translate.fields import Said, texts_of
from transforms.translate.judge import Request
from transforms.translate.segments import Cut
from transforms.translate.usage import DEFERRED
from transforms.translate.wanted import Want, add_want
from transforms.translate.whole_texts import cut_text, translated

SCORE = "chrf_roundtrip"


@dataclass(frozen=True)
class RoundTrip:
    """Keeps translated examples that a second translation brings back near their original.

    Each translated field is translated back into the language that it came from and compared with the original by
    chrF (character n-grams up to 6, beta 2, from 0 to 100); the least of the fields counts. It goes through the same
    memory, limits and budget as `translate`. Examples that weren't translated aren't judged.

    Parameters:
      engine: an engine of the recipe that translates back, or several: what one can't do goes to the next.
      min_chrf: the least chrF that is kept.
      budget: what may be spent in one run, as for `translate`.

    Reads `_source`, the fields that it names, and the languages. Adds the score `chrf_roundtrip`. Rejects with
    `round_trip` (detail: "output: 23.4"), `round_trip:failed` where no engine translates it back (detail: why), and
    `deferred:...` for what is left for later.

    chrF after M. Popović, chrF: character n-gram F-score for automatic MT evaluation (2015), by sacrebleu. To judge a
    translation by its way back is common practice; the threshold is ours.
    """

    engine: tuple[str, ...] | str
    min_chrf: float = 40.0
    budget: Budget | None = None

    best_of: ClassVar[None] = None
    backwards: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not 0 <= self.min_chrf <= 100:
            raise ValueError(f"min_chrf is {self.min_chrf}: it must be from 0 to 100")
        if not self.chain:
            raise ValueError("engine is empty: name an engine of the recipe")

    @property
    def chain(self) -> tuple[str, ...]:
        """Return the names of the engines, in order."""
        return chain_of(self.engine)

    def decide(self, parts: Any, context: Any) -> Any:
        """Return (part, answers) for each part: see `transforms/translate/graph.py`."""
        from transforms.translate.graph import decide

        return decide(self, parts, context)

    def wanted(self, batch: pa.RecordBatch, how: Cutting) -> dict[Request, Want]:
        """Return the distinct segments to translate back, and how much each is wanted."""
        found: dict[Request, Want] = {}
        for row in _rows(batch):
            want = Want(1, row["id"])
            for piece in (piece for _, pieces in _fields(row) for piece in pieces):
                for request in _requests(cut_text(piece.after, how, piece.language), piece):
                    add_want(found, request, want)
        return found

    def apply(self, batch: pa.RecordBatch, how: Cutting, answers: Answers, stream: str, step: str) -> Outcome:
        """Judge a batch whose translations have been translated back."""
        found = answers.find(self.wanted(batch, how))
        reasons: list[str | None] = []
        details: list[str | None] = []
        scores: list[float | None] = []
        for row in _rows(batch):
            least, reason, detail = self._judge(row, how, found)
            reasons.append(reason)
            details.append(detail)
            scores.append(least)
        return sift(add_scores(batch, {SCORE: scores}), stream, step, reasons, details)

    def _judge(
        self, row: Mapping[str, Any], how: Cutting, found: Mapping[Request, Found]
    ) -> tuple[float | None, str | None, str | None]:
        """Return the least chrF of a row's fields, and the reason and detail of a rejection."""
        least: tuple[float, str] | None = None
        for name, pieces in _fields(row):
            back = []
            for piece in pieces:
                parts = cut_text(piece.after, how, piece.language)
                whole, failure, detail = translated(parts, _requests(parts, piece), found)
                if failure:
                    reason = failure if failure.startswith(DEFERRED) else "round_trip:failed"
                    return None, reason, f"{name}: {failure}: {detail}"
                back.append(whole)
            score = chrf("\n".join(back), "\n".join(piece.before for piece in pieces))
            least = min(least or (score, name), (score, name))
        if least is None:
            return None, None, None
        rejected = least[0] < self.min_chrf
        return least[0], "round_trip" if rejected else None, f"{least[1]}: {least[0]:.1f}" if rejected else None


class _Piece(NamedTuple):
    """A text that was translated: as it was and as it is now, its language now and before."""

    before: str
    after: str
    language: str
    original: str


def _fields(row: Mapping[str, Any]) -> Iterator[tuple[str, list[_Piece]]]:
    """Yield the translated fields; of a history, the turns whose language is another now."""
    source = row["_source"]
    for name in source["fields"] if source else ():
        pieces = []
        for then, now in zip_longest(texts_of(name, source[name]), texts_of(name, row[name]), fillvalue=Said("", "")):
            side = then.side or now.side
            if normalized_tag(row[side]) != normalized_tag(source[side]):
                pieces.append(_Piece(then.text, now.text, row[side], source[side]))
        if pieces:
            yield name, pieces


def _rows(batch: pa.RecordBatch) -> Iterator[dict[str, Any]]:
    if batch.schema.get_field_index("_source") < 0:
        yield from ({"id": one, "_source": None} for one in batch.column("id").to_pylist())
        return
    rows: list[dict[str, Any]] = batch.select(["id", *CONTENT, "input_lang", "output_lang", "_source"]).to_pylist()
    yield from rows


def _requests(parts: Cut, piece: _Piece) -> list[Request]:
    """Return what is asked for the segments of a text, in order."""
    return [Request(segment.text, piece.language, piece.original) for segment in parts.segments]
