"""What becomes of an answer: it is kept, asked for again another way, or a failure; and never asked for without end."""

from dataclasses import dataclass
from typing import ClassVar

import pytest
from answering import Answering

from transforms.translate.engines import Answer, Kind, Query
from transforms.translate.entries import Entry
from transforms.translate.judge import Attempt, Failure, Request, begin, judge

TEXT = "Ann has 2 figs and 5 pears"
DETERMINISTIC = Answering(str)
SAMPLING = Answering(str, deterministic=False)


@dataclass(frozen=True)
class Model(Answering):
    kind: ClassVar[Kind] = "llm"


def asked(engine: Answering, request: Request, *answers: str | Answer) -> tuple[list[str], Entry | Failure]:
    """Return what an engine that answers so is sent for a request, and the outcome; the last answer is given again."""
    attempt, sent = begin(engine, request), []
    for at in range(9):
        sent.append(attempt.text)
        answer = answers[min(at, len(answers) - 1)]
        outcome = judge("e", engine, attempt, answer if isinstance(answer, Answer) else Answer(answer))
        if not isinstance(outcome, Attempt):
            return sent, outcome
        attempt = outcome
    pytest.fail("an engine is asked without end")


def test_all_that_an_answer_depends_on_is_in_its_signature() -> None:
    plain = Request("one", "en", "pt")
    requests = [plain, plain._replace(terms=(("a", "b"),)), plain._replace(terms=(("a", "c"),))]
    requests += [one._replace(candidate=at) for one in requests for at in (1, 2)]
    assert len({one.signature(SAMPLING) for one in requests}) == 9
    assert requests[6].signature(SAMPLING) == "fake|terms:c04e17957d4c|candidate:2"  # another one pays for all again
    assert plain.signature(SAMPLING) == plain._replace(text="two").signature(SAMPLING) == "fake"


def test_an_engine_is_asked_for_all_that_a_request_says() -> None:
    request = Request("one", "en", "pt", (("a", "b"),), 2)
    attempts = [Attempt(request, text, reason="refusal") for text in ("first", "second")]
    assert attempts[0].query(attempts[1]) == Query(("first", "second"), "en", "pt", (("a", "b"),), 2, "refusal")
    assert begin(SAMPLING, request).query().again == ""


@pytest.mark.parametrize(
    ("engine", "reason", "times"),
    [
        (DETERMINISTIC, "refusal", 1),
        (SAMPLING, "refusal", 3),
        *((SAMPLING, why, 1) for why in ("filtered", "too_long", "unsupported", "not_in_memory", "request_refused")),
    ],
)
def test_who_may_answer_otherwise_is_asked_again(engine: Answering, reason: str, times: int) -> None:
    outcome = asked(engine, Request("one", "en", "pt"), Answer("no" * 150, reason))
    assert outcome == (["one"] * times, Failure(reason, "no" * 100))


@pytest.mark.parametrize(
    ("answer", "reason"), [("Ann tem dois figos e 5 peras", "digits"), ("X0X", "placeholder_unknown"), ("", "empty")]
)
def test_an_engine_is_told_why_it_is_asked_again(answer: str, reason: str) -> None:
    outcome = judge("e", SAMPLING, begin(SAMPLING, Request(TEXT, "en", "pt")), Answer(answer))
    assert isinstance(outcome, Attempt)
    assert outcome.query().again == reason


@pytest.mark.parametrize(("engine", "forms"), [(DETERMINISTIC, "XZ"), (SAMPLING, "XZZ")])
def test_each_form_of_placeholder_is_tried(engine: Answering, forms: str) -> None:
    sent, outcome = asked(engine, Request("see X0X", "en", "pt"), "veja")
    assert sent == [{"X": "see X0X", "Z": "see Z0Q"}[form] for form in forms]
    assert outcome == Failure("placeholder_lost", "veja")


def test_a_form_that_came_back_is_kept_after_another_failure() -> None:
    sent, outcome = asked(SAMPLING, Request("see X0X", "en", "pt"), "veja", Answer("no", "refusal"), "veja Z0Q")
    assert sent == ["see X0X", "see Z0Q", "see Z0Q"]
    assert isinstance(outcome, Entry)
    assert outcome.translation == "veja X0X"


@pytest.mark.parametrize(
    "then", ["", "Ann tem X0X X0X", "Ann " * 99, TEXT, Answer("", "refusal"), Answer("", "request_refused")]
)
@pytest.mark.parametrize("engine", [DETERMINISTIC, SAMPLING])
def test_an_answer_that_lacks_a_number_counts_where_no_better_one_comes(engine: Answering, then: str | Answer) -> None:
    sent, outcome = asked(engine, Request(TEXT, "en", "pt"), "Ann tem dois figos e 5 peras", then)
    assert sent == [TEXT, "Ann has X0X figs and 5 pears"]
    assert outcome == Entry("en", "pt", TEXT, "Ann tem dois figos e 5 peras", "mt:e", "fake", digits=False)


def test_numbers_that_are_lost_in_turn_are_not_asked_for_without_end() -> None:
    answers = "Ann tem dois figos e 5 peras", "Ann tem X0X figos e cinco peras"
    sent, outcome = asked(SAMPLING, Request(TEXT, "en", "pt"), *answers)
    assert len(sent) == 2
    assert outcome == Entry("en", "pt", TEXT, "Ann tem 2 figos e cinco peras", "mt:e", "fake", digits=False)


def test_what_lacks_a_term_is_asked_for_again() -> None:
    request = Request("the red fig", "en", "pt", (("fig", "figo"),))
    assert asked(DETERMINISTIC, request, "a fruta")[1] == Failure("glossary", "a fruta")
    sent, outcome = asked(SAMPLING, request, "a fruta", "o figo")
    assert len(sent) == 2
    assert isinstance(outcome, Entry)
    assert (outcome.translation, outcome.signature) == ("o figo", request.signature(SAMPLING))


def test_models_that_are_told_what_to_do_may_do_something_else() -> None:
    request, said = (
        Request("Tell me about the garden and the river", "en", "pt"),
        "I'm sorry, but I can't help with that.",
    )
    assert isinstance(asked(DETERMINISTIC, request, said)[1], Entry)
    assert asked(Model(str), request, said)[1] == Failure("refusal", said)


def test_what_is_left_for_later_is_told_from_failures() -> None:
    assert Failure("deferred:budget").for_later
    assert not Failure("panic").for_later
