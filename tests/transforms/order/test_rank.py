import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.example import digest, id_words
from transforms.order.rank import rank_hashes, split_hashes, splits

IDS = pa.array([digest(str(number)).hex() for number in range(20_000)])
HIGH, LOW = id_words(IDS)


def deviation(hashes: np.ndarray, cells: int) -> float:
    """Return how far the hashes are from being spread evenly: chi-square in standard deviations from its mean."""
    counts = np.bincount((hashes >> np.uint64(32)).astype(np.int64) * cells >> 32, minlength=cells)
    expected = len(hashes) / cells
    square = ((counts - expected) ** 2 / expected).sum()
    return float(abs(square - (cells - 1)) / np.sqrt(2 * (cells - 1)))


@pytest.mark.parametrize("epoch", [0, 1, 7])
@pytest.mark.parametrize("cells", [2, 16, 1000])
def test_ranks_are_spread_evenly(epoch: int, cells: int) -> None:
    assert deviation(rank_hashes(17, "stage1", epoch, HIGH, LOW), cells) < 4


def test_ids_that_differ_little_are_spread_evenly() -> None:
    numbers = np.arange(20_000, dtype=np.uint64)
    for high, low in ((numbers, numbers * 0), (numbers * 0, numbers)):
        hashes = rank_hashes(17, "d", 0, high, low)
        assert len(np.unique(hashes)) == len(numbers)
        assert deviation(hashes, 100) < 4


@pytest.mark.parametrize(
    "other", [(18, "d", 0), (17, "e", 0), (17, "d", 1), (1, "7d", 0)], ids=["seed", "dataset", "epoch", "joined"]
)
def test_each_seed_dataset_and_epoch_has_its_own_order(other: tuple[int, str, int]) -> None:
    first, second = rank_hashes(17, "d", 0, HIGH, LOW), rank_hashes(*other, HIGH, LOW)
    assert not (first == second).any()
    correlation = np.corrcoef(np.argsort(np.argsort(first)), np.argsort(np.argsort(second)))[0, 1]
    assert abs(correlation) < 4 / np.sqrt(len(first))


def test_ranks_are_what_they_always_were() -> None:
    # Shards that people hold were ordered by these numbers: a change here changes every dataset.
    high, low = id_words(pa.array([digest("a").hex(), digest("b").hex()]))
    assert rank_hashes(17, "stage1", 0, high, low).tolist() == [15684011959996439938, 4040159560545000749]
    assert split_hashes(17, high, low).tolist() == [7244034211357330471, 1383235289141103155]


@given(st.lists(st.floats(0.001, 0.3), max_size=3))
def test_splits_have_their_shares(shares: list[float]) -> None:
    found = splits(shares, split_hashes(17, HIGH, LOW))
    for at, share in enumerate([*shares, 1 - sum(shares)]):
        number = int((found == at).sum())
        assert abs(number - share * len(HIGH)) < 5 * np.sqrt(len(HIGH) * share * (1 - share)) + 1


def test_a_further_split_moves_no_group_between_those_before() -> None:
    hashes = split_hashes(17, HIGH, LOW)
    one, two = splits([0.1], hashes), splits([0.1, 0.2], hashes)
    assert ((one == 0) == (two == 0)).all()


def test_the_ends_of_the_hash_range() -> None:
    ends = np.array([0, 2**63 - 1, 2**63, 2**64 - 1], np.uint64)
    assert splits([0.5], ends).tolist() == [0, 0, 1, 1]
    assert splits([0.25, 0.25, 0.25], ends).tolist() == [0, 1, 2, 3]
    assert splits([0.5, 0.5], ends).tolist() == [0, 0, 1, 2]  # shares just below one may add up to it by rounding


def test_the_split_does_not_depend_on_the_rank() -> None:
    side = splits([0.5], split_hashes(17, HIGH, LOW))
    early = rank_hashes(17, "d", 0, HIGH, LOW) < np.uint64(2**63)
    assert abs(int(side[early].sum()) - early.sum() / 2) < 4 * np.sqrt(early.sum() / 4)
