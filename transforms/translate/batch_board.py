"""What a driver of batches keeps count of: requests that wait, that are under way, and what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from transforms.translate.batch_records import Line
from transforms.translate.books import Books
from transforms.translate.budget import Cost
from transforms.translate.engines import Answer, Batched
from transforms.translate.entries import Entry, key_of
from transforms.translate.forecast import Load
from transforms.translate.judge import Attempt, Failure, Request, begin, judge
from transforms.translate.memory import Memory
from transforms.translate.pricing import Pricing
from transforms.translate.usage import DEFERRED

NEVER_SENT = ("expired", "cancelled")
"""Why a batch has no answer to a request that no model was asked."""

UNWANTED = float("inf")
"""The place in the order of what only another run wants."""


@dataclass
class Job:
    """A request on its way: what is sent, where it stands in the order, whether it was asked, and what to expect."""

    line: Line
    attempt: Attempt
    load: Load
    order: float
    asked: bool = False
    cost: Cost = field(default_factory=Cost)

    @property
    def wanted(self) -> bool:
        """Whether this run wants it."""
        return self.order < UNWANTED

    @property
    def prompt(self) -> float:
        """About how many tokens are sent."""
        return self.load.overhead + self.load.texts


@dataclass
class Batch:
    """A batch under way: its mark and file, when it was recorded (since 1970) and seen here, and its jobs."""

    mark: str
    file: str
    created: float
    seen: float
    jobs: dict[str, Job]
    id: str | None = None

    @property
    def cost(self) -> Cost:
        """What is set aside for it."""
        return sum((job.cost for job in self.jobs.values()), Cost())

    @property
    def prompt(self) -> float:
        """About how many tokens were sent."""
        return sum(job.prompt for job in self.jobs.values())


class Board:
    """All jobs, by where they are.

    Attributes:
      pending: what is to be sent, by its key.
      flying: the batches that are waited for, by their marks.
      failures: why there is no translation of requests.
      answered: whether anything was answered yet.
      stopped: why nothing more is sent, or "".
    """

    def __init__(self, name: str, engine: Batched, books: Books) -> None:
        self._name, self._engine, self._journal, self._purse = name, engine, books.journal, books.purse
        self._usages, self._tally = books.usages, books.tally
        self._pricing = Pricing(engine)
        self._entries: list[Entry] = []
        self.pending: dict[str, Job] = {}
        self.flying: dict[str, Batch] = {}
        self.failures: dict[Request, Failure] = {}
        self.answered = False
        self.stopped = ""

    @property
    def works(self) -> bool:
        """Whether requests such as these are answered: one was, now or by what the memory holds."""
        return self.answered or any(usage.from_memory for usage in self._usages.values())

    @property
    def enqueued(self) -> float:
        """About how many tokens of prompts are under way."""
        return sum(batch.prompt for batch in self.flying.values())

    def want(self, requests: Sequence[Request]) -> None:
        """Take what is to be translated, in the order in which it is to be sent."""
        for order, request in enumerate(requests):
            key = key_of(request.signature(self._engine), request.source, request.target, request.text).hex()
            self.pending[key] = self.job(Line(key, request), order)

    def job(self, line: Line, order: float, asked: bool = False) -> Job:
        """Return a line as a job; what it sends follows from the answers that it had."""
        attempt = begin(self._engine, line.request)
        for answer in line.answers:
            again = judge(self._name, self._engine, attempt, answer)
            attempt = again if isinstance(again, Attempt) else attempt
        return Job(line, attempt, self._pricing.load([attempt]), order, asked)

    def priced(self, job: Job) -> Cost:
        """Return what a job will cost by today's estimate, and take note of it."""
        job.cost = self._pricing.expected(job.load)
        return job.cost

    def affords(self, job: Job) -> bool:
        """Say whether a job may be sent, by today's estimate of its cost."""
        return self._pricing.affords(self._purse, self.priced(job))

    def reprice(self) -> None:
        """Set aside for what is under way what it will cost by today's estimate."""
        for batch in self.flying.values():
            self._purse.settle(batch.cost, Cost())
            for job in batch.jobs.values():
                self._purse.reserve(self.priced(job))

    def launch(self, batch: Batch) -> None:
        """Wait for a batch from now on; its cost has been reserved."""
        for job in batch.jobs.values():
            if job.wanted:
                self._usages[job.line.request.target].asked += not job.asked
                job.asked = True
                self.pending.pop(job.line.key, None)
        self.flying[batch.mark] = batch

    def land(self, batch: Batch) -> None:
        """No longer wait for a batch, nor set anything aside for it."""
        del self.flying[batch.mark]
        self._purse.settle(batch.cost, Cost())

    def judge(self, job: Job, answer: Answer) -> None:
        """Count an answer and deal with it; what is to be remembered is kept until `save`."""
        usd = self.count(job, answer)
        outcome = judge(self._name, self._engine, job.attempt, answer)
        if isinstance(outcome, Attempt):
            job.line = replace(job.line, answers=(*job.line.answers, answer))
            job.attempt, job.load = outcome, self._pricing.load([outcome])
            self._tally.add(usd=usd)
            self.again(job, 0)
            return
        if isinstance(outcome, Entry):
            self._entries.append(outcome)
        self._tally.add(job.wanted, usd=usd)
        if isinstance(outcome, Failure):
            self.fail(job, outcome)

    def count(self, job: Job, answer: Answer) -> float:
        """Count a request that was sent, and what its answer cost; return the US dollars."""
        used = answer.input_tokens, answer.output_tokens
        paid = self._pricing.paid(used)
        self._purse.settle(Cost(), paid)
        if any(used):
            self._pricing.learn(job.load, used)
        if usage := self._usages.get(job.line.request.target):
            usage.add_request(*used, paid.usd)
        return paid.usd

    def missed(self, job: Job, reason: str) -> None:
        """Send a job again that got no answer, or leave it for later."""
        if reason not in NEVER_SENT:
            self.count(job, Answer(""))
            self.unanswered(reason, job.line.request.target)
        tries = job.line.tries + 1
        if reason == "quota":
            self.stopped = "quota"
        if reason == "cancelled" or tries >= self._engine.max_tries:
            self.defer(job, "batch" if reason in NEVER_SENT else "unreachable")
        else:
            self.again(job, tries)

    def unanswered(self, reason: str, target: str = "") -> None:
        """Take note of what got no answer: a request, or a call of the service, which is for no language alone."""
        usage = self._usages.get(target) or next(iter(self._usages.values()))
        usage.unanswered[reason] += 1
        self._tally.add(unanswered=1)

    def again(self, job: Job, tries: int) -> None:
        """Send a job again, where this run wants it."""
        if job.wanted:
            job.line = replace(job.line, number=job.line.number + 1, tries=tries)
            self.pending[job.line.key] = job
        else:
            self.defer(job, "batch")

    def defer(self, job: Job, reason: str) -> None:
        """Leave a job for later; an answer that only lacks a number counts."""
        if job.attempt.accepted:
            self._entries.append(job.attempt.accepted)
        elif job.wanted:
            self.failures[job.line.request] = Failure(DEFERRED + reason)

    def fail(self, job: Job, failure: Failure) -> None:
        """Give a job up."""
        if job.wanted:
            self.failures[job.line.request] = failure
            self._tally.add(failed=1)

    def refuse(self, job: Job, reason: str) -> None:
        """Give a pending job up that can't be sent."""
        del self.pending[job.line.key]
        self._tally.add(1)
        self.fail(job, Failure(reason))

    def recall(self, jobs: Sequence[Job]) -> None:
        """Take from the memory what another run has put there; the rest is to be sent again."""
        held = self._held(jobs)
        for job in jobs:
            if job.line.key in held:
                self._tally.add(job.wanted)
        self.put_back([job for job in jobs if job.line.key not in held])

    def put_back(self, jobs: Sequence[Job]) -> None:
        """Send jobs again of which nothing was done, but for those that another batch under way holds too."""
        others = {job.line.key: job for batch in self.flying.values() for job in batch.jobs.values()}
        for job in jobs:
            if job.wanted and (other := others.get(job.line.key)):
                other.order, other.asked = min(job.order, other.order), other.asked or job.asked
            else:
                self.again(job, job.line.tries)

    def drop_remembered(self, jobs: Sequence[Job]) -> None:
        """No longer want to send what another run has put into the memory."""
        held = self._held(jobs)
        for job in jobs:
            if job.line.key in held and job.line.key in self.pending:
                del self.pending[job.line.key]
                self._tally.add(job.wanted)

    def _held(self, jobs: Sequence[Job]) -> set[str]:
        """Return which of the jobs' keys the memory holds a translation of that is used."""
        found = Memory(self._journal.path).lookup({bytes.fromhex(job.line.key) for job in jobs})
        return {key.hex() for key, entry in found.items() if entry.fit}

    def save(self) -> None:
        """Put what is to be remembered into the memory."""
        self._journal.append(self._entries)
        self._journal.flush()
        self._entries = []

    def close(self) -> None:
        """Leave all that is pending or under way for later."""
        for batch in self.flying.values():
            for job in batch.jobs.values():
                self.defer(job, self.stopped)
        for job in self.pending.values():
            self.defer(job, self.stopped or "budget")
        self.save()
