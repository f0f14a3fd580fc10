"""Ranks and splits by hash: an order that depends on nothing but the seed and the examples' ids."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from transforms.example import digest


def rank_hashes(seed: int, dataset: str, epoch: int, high: Any, low: Any) -> Any:
    """Return each example's rank hash (64 bits) in an epoch; `high` and `low` are the halves of the ids.

    Ids are hashes already: they are mixed with a hash of (seed, dataset, epoch) by the finalizer of MurmurHash3
    (Appleby, public domain), on whole arrays.
    """
    salt = np.frombuffer(digest("rank", str(seed), dataset, str(epoch)), "<u8")
    return _mixed(high ^ _mixed(low ^ salt[0]) ^ salt[1])


def split_hashes(seed: int, high: Any, low: Any) -> Any:
    """Return the hash (64 bits) that decides an example's split; `high` and `low` are the halves of the groups."""
    salt = np.frombuffer(digest("split", str(seed)), "<u8")
    return _mixed(high ^ _mixed(low ^ salt[0]) ^ salt[1])


def splits(shares: Sequence[float], hashes: Any) -> Any:
    """Return the index of each example's split: the first whose shares, added up, exceed the hash; else len(shares)."""
    bounds, reached = [], 0.0
    for share in shares:
        reached += share
        bounds.append(min(int(reached * 2.0**64), 2**64 - 1))
    return np.searchsorted(np.array(bounds, np.uint64), hashes, "right")


def _mixed(words: Any) -> Any:
    words = (words ^ (words >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    words = (words ^ (words >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return words ^ (words >> np.uint64(33))
