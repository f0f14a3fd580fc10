"""The driver of engines that take batches: files of requests that are answered hours later.

Each batch is recorded in the memory's folder before it is begun (`batch_records.py`), and until its results are in the
memory. So a run that is killed, or whose time is over, pays nothing twice: the next one finds the record, and by the
record's mark the batch, and takes the results. Runs that share a memory see each other's records, too: what one has
sent the others wait for. Two that record the same request at the same moment both see that, and withdraw.

What comes back unanswered is sent again in a further batch, and so is what `judge` asks for another way.
"""

import random
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from transforms.example import digest
from transforms.translate.batch_board import UNWANTED, Batch, Board, Job
from transforms.translate.batch_records import Record, Records
from transforms.translate.books import Books
from transforms.translate.budget import Cost
from transforms.translate.engines import CLOCK_SKEW, Answer, Batched, BatchService, BatchState, EngineError, Unavailable
from transforms.translate.memory import Memory
from transforms.translate.purse import Purse
from transforms.translate.wanted import Wanted

LONGEST_WAIT = 600.0
"""Seconds at most before a call of the service, or a batch for which it had no room, is tried again."""

T = TypeVar("T")


def drive(name: str, engine: Batched, wanted: Iterable[Wanted], books: Books) -> None:
    """Ask an engine. All that is wanted of it is in memory.

    What results cost is counted in the run that takes them. Raises EngineError where the engine can't be used at all;
    what was answered before is in the journal, and what is under way stays recorded.
    """
    wanted = list(wanted)
    board = Board(name, engine, books)
    board.want([one.request for one in wanted])
    try:
        with engine.service() as service:
            _Driver(engine, service, board, books.purse, books.journal.path).work()
    except _Stopped as stopped:
        board.stopped = stopped.reason
    board.close()
    for one in wanted:
        if failure := board.failures.get(one.request):
            books.fail(one, failure)


