import pytest

from pipeline.output.token_report import drawn_tokens


@pytest.mark.parametrize(
    ("available", "drawn", "tokens", "expected"), [(4, 2, 5, 3), (4, 1, 5, 1), (3, 6, 10, 20), (0, 0, 0, 0)]
)
def test_what_draws_come_to_by_their_mean(available: int, drawn: int, tokens: int, expected: int) -> None:
    assert drawn_tokens(available, drawn, tokens) == {"tokens_available": tokens, "tokens_drawn": expected}
