"""Where pure functions meet Beam: what a step is, and the thin transforms that carry one over batches.

A step is a small frozen dataclass whose fields are its configuration. It is one of

* a `Rule`: `judge` says of each example why it should go, or nothing;
* a `Rewriter`: `rewrite` gives each example a new form;
* an `Expander`: `expand` makes any number of examples from each;
* a collective step, which must see the whole stream (`transforms/collective.py`).

`Keep`, `Rewrite` and `Expand` carry the first three. Each is a PTransform over batches, and has an `apply` that does
the same to one batch without Beam; both count what came in and went out, and hand back what was rejected and why.
"""

import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import apache_beam as beam
import pyarrow as pa

from transforms.example import SCHEMA, add_scores, derived_id, replace_columns, split_batch
from transforms.third_parties import naming_third_parties

REJECTED = pa.schema(
    [*SCHEMA, *(pa.field(name, pa.string(), nullable=False) for name in ("stream", "step", "reason", "detail"))]
)
"""A rejected example: its columns as they were, and the stream, the step, the reason and what was found."""


@dataclass(frozen=True)
class Verdict:
    """What a rule says of a batch.

    Attributes:
      reasons: for each example why it is rejected, or None to keep it. A reason is the rule's name, with `:variant`
        where the rule objects in several ways; reasons are counted, so they hold no data.
      details: what was found ("ratio 4.1"), for the rejected examples; None where there is nothing to add.
      scores: measurements by name, one for each example or None, which are added to the column `scores`.
    """

    reasons: Sequence[str | None]
    details: Sequence[str | None] | None = None
    scores: Mapping[str, Sequence[float | None]] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: int, objections: Mapping[int, tuple[str, str]]) -> "Verdict":
        """Return what is said of so many examples: for each that is rejected, by its row, the reason and the detail."""
        reasons: list[str | None] = [None] * rows
        details: list[str | None] = [None] * rows
        for row, (reason, detail) in objections.items():
            reasons[row], details[row] = reason, detail
        return cls(reasons, details)


@runtime_checkable
class Rule(Protocol):
    """Keeps or rejects examples. Rules are named in a recipe's `keep`.

    A rule that compares an example's two sides says so by a class attribute, `on_pairs = True`: then a recipe in which
    examples without two sides reach it is wrong.
    """

    def judge(self, batch: pa.RecordBatch) -> Verdict: ...


@runtime_checkable
class Rewriter(Protocol):
    """Gives each example a new form: as many rows come out, in the same order.

    Ids stay, unless what comes out is another example beside which the first may stand: then it derives one.
    """

    def rewrite(self, batch: pa.RecordBatch) -> pa.RecordBatch: ...


@runtime_checkable
class Refusing(Protocol):
    """A rewriter that has no use for some examples: `refuse` says which and why, and they are rejected."""

    def refuse(self, batch: pa.RecordBatch) -> Verdict: ...


@runtime_checkable
class Expander(Protocol):
    """Makes any number of examples from each.

    `expand` returns the new rows, for each the index of the row it was made from, and for each a name that is unique
    among that row's descendants (a language, a number): new ids are made of the parent's id and that name.
    """

    def expand(self, batch: pa.RecordBatch) -> tuple[pa.RecordBatch, Sequence[int], Sequence[str]]: ...


