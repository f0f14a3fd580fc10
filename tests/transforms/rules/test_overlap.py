import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.example import make_batch
from transforms.rules.overlap import Copy, overlap, words
from transforms.rules.prose import prose, strict_prose

QUESTION = "Janet filmed a new movie that is 60% longer than her previous one."


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It's 60% LONGER", ["it", "s", "longer"]),
        ("Straße", ["strasse"]),
        ("这是 Janet 的", ["这", "是", "janet", "的"]),
        ("ねこ cat", ["ね", "こ", "cat"]),
        ("see `x = y` at https://example.com/a_b or <b>here</b>", ["see", "at", "or", "here"]),
        ("at https://example.com/a_b", ["at"]),
        ("to jo@example.com", ["to"]),
        ("one<br>two <<2*cost=9>>x < y and z > w", ["one", "two", "x", "y", "and", "z", "w"]),
        ("a ` in one line\nand ` in another", ["a", "in", "one", "line", "and", "in", "another"]),
        ("1 + 2 = 3", []),
        ("```python\nprint(1)\n", []),
    ],
)
def test_words_are_runs_of_letters_or_single_characters(text, found):
    assert words(prose(text)) == found


def test_strict_prose_is_what_is_translated() -> None:
    assert strict_prose("- one `x` more\n- two\ny = 5;") == "one   more\ntwo"


@given(st.lists(st.sampled_from("abcd")), st.lists(st.sampled_from("abcd")))
def test_overlap_is_symmetric_and_one_for_the_same_words(one, other):
    assert overlap(one, other) == overlap(other, one)
    assert 0 <= overlap(one, other) <= 1
    assert (overlap(one, other) == 1) == (bool(one) and sorted(one) == sorted(other))


@pytest.mark.parametrize(
    ("source", "target", "reason"),
    [
        (QUESTION, QUESTION, "copy"),
        (QUESTION, QUESTION.upper().replace(" ", "\u00a0 "), "copy"),
        (QUESTION, QUESTION.replace("one", "movie"), "copy"),
        (QUESTION, "Janet drehte einen neuen Film, der 60% länger ist als ihr vorheriger.", None),
        ("这部电影比以前的长", "这部电影比以前的长", "copy"),
        ("Paris", "Paris", None),
        ("2 + 2 = 4, 3 * 3 = 9", "2 + 2 = 4, 3 * 3 = 9", None),
        ("```\nfor each in all of them: go\n```", "```\nfor each in all of them: go\n```", None),
        (QUESTION, "", None),
        (
            r"\(\sqrt{alpha^2 + beta^2} \le |alpha| + |beta|\)",
            r"\(\sqrt{alpha^2 + beta^2} \le |alpha| + |beta|\)",
            None,
        ),
        (
            "def area(width, height):\n    return width * height",
            "def area(width, height):\n    return width * height",
            None,
        ),
        ("Dear {first_name} of {company_name} in {town}", "Dear {first_name} of {company_name} in {town}", None),
    ],
)
def test_copies_are_found_whatever_their_case_and_spaces(source, target, reason):
    batch = make_batch(1, {"input": [source], "output": [target], "task": "translation"})
    assert Copy().judge(batch).reasons == [reason]


@pytest.mark.parametrize(("said", "reason"), [("this is an example", None), ("this was no example", "copy")])
def test_what_quotes_the_example_s_code_does_not_count(said, reason):
    text = f'"{said}"\n```\nprint("this is an example")\n```'
    batch = make_batch(1, {"input": [text], "output": [text], "task": "translation"})
    assert Copy().judge(batch).reasons == [reason]


SPOKEN = st.lists(st.sampled_from(["aa", "bb", "cc"]), max_size=12).map(" ".join)


@given(SPOKEN, SPOKEN, st.floats(0, 0.99))
def test_the_short_cut_changes_no_verdict(one, other, bound):
    batch = make_batch(1, {"input": [one], "output": [other], "task": "translation"})
    judged = Copy(max_overlap=bound, min_words=1).judge(batch).reasons == ["copy"]
    assert judged == (overlap(words(one), words(other)) > bound)


def test_the_detail_is_the_overlap():
    batch = make_batch(1, {"input": [QUESTION], "output": [QUESTION], "task": "translation"})
    assert Copy().judge(batch).details == ["1.00"]


@pytest.mark.parametrize("parameters", [{"max_overlap": 1.0}, {"max_overlap": -0.1}, {"min_words": 0}])
def test_bounds_that_judge_nothing_are_refused(parameters):
    with pytest.raises(ValueError, match=next(iter(parameters))):
        Copy(**parameters)


# All other rows that are found were looked at: English in place of the translation. (zh: those with a few Han.)
@pytest.mark.parametrize(("language", "count"), [("de", 78), ("es", 78), ("zh", 35)])
def test_published_questions(question_pairs, known_copies, language, count):
    verdict = Copy().judge(question_pairs(language))
    found = {row for row, reason in enumerate(verdict.reasons) if reason}
    assert known_copies(language) <= found
    assert len(found) == count
