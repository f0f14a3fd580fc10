import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from answering import Answering
from asked_chain import reasons
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.third_parties import ThirdPartyError
from transforms.translate import local
from transforms.translate.ask import Report, ask, remembered_entries
from transforms.translate.engines import SAID, Answer, UnsupportedPair
from transforms.translate.engines.identity import Identity
from transforms.translate.entries import HUMAN, Entry
from transforms.translate.judge import Attempt, Failure, Request, begin, judge
from transforms.translate.memory import Memory
from transforms.translate.objections import is_echo
from transforms.translate.segments import PLACEHOLDER, verified
from transforms.translate.usage import Tally, Usage
from transforms.translate.wanted import Want, Wanted


def request(text: str, target: str = "pt") -> Request:
    return Request(text, "en", target)


def run(tmp_path: Path, texts: Sequence[str], **engines: Answering | Identity) -> tuple[Report, dict[str, Entry]]:
    memory = Memory(str(tmp_path))
    requests = [request(text) for text in texts]
    report = ask(engines, map(Wanted, requests), memory)
    return report, {one.text: entry for one, entry in remembered_entries(memory, engines, requests).items()}


def test_a_translation_is_remembered_and_never_asked_again(tmp_path: Path) -> None:
    engine = Answering(str.upper)
    report, held = run(tmp_path, ["one", "two"], local=engine)
    assert held["one"] == Entry("en", "pt", "one", "ONE", "mt:local", "fake")
    assert report.usage == {("local", "pt"): Usage(2, 2, 0, 2, 2, 0, 0, 6, 8)}
    report, held = run(tmp_path, ["one", "two", "three"], local=engine)
    assert report.usage == {("local", "pt"): Usage(3, 3, 2, 1, 1, 0, 0, 3, 4)}
    assert sorted(engine.sent) == ["one", "three", "two"]
    assert sorted(held) == ["one", "three", "two"]


def test_a_lost_placeholder_is_asked_again_in_another_form(tmp_path: Path) -> None:
    engine = Answering(lambda text: text.replace("X0X", "").replace("see", "veja"))
    report, held = run(tmp_path, ["see X0X and X1X"], local=engine)
    assert engine.sent == ["see X0X and X1X", "see Z0Q and Z1Q"]
    assert held["see X0X and X1X"].translation == "veja X0X and X1X"
    assert report.usage[("local", "pt")].requests == 2


def test_an_answer_in_a_form_that_wasnt_asked_is_unfaithful(tmp_path: Path) -> None:
    engine = Answering(lambda text: "veja X0X" if "Z0Q" in text else "veja")
    report, held = run(tmp_path, ["see X0X"], local=engine)
    assert reasons(report) == {request("see X0X"): "placeholder_unknown"}
    assert held == {}


def test_forms_avoid_what_the_text_has_of_them(tmp_path: Path) -> None:
    engine = Answering(lambda text: text.replace("X0X", "").replace("see", "veja"))
    _, held = run(tmp_path, ["see X0X X1X on Z0Q Z2Q"], local=engine)
    assert engine.sent[-1] == "see Z3Q Z4Q on Z0Q Z2Q"
    assert held["see X0X X1X on Z0Q Z2Q"].translation == "veja X0X X1X on Z0Q Z2Q"


def test_what_one_engine_cant_do_goes_to_the_next(tmp_path: Path) -> None:
    first = Answering(lambda text: Answer("", "refusal") if "bad" in text else text.upper(), signature="first")
    second = Answering(lambda text: text + "!", signature="second")
    report, held = run(tmp_path, ["good", "bad"], a=first, b=second)
    assert (held["good"].origin, held["bad"].origin) == ("mt:a", "mt:b")
    assert reasons(report) == {}
    assert report.usage[("a", "pt")].failed == 1
    assert report.usage[("b", "pt")].asked == 1
    run(tmp_path, ["good", "bad"], a=first, b=second)  # the whole chain is looked up before any is asked
    assert len(first.sent) == 2


def test_what_an_engine_knows_no_languages_of_is_left_to_the_next(tmp_path: Path) -> None:
    class Portuguese(Answering):
        def check(self, source: str, target: str) -> None:
            if target != "pt":
                raise UnsupportedPair

        def signature_of(self, source: str, target: str) -> str:
            return {"pt": "portuguese"}[target]

    first, second = Portuguese(str.upper), Answering(lambda text: text + "!")
    wants = [Wanted(request(text, to)) for text in ("one", "two") for to in ("pt", "es")]
    report = ask({"a": first}, wants, Memory(str(tmp_path)))
    assert reasons(report) == {request(text, "es"): "unsupported_pair" for text in ("one", "two")}
    report = ask({"a": first, "b": second}, wants, Memory(str(tmp_path)))
    assert (reasons(report), sorted(second.sent)) == ({}, ["one", "two"])
    assert {name: usage.asked for name, usage in report.usage.items()} == {("a", "pt"): 0, ("b", "es"): 2}