@dataclass
class Count:
    """The numbers of one step.

    Attributes:
      step: its name.
      entered, left: examples that came in and went out; of an expansion, more may go out than came in.
      rejected: rejected examples by reason.
      passed: examples that were let through unchanged, by reason.
    """

    step: str
    entered: int = 0
    left: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    passed: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Count") -> None:
        """Add the numbers of the same step elsewhere."""
        self.entered += other.entered
        self.left += other.left
        self.rejected.update(other.rejected)
        self.passed.update(other.passed)

    def to_json(self) -> dict[str, Any]:
        """Return the entry of the manifest: `{step, in, out, rejected: {reason: n}}`, and `passed` where any is."""
        passed = {"passed": dict(sorted(self.passed.items()))} if self.passed else {}
        return {
            "step": self.step,
            "in": self.entered,
            "out": self.left,
            "rejected": dict(sorted(self.rejected.items())),
            **passed,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Count":
        """Read what `to_json` wrote."""
        return cls(data["step"], data["in"], data["out"], Counter(data["rejected"]), Counter(data.get("passed")))


@dataclass(frozen=True)
class Outcome:
    """What carrying one batch through one step gave: what is left of it, what was rejected, and the numbers."""

    batch: pa.RecordBatch
    rejects: pa.RecordBatch | None
    count: Count


def reject(
    batch: pa.RecordBatch, stream: str, step: str, reasons: Sequence[str], details: Sequence[str | None] | None
) -> pa.RecordBatch:
    """Return all rows of the batch as rejects."""
    rows = batch.num_rows
    columns = [batch.column(name) for name in SCHEMA.names]
    columns += [pa.repeat(pa.scalar(stream), rows), pa.repeat(pa.scalar(step), rows), pa.array(reasons, pa.string())]
    columns.append(pa.array([detail or "" for detail in details] if details else [""] * rows, pa.string()))
    return pa.RecordBatch.from_arrays(columns, schema=REJECTED)


def sift(
    batch: pa.RecordBatch, stream: str, step: str, reasons: Sequence[str | None], details: Sequence[str | None] | None
) -> Outcome:
    """Divide the batch by reasons (None: kept)."""
    count = Count(step, batch.num_rows, batch.num_rows)
    gone = [at for at, reason in enumerate(reasons) if reason is not None]
    if not gone:
        return Outcome(batch, None, count)
    why = [str(reasons[at]) for at in gone]
    count.rejected.update(why)
    count.left -= len(gone)
    stay = pa.array([reason is None for reason in reasons])
    found = [details[at] for at in gone] if details else None
    rejects = reject(batch.take(pa.array(gone)), stream, step, why, found)
    return Outcome(batch.filter(stay), rejects, count)


class _Carrier(beam.PTransform):
    """A step over batches: a PTransform from batches to `(kept=batches, rejected=batches)`."""

    def __init__(self, step: Any, name: str = "", stream: str = "") -> None:
        super().__init__()
        self.step = step
        self.name = name or type(step).__name__.lower()
        self.stream = stream

    def apply(self, batch: pa.RecordBatch) -> Outcome:
        """Carry one batch through the step."""
        raise NotImplementedError

    def default_label(self) -> str:
        return f"{type(self).__name__} {self.name}"

    def expand(self, pcoll: "beam.PCollection[pa.RecordBatch]") -> Any:
        # Told the types, Beam sends batches through their own coder; it would pickle them otherwise.
        batch = pa.RecordBatch
        carried = beam.ParDo(_Carry(self.apply, self.stream, self.name)).with_output_types(batch, rejected=batch)
        return pcoll | "Carry" >> carried.with_outputs("rejected", main="kept")


class _Carry(beam.DoFn):
    def __init__(self, apply: Any, stream: str, name: str) -> None:
        self._apply, self._stream, self._name = apply, stream, name

    def process(self, element: pa.RecordBatch) -> Iterator[Any]:
        for batch in split_batch(element):
            outcome = self._apply(batch)
            count_on_runner(self._stream, outcome.count)
            if outcome.rejects is not None:
                yield beam.pvalue.TaggedOutput("rejected", outcome.rejects)
            if outcome.batch.num_rows:
                yield outcome.batch


class Keep(_Carrier):
    """Keeps the examples to which no rule objects. Rules are asked in order; the first objection gives the reason."""

    step: Mapping[str, Rule]

    def apply(self, batch: pa.RecordBatch) -> Outcome:
        total = Count(self.name, batch.num_rows, batch.num_rows)
        rejects = []
        for name, rule in self.step.items():
            if not batch.num_rows:
                break
            with naming_third_parties(rule):
                verdict = _checked(rule.judge(batch), batch, name)
                scored = add_scores(batch, verdict.scores)
                outcome = sift(scored, self.stream, self.name, verdict.reasons, verdict.details)
            batch = outcome.batch
            total.add(Count(self.name, 0, outcome.count.left - outcome.count.entered, outcome.count.rejected))
            if outcome.rejects is not None:
                rejects.append(outcome.rejects)
        return Outcome(batch, pa.concat_batches(rejects) if rejects else None, total)


class Rewrite(_Carrier):
    """Gives each example a new form, but for those that the step refuses."""

    step: Rewriter

    def apply(self, batch: pa.RecordBatch) -> Outcome:
        with naming_third_parties(self.step):
            return self._rewritten(batch)

    def _rewritten(self, batch: pa.RecordBatch) -> Outcome:
        outcome = Outcome(batch, None, Count(self.name, batch.num_rows, batch.num_rows))
        if isinstance(self.step, Refusing):
            verdict = _checked(self.step.refuse(batch), batch, self.name)
            outcome = sift(batch, self.stream, self.name, verdict.reasons, verdict.details)
        out = self.step.rewrite(outcome.batch)
        if out.num_rows != (given := outcome.batch.num_rows):
            raise ValueError(f"{self.name}: a rewriter made {out.num_rows} rows of {given}; expanders do that")
        return dataclasses.replace(outcome, batch=out)


class Expand(_Carrier):
    """Makes examples from examples: ids are derived, and the group is the parent's.

    An example that gives none is rejected with the reason `no_expansion`, so that nothing is lost.
    """

    step: Expander

    def apply(self, batch: pa.RecordBatch) -> Outcome:
        with naming_third_parties(self.step):
            return self._expanded(batch)

    def _expanded(self, batch: pa.RecordBatch) -> Outcome:
        out, parents, names = self.step.expand(batch)
        ids, groups = batch.column("id").to_pylist(), batch.column("group")
        fresh = [derived_id(ids[parent], self.name, name) for parent, name in zip(parents, names, strict=True)]
        out = replace_columns(
            out, {"id": pa.array(fresh, pa.string()), "group": groups.take(pa.array(parents, pa.int64()))}
        )
        childless = sorted(set(range(batch.num_rows)) - set(parents))
        count = Count(self.name, batch.num_rows, out.num_rows)
        if not childless:
            return Outcome(out, None, count)
        count.rejected["no_expansion"] = len(childless)
        lost = batch.take(pa.array(childless))
        return Outcome(out, reject(lost, self.stream, self.name, ["no_expansion"] * len(childless), None), count)


def _checked(verdict: Any, batch: pa.RecordBatch, name: str) -> Verdict:
    """Return the verdict; TypeError where it is none, or hasn't a reason (or None) for each row: rows would be lost."""
    if not isinstance(verdict, Verdict):
        raise TypeError(f"{name} gave a {type(verdict).__name__} where a Verdict is expected")
    if len(verdict.reasons) != batch.num_rows:
        raise TypeError(f"{name} gave {len(verdict.reasons)} reasons for {batch.num_rows} rows")
    return verdict


def count_on_runner(stream: str, count: Count) -> None:
    """Add the numbers to Beam's counters: a courtesy for a runner's own page, which may count a retry twice."""
    for name, number in (("in", count.entered), ("out", count.left), *count.rejected.items()):
        if number:
            beam.metrics.Metrics.counter(stream or "langloom", f"{count.step}/{name}").inc(number)


def carry(
    carriers: Iterable["Keep | Rewrite | Expand"], batch: pa.RecordBatch
) -> tuple[list[pa.RecordBatch], list[pa.RecordBatch], list[Count]]:
    """Carry a batch through several steps; return what is left of it, the rejects, and a count for each step."""
    left, rejects, counts = [batch], [], []
    for carrier in carriers:
        total = Count(carrier.name)
        following: list[pa.RecordBatch] = []
        for piece in left:
            outcome = carrier.apply(piece)
            total.add(outcome.count)
            if outcome.rejects is not None:
                rejects.append(outcome.rejects)
            following.extend(split_batch(outcome.batch))
        left = following
        counts.append(total)
    return left, rejects, counts
