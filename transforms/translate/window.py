"""The driver of engines behind a network: one event loop, whose window of requests is kept full and drained once.

Whatever is answered is journaled before the next request starts. Only what failed is sent again. A service that asks
to be left alone is (`Retry-After`), one that rejects gets fewer requests at once, then more again (`limits.py`), and
one that stays unreachable, or a budget that is spent, leaves what hasn't been asked for later.
"""

import asyncio
from collections.abc import Iterable, Iterator, Sequence

from transforms.third_parties import naming_third_parties
from transforms.translate.books import Books
from transforms.translate.budget import Cost
from transforms.translate.engines import Answer, EngineError, Refused, Remote, Session, Unavailable, check_number
from transforms.translate.entries import Entry
from transforms.translate.forecast import SETTLED
from transforms.translate.garbage_collection import rare_collections
from transforms.translate.jobs import NONE, Job, Jobs
from transforms.translate.journal import OBJECT_SECONDS
from transforms.translate.judge import FINAL, Attempt, Failure, Request, begin, judge
from transforms.translate.limits import Gate
from transforms.translate.packing import pack
from transforms.translate.service import Service
from transforms.translate.usage import DEFERRED
from transforms.translate.wanted import Wanted

FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
"""Seconds before a request is sent again, at first and at most; each time twice as many."""

LONGEST_PAUSE = 600.0
"""Seconds at most for which a service is left alone that asks for longer."""

HOLD = 4
"""After so many requests in a row that got no answer nothing new is sent until one of them gets through; after so many
refusals, where nothing has been answered yet, nothing at all."""

MOST_OPEN = 50_000
"""Segments at most that wait for an endpoint, or are in flight: none is begun before others have ended."""


def drive(name: str, engine: Remote, wanted: Iterable[Wanted], books: Books) -> None:
    """Ask an engine. What is wanted of it is taken as it is sent.

    Raises EngineError where the engine can't be used at all; what was answered before is in the journal.
    """
    with rare_collections():
        asyncio.run(_Window(name, engine, books).run(wanted))