class _Stopped(Exception):  # noqa: N818 - it is handled, not reported
    """All that is left is left for later."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Driver:
    def __init__(self, engine: Batched, service: BatchService, board: Board, purse: Purse, memory: str) -> None:
        self._engine, self._service, self._board, self._purse = engine, service, board, purse
        self._memory = Memory(memory)
        self._records = Records(memory)
        self._known: dict[str, Record | None] = {}
        self._waited: set[str] = set()
        self._adopted: list[Batch] = []
        self._deadline = time.monotonic() + engine.wait
        self._resume = 0.0
        self._room: float | None = None
        self._crowded = 0

    def work(self) -> None:
        """Send what is pending and take what comes back, until nothing is left that could be waited for."""
        board = self._board
        while True:
            self._submit()
            if self._adopted:  # what was sent long ago may have ended by now: nothing is waited for, nor `wait` over
                adopted, self._adopted = self._adopted, []
                for batch in adopted:
                    self._look(batch)
                continue
            resumes = board.pending and not board.stopped and time.monotonic() < self._resume
            if not board.flying and not resumes:
                return
            self._sleep(self._engine.poll)
            for batch in list(board.flying.values()):
                self._look(batch)

    def _sleep(self, seconds: float) -> None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise _Stopped("batch")
        time.sleep(min(seconds, left))

    def _patiently(self, call: Callable[[], T]) -> T:
        """Call the service until it answers, at most `max_tries` times."""
        tries = 0
        while True:
            tries += 1
            try:
                return call()
            except Unavailable as trouble:
                self._board.unanswered(trouble.reason)
                if trouble.reason == "quota":
                    raise _Stopped("quota") from None
                if tries >= self._engine.max_tries:
                    raise _Stopped("unreachable") from None
                wait = trouble.wait or self._engine.poll * 2 ** (tries - 1)
            self._sleep(min(wait, LONGEST_WAIT))

    # What is sent

    def _submit(self) -> None:
        """Send what may be sent now."""
        while self._board.pending and not self._board.stopped and time.monotonic() >= self._resume:
            self._take_up()
            jobs, lines = self._gather()
            if not jobs:
                return
            self._send(jobs, b"".join(lines))

    def _gather(self) -> tuple[list[Job], list[bytes]]:
        """Return the next jobs, as many as a batch holds and the purse admits, and their lines; reserve their cost."""
        jobs: list[Job] = []
        lines: list[bytes] = []
        size, prompt = 0, self._board.enqueued
        self._board.reprice()
        for job in sorted(self._board.pending.values(), key=lambda job: job.order):
            line = self._engine.line(job.line.identifier, job.attempt.query())
            if len(line) > self._engine.batch_bytes:
                self._board.refuse(job, "too_long")
                continue
            size, prompt = size + len(line), prompt + job.prompt
            if len(jobs) == self._engine.batch_requests or size > self._engine.batch_bytes:
                break
            first = not jobs and not self._board.flying
            if not first and self._room is not None and prompt > self._room:
                break
            if not self._board.affords(job):
                break
            self._purse.reserve(job.cost)
            jobs.append(job)
            lines.append(line)
        return jobs, lines

    def _send(self, jobs: Sequence[Job], data: bytes) -> None:
        """Send a batch, unless another run has just sent a part of it, or has had it answered."""
        file = self._patiently(lambda: self._service.upload(data))
        mark = digest(data, uuid.uuid4().bytes).hex()
        batch = Batch(mark, file, time.time(), time.monotonic(), {job.line.identifier: job for job in jobs})
        self._waited.add(mark)
        self._records.add(Record(mark, self._engine.place(), file, [job.line for job in jobs], batch.created))
        # Now that others can see this: what they recorded before is waited for, what they finished is in the memory.
        self._take_up()
        self._board.drop_remembered(jobs)
        if any(job.line.key not in self._board.pending for job in jobs):
            self._purse.settle(batch.cost, Cost())
            self._forget(batch)
            self._resume = time.monotonic() + random.random() * self._engine.poll  # noqa: S311 - no secret
            return
        self._board.launch(batch)
        self._create(batch)

    def _create(self, batch: Batch) -> None:
        """Begin a batch; one that was begun although the answer didn't arrive isn't begun again."""
        sent = False

        def create() -> str:
            nonlocal sent
            found = self._service.find(batch.mark, batch.created) if sent else None
            sent = True
            return found or self._service.create(batch.file, batch.mark)

        try:
            batch.id = self._patiently(create)
        except _Stopped as stopped:
            if stopped.reason != "quota":
                raise
            self._resend(batch, BatchState("failed", "quota"))
            return
        except EngineError:
            self._forget(batch)
            raise
        self._records.begun(batch.mark, batch.id)

    # What others sent, or this run before it was killed

    def _take_up(self) -> None:
        """Wait for recorded batches that hold what is wanted here, instead of sending it.

        A batch that isn't needed now may be later: where what is wanted is in two, the first may be withdrawn.
        """
        for mark in self._records.marks():
            if mark in self._waited:
                continue
            fresh = mark not in self._known
            if fresh:
                self._known[mark] = self._records.read(mark)
            record = self._known[mark]
            if record is None or record.place != self._engine.place():
                continue
            if any(line.key in self._board.pending for line in record.lines):
                self._waited.add(mark)
                self._adopt(record)
            elif fresh:
                self._tidy(record)

    def _adopt(self, record: Record) -> None:
        age = max(0.0, time.time() - record.created - CLOCK_SKEW)
        batch = Batch(record.mark, record.file, record.created, time.monotonic() - age, {})
        for line in record.lines:
            mine = self._board.pending.get(line.key)
            job = self._board.job(line, mine.order if mine else UNWANTED, mine is not None and mine.asked)
            self._purse.reserve(self._board.priced(job))
            batch.jobs[line.identifier] = job
        self._board.launch(batch)
        self._adopted.append(batch)

    def _tidy(self, record: Record) -> None:
        """Forget a batch whose results are all in the memory: who put them there was killed before doing so."""
        keys = {bytes.fromhex(line.key) for line in record.lines}
        if sum(entry.fit for entry in self._memory.lookup(keys).values()) == len(keys):
            name = self._records.batch(record.mark)
            state = self._patiently(lambda: self._service.look(name)) if name else None
            batch = Batch(record.mark, record.file, record.created, 0, {})
            self._forget(batch, state.results if state else ())

    # What comes back

    def _look(self, batch: Batch) -> None:
        """See how a batch stands, and take its results where it has ended."""
        if not self._records.holds(batch.mark):  # another run has taken the results, or withdrawn it
            self._recall(batch)
            return
        if batch.id is None and not self._identify(batch):
            return
        name = str(batch.id)
        state = self._patiently(lambda: self._service.look(name))
        if state is None:
            path = self._records.path(batch.mark)
            raise EngineError(
                f"the service doesn't know the batch {name} that {path} records: give the key of the account that"
                " it was sent from, or remove that file to have its requests sent again"
            )
        if state.status == "failed":
            self._resend(batch, state)
        elif state.status != "running":
            self._harvest(batch, state)

    def _identify(self, batch: Batch) -> bool:
        """Find a batch whose name isn't recorded; give it up where it can't be expected to be begun any more."""
        batch.id = self._records.batch(batch.mark)
        if batch.id is None:
            batch.id = self._patiently(lambda: self._service.find(batch.mark, batch.created))
            if batch.id is not None:
                self._records.begun(batch.mark, batch.id)
        if batch.id is None and time.monotonic() > batch.seen + self._engine.grace:
            self._forget(batch)
            self._recall(batch)
        return batch.id is not None

    def _recall(self, batch: Batch) -> None:
        self._board.land(batch)
        self._board.recall(list(batch.jobs.values()))

    def _resend(self, batch: Batch, state: BatchState) -> None:
        """Deal with a batch of which nothing was done."""
        self._board.land(batch)
        self._forget(batch)
        if state.problem == "quota":
            self._board.stopped = "quota"
        elif state.problem == "enqueued":
            self._wait_for_room(batch)
        else:
            raise EngineError(f"the batch {batch.id} failed: {state.problem}")
        self._board.put_back(list(batch.jobs.values()))

    def _wait_for_room(self, batch: Batch) -> None:
        """Send less at a time; where nothing else is under way that will make room, wait longer each time."""
        self._room = max(self._board.enqueued, batch.prompt / 2)
        if not self._board.flying:
            self._resume = time.monotonic() + min(LONGEST_WAIT, self._engine.poll * 2**self._crowded)
            self._crowded += 1

    def _harvest(self, batch: Batch, state: BatchState) -> None:
        """Put the results of a batch into the memory, then delete them at the service, then the record."""
        results, whole = self._patiently(lambda: self._service.results(state))
        self._board.land(batch)
        complaint: EngineError | None = None
        elsewhere = []
        for identifier, job in batch.jobs.items():
            if identifier in results:
                complaint = self._take(job, results[identifier]) or complaint
            elif whole:
                self._board.missed(job, "cancelled" if state.status == "cancelled" else "expired")
            else:  # another run has deleted the results, and has put them into the memory before
                elsewhere.append(job)
        self._board.save()
        self._forget(batch, state.results)
        self._board.recall(elsewhere)
        self._crowded = 0
        self._room = self._room and self._room * 2  # what filled the queue may have been others' batches
        if complaint and not self._board.works:
            raise complaint

    def _take(self, job: Job, result: bytes) -> EngineError | None:
        """Deal with a result; return what the service has against the request, if that isn't its text."""
        try:
            answer = self._service.read(result, job.attempt.query())
        except Unavailable as trouble:
            self._board.missed(job, trouble.reason)
            return None
        except EngineError as complaint:
            self._board.judge(job, Answer("", "request_refused"))
            return complaint
        self._board.answered = True
        self._board.judge(job, answer)
        return None

    def _forget(self, batch: Batch, files: Sequence[str] = ()) -> None:
        """Delete a batch's files at the service, and its record."""
        self._service.delete([*files, batch.file])
        self._records.remove(batch.mark)