def test_each_pair_of_languages_is_remembered_by_its_own_signature(tmp_path: Path) -> None:
    class Pairs(Answering):
        def signature_of(self, source: str, target: str) -> str:
            return f"{source}-{target}"

    engine = Pairs(str.upper)
    requests = [Request("one", *pair) for pair in (("en", "pt"), ("de", "pt"), ("en", "es"))]
    for _ in range(2):
        ask({"local": engine}, map(Wanted, requests), Memory(str(tmp_path)))
    assert engine.sent == ["one"] * 3
    assert len(remembered_entries(Memory(str(tmp_path)), {"local": engine}, requests)) == 3


@pytest.mark.parametrize(
    ("answered", "why", "counted"),
    [
        (["refusal", "panic"], "panic", [(2, 0), (2, 0)]),
        (["deferred:unreachable", "panic"], "deferred:unreachable", [(0, 2), (2, 0)]),
        (["deferred:budget", "panic"], "deferred:budget", [(0, 2)]),  # it waits: the next may be a worse engine
        (["deferred:unreachable", "deferred:batch", "panic"], "deferred:unreachable", [(0, 2), (0, 2)]),
    ],
)
def test_why_a_segment_has_no_translation(
    tmp_path: Path, answered: list[str], why: str, counted: list[tuple[int, int]]
) -> None:
    engines = {reason: Answering(lambda _, reason=reason: Answer("", reason), reason) for reason in answered}
    report, _ = run(tmp_path, ["one", "two"], **engines)
    assert reasons(report) == {request("one"): why, request("two"): why}
    assert [(usage.failed, usage.deferred) for usage in report.usage.values()] == counted


def test_an_engine_that_nothing_drives_is_told(tmp_path: Path) -> None:
    class Idle:
        kind = "mt"

        def check(self, source: str, target: str) -> None: ...

        def signature_of(self, source: str, target: str) -> str:
            return "idle"

    with pytest.raises(TypeError, match="the engine idle isn't local, remote or batched: see transforms/translate"):
        ask({"idle": Idle()}, [Wanted(request("one"))], Memory(str(tmp_path)))  # type: ignore[dict-item]


def test_a_segment_that_goes_to_the_next_engine_is_done_once(tmp_path: Path) -> None:
    file = tmp_path / "tally.json"
    first = Answering(lambda text: text.upper() if "good" in text else Answer("", "refusal"), signature="first")
    second = Answering(lambda text: text.upper() if "bad" in text else Answer("", "refusal"), signature="second")
    wants = [Wanted(request(text)) for text in ("good", "bad", "worse")]
    for known in (0, 2):
        ask({"a": first, "b": second}, wants, Memory(str(tmp_path)), tally=Tally(str(file)))
        told = json.loads(file.read_text())
        assert (told["wanted"], told["known"], told["done"]) == (3, known, 3)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda text: "", "empty"),
        (lambda text: text, "echo"),
        (lambda text: text + "\nand more", "line_break"),
        (lambda text: "aqui h\x1b\u00e1 um texto com X0X", "control_character"),
        (lambda text: text.upper() + " X0X" * 2000, "runaway"),
        (lambda text: text.replace("here is", "aqui").replace("X0X", ""), "placeholder_lost"),
        (lambda text: Answer("", "panic"), "panic"),
    ],
)
def test_failures_are_reported_and_not_remembered(
    tmp_path: Path, answer: Callable[[str], str | Answer], reason: str
) -> None:
    text = "here is a long text with X0X in it"
    report, held = run(tmp_path, [text], local=Answering(answer, placeholders=("X{}X",)))
    said = answer(text)
    assert report.failures == {request(text): Failure(reason, said[:SAID] if isinstance(said, str) else "")}
    assert held == {}
    assert not Path(tmp_path, "journal").exists() or not any(Path(tmp_path, "journal").glob("*"))


def test_a_missing_number_is_protected_once_then_accepted(tmp_path: Path) -> None:
    engine = Answering(lambda text: text.replace("2", "dois").replace("friends", "amigos"))
    _, held = run(tmp_path, ["2 friends of X0X", "5 friends"], local=engine)
    assert "X0X friends of X1X" in engine.sent
    assert held["2 friends of X0X"] == Entry("en", "pt", "2 friends of X0X", "2 amigos of X0X", "mt:local", "fake")
    worse = Answering(lambda text: text.replace("X1X", "").replace("2", "dois"), signature="worse")
    _, held = run(tmp_path, ["X0X has 2 friends"], local=worse)
    assert held["X0X has 2 friends"].translation == "X0X has dois friends"
    assert held["X0X has 2 friends"].digits is False


def test_people_go_before_engines(tmp_path: Path) -> None:
    human = Entry("en", "pt", "one", "um", "human", HUMAN)
    with Memory(str(tmp_path)).journal() as own:
        own.append([human])
    engine = Answering(str.upper)
    report, held = run(tmp_path, ["one"], local=engine)
    assert held == {"one": human}
    assert engine.sent == []
    assert report.usage == {("human", "pt"): Usage(1, 1, 1)}


