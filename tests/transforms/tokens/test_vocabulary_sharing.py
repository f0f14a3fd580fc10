import pytest

from transforms.tokens.vocabulary_sharing import ADVICE, OVER_TOKENISED, Scores, VocabularySharing, advice, quadrant


@pytest.mark.parametrize(
    ("bilingual", "multilingual", "threshold", "expected"),
    [
        ((10, 12), (5, 6), 0, "reciprocal"),
        ((10, 9), (5, 6), 0, "altruistic"),
        ((10, 10), (5, 6), 0, "altruistic"),
        ((10, 10), (5, 5), 0, "stagnant"),
        ((10, 10.4), (5, 5.5), 0.5, "stagnant"),
        ((10, 12), (5, 5), 0, "selfish"),
        ((10, 12), (5, 4), 0, "selfish"),
        ((10, 12), (5, 6), 1, "selfish"),
    ],
)
def test_quadrants_are_by_which_scores_rise(bilingual, multilingual, threshold, expected):
    assert quadrant(Scores(bilingual, multilingual), threshold) == expected


@pytest.mark.parametrize(
    ("language", "share", "expected"),
    [
        ("te", 0.8, {"advice": OVER_TOKENISED}),
        ("te", 0.1, {"advice": OVER_TOKENISED}),
        ("te", 0.0999, {}),
        ("de", 0.8, {"quadrant": "altruistic", "advice": ADVICE["altruistic"]}),
    ],
)
def test_there_is_no_quadrant_without_scores(language, share, expected):
    measured = VocabularySharing({"de": Scores((2, 1), (1, 2))})
    assert advice(language, share, measured) == expected
    assert "quadrant" not in advice("de", share, None)


@pytest.mark.parametrize("threshold", [-0.1, float("inf"), float("nan")])
def test_a_threshold_is_a_finite_number(threshold):
    with pytest.raises(ValueError, match="it must be a finite number of 0 or more"):
        VocabularySharing({}, threshold)