class _Window:
    def __init__(self, name: str, engine: Remote, books: Books) -> None:
        self._name, self._engine, self._journal, self._purse = name, engine, books.journal, books.purse
        self._usages, self._tally, self._fail = books.usages, books.tally, books.fail
        self._service = books.services.setdefault(name, Service.of(engine))
        self._endpoints, self._pricing = self._service.endpoints, self._service.pricing
        self._new: Iterator[list[Wanted]] = iter(())
        self._jobs = Jobs()
        self._open: dict[Request, Wanted] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._flying: set[Job] = set()
        self._wake = asyncio.Event()
        self._stopped = self._service.stopped
        self._keeps = True
        self._error: BaseException | None = None
        self._refused: EngineError | None = None
        self._successes = self._troubles = self._refusals = 0

    async def run(self, wanted: Iterable[Wanted]) -> None:
        """Ask for all."""
        self._new = pack(wanted, self._engine.per_request, self._engine.longest)
        clock = asyncio.get_running_loop().time
        flushing = asyncio.create_task(self._flush())
        flushing.add_done_callback(self._done)  # nothing more is asked where results can't be kept
        try:
            async with self._engine.session() as session:
                while not self._error:
                    pause = self._fill(session, clock())
                    if pause is None and not self._tasks:
                        break
                    self._wake.clear()
                    await self._sleep(pause)
                if not self._keeps:  # else what is in flight is waited for: it may be paid for
                    for task in self._tasks:
                        task.cancel()
                await asyncio.gather(*self._tasks, return_exceptions=True)
        finally:
            flushing.cancel()
        if self._error:
            raise self._error
        if self._refused and not self._works():
            raise self._refused
        self._service.stopped = self._stopped
        self._defer_rest()

    async def _sleep(self, seconds: float | None) -> None:
        """Wait until a request has been answered, or so many seconds are over."""
        try:
            await asyncio.wait_for(self._wake.wait(), seconds)
        except TimeoutError:
            return

    async def _flush(self) -> None:
        """Let no result wait for others longer than a second."""
        while True:
            await asyncio.sleep(OBJECT_SECONDS)
            self._keep()

    def _keep(self, entries: Sequence[Entry] = ()) -> None:
        """Put entries into the journal. Where that fails nothing more is sent, at once."""
        try:
            self._journal.append(entries)
        except BaseException as error:
            self._error, self._keeps = self._error or error, False
            raise

    def _fill(self, session: Session, now: float) -> float | None:
        """Send what may be sent now; return the seconds until more may be, None where only an answer can change that.

        Also None where there is nothing left to send.
        """
        if self._refusals >= HOLD and not self._works():
            return None  # what is in flight shows whether it was for the texts
        self._jobs.wake(now)
        while not self._stopped:
            soonest = self._choose(now)
            if soonest is None:
                return self._sooner(None, now)
            wait, lane, job = soonest
            if wait:
                return self._sooner(wait, now)
            if not self._afford(job):
                if self._tasks:
                    return self._sooner(None, now)  # what is in flight may cost less than expected
                self._stopped = "budget"
                break
            self._jobs.take(job)
            self._send(session, lane, job, now)
        return None if self._stopped else self._sooner(None, now)

    def _choose(self, now: float) -> tuple[float, int, Job] | None:
        """Return (seconds to wait, endpoint, job) of what may be sent soonest; None: nothing before an answer."""
        if not self._jobs.for_any and not self._holds() and len(self._open) < MOST_OPEN:
            self._make()
        ways = [(self._endpoints.choose(job.cost.tokens, job.misses, now), job) for job in self._jobs.heads]
        return min([(*way, job) for way, job in ways if way], key=lambda one: one[0], default=None)

    def _works(self) -> bool:
        """Say whether requests such as these are answered: one was, now or before, or by what the memory holds."""
        return self._service.answers or any(usage.from_memory for usage in self._usages.values())

    def _holds(self) -> bool:
        """Say whether to send nothing new: nothing has come through lately, and what failed is sent again soon."""
        return self._troubles >= HOLD and self._jobs.due is not None

    def _sooner(self, wait: float | None, now: float) -> float | None:
        due = self._jobs.due - now if self._jobs.due is not None else None
        return min((each for each in (wait, due) if each is not None), default=None)

    def _make(self) -> None:
        """Take what the next request holds, if there is anything left."""
        try:
            together = next(self._new, None)
        except Exception as error:  # noqa: BLE001 - it is raised when what is in flight has been answered
            self._error = self._error or error
            return
        if together:
            self._open.update((one.request, one) for one in together)
            self._jobs.add(self._job([begin(self._engine, one.request) for one in together], fresh=True))

    def _job(self, attempts: list[Attempt], fresh: bool = False) -> Job:
        load = self._pricing.load(attempts)
        return Job(attempts, load, self._pricing.expected(load), fresh)

    def _afford(self, job: Job) -> bool:
        job.cost = self._pricing.expected(job.load)
        return self._pricing.affords(self._purse, job.cost)

    def _send(self, session: Session, lane: int, job: Job, now: float) -> None:
        gate = self._endpoints.gates[lane]
        gate.send(job.cost.tokens, now)
        self._reserve(job)
        self._flying.add(job)
        job.sent, job.halved = self._successes, gate.throttle.halved
        if job.fresh:
            self._usages[job.load.target].asked += len(job.attempts)
            job.fresh = False
        task = asyncio.create_task(self._ask(session, lane, job))
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _reserve(self, job: Job) -> None:
        """Set aside what a job will cost by today's estimate."""
        self._purse.settle(job.reserved, Cost())
        job.reserved = self._pricing.expected(job.load)
        self._purse.reserve(job.reserved)

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() and not self._error:
            self._error = task.exception()
        self._wake.set()

    async def _ask(self, session: Session, lane: int, job: Job) -> None:
        """Send one job, and deal with what comes back; nothing else runs between an answer and its journaling."""
        gate, clock = self._endpoints.gates[lane], asyncio.get_running_loop().time
        self._usages[job.load.target].requests += 1
        paid = Cost(requests=1)
        try:
            with naming_third_parties(session):
                answers = await session.ask(lane, job.attempts[0].query(*job.attempts[1:]))
                check_number(answers, job.attempts)
            used = sum(one.input_tokens for one in answers), sum(one.output_tokens for one in answers)
            paid = self._pricing.paid(used)
        except Refused as refused:
            self._take_refusal(gate, job, refused, clock())
            return
        except Unavailable as trouble:
            paid = self._charge_unanswered(job, trouble.reason, paid)
            gate.settle(job.cost.tokens, paid.tokens, clock())
            self._retry(gate, job, trouble, clock())
            return
        except EngineError as error:
            gate.settle(job.cost.tokens, 0, clock())
            if not gate.closed:
                self._usages[job.load.target].retired[str(error)] += 1
            if not self._close(gate, job, "refused"):
                raise
            return
        finally:
            self._flying.remove(job)
            self._purse.settle(job.reserved, paid)
            job.reserved = Cost()
        gate.settle(job.cost.tokens, sum(used), clock())
        gate.throttle.succeeded()
        self._troubles = gate.silent = 0
        self._account(job, used, paid.usd)
        if all(answer.failure in FINAL for answer in answers) and self._goes_elsewhere(gate, job, clock()):
            self._tally.add(usd=paid.usd)
            return
        self._judge(job, answers, paid.usd)

    def _take_refusal(self, gate: Gate, job: Job, refused: Refused, now: float) -> None:
        """Give a job that an endpoint refused to another one, or let its texts fail."""
        self._refused, gate.silent = refused, 0
        gate.settle(job.cost.tokens, 0, now)
        if not self._goes_elsewhere(gate, job, now):
            self._refusals += 1
            self._judge(job, [Answer("", "request_refused")] * len(job.attempts), 0.0)

    def _charge_unanswered(self, job: Job, reason: str, asked: Cost) -> Cost:
        """Count a request without an answer, and return what it is charged for."""
        usage = self._usages[job.load.target]
        usage.unanswered[reason] += 1
        self._tally.add(unanswered=1)
        if reason != "timeout":
            return asked
        usage.usd_unanswered += job.reserved.usd  # nobody knows: it may have been answered, and paid for, after all
        return job.reserved

    def _account(self, job: Job, used: tuple[int, int], usd: float) -> None:
        """Take note of what an answered job used, which says more of what others will."""
        usage = self._usages[job.load.target]
        usage.input_tokens += used[0]
        usage.output_tokens += used[1]
        usage.usd += usd
        if any(used):
            self._pricing.learn(job.load, used)
        self._successes += 1
        self._service.answers = True
        if self._successes <= SETTLED:  # what was sent before may cost as much
            for flying in self._flying:
                self._reserve(flying)

    def _judge(self, job: Job, answers: Sequence[Answer], usd: float) -> None:
        if len(job.attempts) > 1 and all(answer.failure in FINAL for answer in answers):
            for attempt in job.attempts:  # it may be for one of them
                self._jobs.add(self._job([attempt]))
            self._tally.add(usd=usd)
            return
        entries: list[Entry] = []
        failed: list[tuple[Wanted, Failure]] = []
        for attempt, answer in zip(job.attempts, answers, strict=True):
            match judge(self._name, self._engine, attempt, answer):
                case Entry() as entry:
                    entries.append(entry)
                    del self._open[attempt.request]
                case Attempt() as again:
                    self._jobs.add(self._job([again]))  # alone, also where it was one of several
                case Failure() as failure:
                    failed.append((self._open.pop(attempt.request), failure))
        self._keep(entries)
        self._tally.add(len(entries) + len(failed), len(failed), usd)
        for wanted, failure in failed:
            self._fail(wanted, failure)

    def _close(self, gate: Gate, job: Job, reason: str) -> bool:
        """Ask an endpoint nothing more; return whether its job is given to the others, or left for later."""
        gate.closed = gate.closed or reason
        if self._endpoints.open:
            self._jobs.add(job)
        elif self._endpoints.spent:
            self._stopped = "quota"
            self._defer(job, self._stopped)
        else:
            return False
        return True

    def _goes_elsewhere(self, gate: Gate, job: Job, now: float) -> bool:
        """Give a job to another endpoint, if there is one that it hasn't missed; return whether there is.

        A job that misses the same one again was sent there since the others are left alone: it waits for them.
        """
        waits = gate in job.misses
        job.misses |= self._endpoints.beside(gate)
        others = self._endpoints.others(job.misses)
        if others and waits:
            self._jobs.put_off(job, max(now + FIRST_WAIT, min(other.paused for other in others)))
        elif others:
            self._jobs.add(job)
        return bool(others)

    def _retry(self, gate: Gate, job: Job, trouble: Unavailable, now: float) -> None:
        """Put a job that got no answer aside for a while, or give it up."""
        if trouble.reason == "quota":
            self._close(gate, job, "quota")
            return
        if trouble.reason == "timeout":
            gate.throttle.late(job.halved)
        if not trouble.slow_down:
            gate.unanswered(now)
        if gate.away and self._endpoints.present:  # this says nothing against the request, which others will answer
            gate.rest(now)
            self._jobs.add(job)
            return
        if trouble.reason == "connection":
            if self._goes_elsewhere(gate, job, now):  # nor does this, and the next is asked at once
                return
            job.misses = NONE
        self._troubles += 1
        alone = trouble.slow_down and not gate.throttle.rejected(gate.in_flight)
        if trouble.wait is not None and not alone:  # one of many that got through waits by itself
            gate.pause(min(trouble.wait, LONGEST_PAUSE), now)
        # That others got through while this one was turned away says nothing against the service.
        if not (trouble.slow_down and self._successes > job.sent):
            job.tries += 1
        if self._stopped or job.tries >= self._engine.max_tries:
            if self._successes == job.sent and self._troubles >= HOLD and not self._stopped:
                self._stopped = "unreachable"  # no request at all came through while this one was tried to the end
            self._defer(job, self._stopped or "unreachable")
            return
        backoff = min(LONGEST_WAIT, FIRST_WAIT * 2 ** max(0, job.tries - 1))
        # "At once" is no promise: taken at its word it would use up all tries within milliseconds.
        wait = min(trouble.wait, LONGEST_PAUSE) if trouble.wait else backoff
        self._jobs.put_off(job, now + wait)

    def _defer(self, job: Job, reason: str) -> None:
        self._keep([attempt.accepted for attempt in job.attempts if attempt.accepted])
        for attempt in job.attempts:
            wanted = self._open.pop(attempt.request)
            if not attempt.accepted:
                self._fail(wanted, Failure(DEFERRED + reason))

    def _defer_rest(self) -> None:
        for job in self._jobs:
            self._defer(job, self._stopped)
        for together in self._new:
            for one in together:
                self._fail(one, Failure(DEFERRED + self._stopped))
