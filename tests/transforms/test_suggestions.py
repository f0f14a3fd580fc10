import pytest

from transforms.suggestions import did_you_mean, shortened, unknown


@pytest.mark.parametrize(
    ("name", "known", "suggested"),
    [
        ("LENGHT", ["language", "length"], "length"),
        ("question", ["Answer", "QUESTION"], "QUESTION"),
        ("es", ["esab", "e", "s"], "e"),  # of those that are equally alike the shortest, and of these the first
        ("output", ["input"], None),  # 0.545
        ("abcde", ["abcfg"], "abcfg"),  # 0.6
        ("abcd", ["abxy"], None),  # 0.5
        ("abc", ["c"], "c"),  # 0.5
        ("abc", ["cx"], None),  # 0.4
        ("x" * 60 + "a" * 500, ["b", "x" * 60 + "c" * 500], "x" * 60 + "c" * 500),  # what isn't shown doesn't count
        ("", ["a"], None),
        ("a", [], None),
    ],
)
def test_what_is_most_like_a_name_is_suggested(name: str, known: list[str], suggested: str | None) -> None:
    assert did_you_mean(name, known) == (f"; did you mean {suggested!r}?" if suggested else "")


def test_a_message_shows_no_more_than_a_line_or_two() -> None:
    names = [f"step{number}" for number in range(24)]
    assert unknown("step", "copy", names) == f"unknown step 'copy' (known: {', '.join(names)})"
    assert unknown("step", "copy", [*names, "step24"]).endswith(", step23, ...)")
    assert unknown("engine", "copy", []) == "unknown engine 'copy' (none is known)"
    assert unknown("step", "x" * 61, []) == f"unknown step '{'x' * 57}...' (none is known)"
    assert shortened("x" * 60) == "x" * 60