def test_what_an_engine_said_and_no_longer_passes_is_asked_again(tmp_path: Path) -> None:
    parted = [Entry("en", "pt", "ate X0X 2 figs", f"X0X comeu 2 ou 2{'!' * at}", "mt:local", "fake") for at in range(8)]
    with Memory(str(tmp_path)).journal() as own:
        own.append(parted)
    engine = Answering(lambda text: text.replace("ate", "comeu").replace("figs", "figos"))
    for remembered in (0, 1, 1):
        report, held = run(tmp_path, ["ate X0X 2 figs"], local=engine)
        assert report.usage[("local", "pt")].from_memory == remembered
        assert held["ate X0X 2 figs"].translation == "comeu X0X 2 figos"
        Memory(str(tmp_path)).fold()


def test_identity_may_echo(tmp_path: Path) -> None:
    report, held = run(tmp_path, ["a text of more than a few words"], dry=Identity())
    assert reasons(report) == {}
    assert held["a text of more than a few words"].origin == "identity:dry"


@pytest.mark.parametrize(
    ("text", "answer", "target", "echo"),
    [
        ("one two three for five six", "One two  three for five six", "pt", True),
        ("John Ronald Reuel Tolkien", "John Ronald Reuel Tolkien", "pt", False),
        ("one two three for five six", "one two three for five six", "en-GB", False),
        ("one two three for five six", "um two three for five six", "pt", False),
    ],
)
def test_echoes(text: str, answer: str, target: str, echo: bool) -> None:
    assert is_echo(text, answer, "en", target, prompted=False) is echo


def test_each_result_is_written_before_the_next_request_starts(tmp_path: Path) -> None:
    memory = Memory(str(tmp_path))
    written: list[int] = []

    def look(text: str) -> str:
        written.append(sum(path.read_bytes().count(b"\n") for path in Path(tmp_path, "journal").glob("*")))
        return text + "!"

    ask({"local": Answering(look, batch=1)}, [Wanted(request(f"text {n}")) for n in range(4)], memory)
    assert written == [0, 1, 2, 3]


def test_languages_are_asked_apart(tmp_path: Path) -> None:
    batches: list[tuple[int, str, str]] = []

    class Apart(Answering):
        def translate(self, texts: Sequence[str], source: str, target: str) -> list[Answer]:
            batches.append((len(texts), source, target))
            return [Answer(f"{text}-{target}") for text in texts]

    engine = Apart(str.upper, batch=3)
    pairs = [("de", "pt"), ("en", "es"), ("en", "pt")]
    requests = [Request(f"t {letter}", *pair) for letter in "abcd" for pair in pairs]
    report = ask({"local": engine}, (Wanted(one, Want(2)) for one in requests), Memory(str(tmp_path)))
    assert sorted(report.usage) == [("local", "es"), ("local", "pt")]
    assert report.usage[("local", "es")].segments == 8
    assert batches == [(number, *pair) for pair in pairs for number in (3, 1)]
    assert all(
        entry.translation.endswith(one.target)
        for one, entry in remembered_entries(Memory(str(tmp_path)), {"local": engine}, requests).items()
    )


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from(["word", "X0X", "Z0Q", "Z1Q", "12", "3.5", "Z", "Q"]), min_size=1, max_size=8),
    st.lists(st.sampled_from(["word", "X0X", "X1X", "X2X", "Z0Q", "Z1Q", "Z2Q", "12", "dois", "x0x"]), max_size=10),
    st.integers(1, 3),
)
def test_whatever_is_remembered_is_faithful(source: list[str], answers: list[str], cut: int) -> None:
    number = iter(range(99))
    text = " ".join(f"X{next(number)}X" if word == "X0X" else word for word in source)
    engine = Answering(str)
    attempt = begin(engine, request(text))
    for turn in range(4):
        outcome = judge("local", engine, attempt, Answer(" ".join(answers[turn::cut])))
        if isinstance(outcome, Entry):
            assert sorted(PLACEHOLDER.findall(outcome.translation)) == sorted(PLACEHOLDER.findall(text))
            assert verified(text, outcome.translation) == outcome.translation
            return
        if isinstance(outcome, Failure):
            return
        assert isinstance(outcome, Attempt)
        attempt = outcome
    pytest.fail("an engine is asked without end")


def test_an_engine_in_this_process_is_asked_for_all_however_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "SORTED", 2)
    texts = ["one", "two", "three", "four", "five"]
    report, held = run(tmp_path, texts, local=Answering(lambda text: "" if text == "five" else text.upper()))
    assert (sorted(held), reasons(report)) == (sorted(texts[:4]), {request("five"): "empty"})


def test_an_engine_of_another_package_that_fails_is_named(tmp_path: Path) -> None:
    with pytest.raises(ThirdPartyError) as caught:
        run(tmp_path, ["one"], local=Answering(lambda text: {}[text]))
    assert "Answering, of another package, failed: KeyError: 'one' (test_ask.py, line " in str(caught.value)


def test_an_engine_that_gives_too_few_answers_is_told(tmp_path: Path) -> None:
    class Lazy(Answering):
        def translate(self, texts: Sequence[str], source: str, target: str) -> list[Answer]:
            return []

    with pytest.raises(ThirdPartyError, match="ValueError: 0 answers for 2 texts"):
        run(tmp_path, ["one", "two"], local=Lazy(str.upper))
