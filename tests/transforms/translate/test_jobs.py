"""In which order requests to a service wait to be sent."""

from transforms.translate.budget import Cost
from transforms.translate.engines import Lane
from transforms.translate.forecast import Load
from transforms.translate.jobs import Job, Jobs
from transforms.translate.limits import Gate

ONE, OTHER = Gate(Lane(8)), Gate(Lane(8))


def a_job(*misses: Gate) -> Job:
    return Job([], Load(0, 0, "en", "el"), Cost(), misses=frozenset(misses))


def test_those_that_miss_endpoints_hold_up_no_others_and_go_first() -> None:
    first, second, choosy, choosier = a_job(), a_job(), a_job(ONE), a_job(ONE, OTHER)
    jobs = Jobs()
    for job in (first, choosy, second, choosier):
        jobs.add(job)
    assert jobs.heads == [choosier, choosy, first]
    jobs.take(first)
    assert jobs.heads == [choosier, choosy, second]
    assert jobs.for_any
    jobs.take(second)
    assert jobs.heads == [choosier, choosy]
    assert not jobs.for_any
    assert set(jobs) == {choosy, choosier}


def test_what_is_put_off_goes_when_it_is_due() -> None:
    late, soon, choosy = a_job(), a_job(), a_job(ONE)
    jobs = Jobs()
    assert jobs.due is None
    for job, until in ((late, 9.0), (soon, 2.0), (choosy, 2.0)):
        jobs.put_off(job, until)
    jobs.wake(1.0)
    assert jobs.heads == []
    assert jobs.due == 2.0
    jobs.wake(2.0)
    assert jobs.heads == [choosy, soon]
    assert jobs.due == 9.0
    assert set(jobs) == {late, soon, choosy}
