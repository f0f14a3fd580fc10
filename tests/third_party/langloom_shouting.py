"""A rule for langloom, in a package of its own."""

from dataclasses import dataclass

import pyarrow as pa

from transforms.steps import Verdict


@dataclass(frozen=True)
class Shouting:
    """Keeps examples whose instruction isn't mostly capitals.

    Parameters:
      max_share: the greatest share of capitals among the letters that is kept.

    Reads `instruction`. Rejects with `shouting`; detail: the share.
    """

    max_share: float = 0.5

    def judge(self, batch: pa.RecordBatch) -> Verdict:
        shares = [_capitals(text) for text in batch.column("instruction").to_pylist()]
        loud = [share > self.max_share for share in shares]
        return Verdict(
            ["shouting" if each else None for each in loud],
            [f"{share:.2f}" if each else None for share, each in zip(shares, loud, strict=True)],
        )


def _capitals(text: str) -> float:
    letters = [letter for letter in text if letter.isalpha()]
    return sum(letter.isupper() for letter in letters) / len(letters) if letters else 0.0
