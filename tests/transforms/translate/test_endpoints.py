from transforms.translate.endpoints import Endpoints
from transforms.translate.engines import Lane
from transforms.translate.limits import SILENT


def test_a_request_that_missed_an_endpoint_holds_up_nothing_while_the_other_is_left_alone() -> None:
    endpoints = Endpoints([Lane(8), Lane(8)])
    missed, other = endpoints.gates
    assert endpoints.choose(1, {missed}, 0.0) == (0.0, 1)
    other.pause(600, 0.0)
    assert endpoints.choose(1, {missed}, 0.0) == (0.0, 0)
    missed.pause(700, 0.0)
    assert endpoints.choose(1, {missed}, 0.0) == (600.0, 1)


def test_one_that_is_away_gets_one_request_at_a_time_while_another_answers() -> None:
    endpoints = Endpoints([Lane(8), Lane(1)])
    back, other = endpoints.gates
    back.silent = SILENT
    other.send(1, 0.0)
    assert endpoints.choose(1, (), 0.0) == (0.0, 0)
    back.send(1, 0.0)
    assert endpoints.choose(1, (), 0.0) is None
    other.closed = "refused"  # nobody else is there
    assert endpoints.choose(1, (), 0.0) == (0.0, 0)


def test_what_is_closed_is_asked_no_more() -> None:
    endpoints = Endpoints([Lane(8), Lane(8)])
    first, second = endpoints.gates
    first.closed = "quota"
    assert endpoints.choose(1, (), 0.0) == (0.0, 1)
    assert (endpoints.open, endpoints.spent, endpoints.present) == (True, True, True)
    first.closed = second.closed = "refused"
    assert endpoints.choose(1, (), 0.0) is None
    assert (endpoints.open, endpoints.spent, endpoints.present) == (False, False, False)
