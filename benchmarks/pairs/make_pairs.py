"""Makes the sentence pairs that the pairs job reads: JSON lines of {source, target, source_lang, target_lang}.

    python -m benchmarks.pairs.make_pairs OUT ROWS --data DIR

DIR holds `gsm8kinstruct_question/` (QAlign's question pairs de-en, es-en, zh-en) and `opennmt_en_de/` (10,000 en-de
lines), gzipped. First come all pairs as published, then as many recombined ones as are wanted: all sentences of one
pair but its last (or its only one), followed by the last of another pair of the same two languages, on both sides. So
every text is real and in its language, rows differ, and sides still say the same. One row in 20 is an exact copy of
another. Rows are shuffled and lie in FILES files; the same arguments give the same bytes.
"""

import argparse
import gzip
import json
import random
import re
from pathlib import Path
from typing import NamedTuple

FILES = 8
COPIES = 20
SEED = 17
QUESTIONS = "gsm8kinstruct_question/{0}-en/train.{1}.gz"
CORPORA = {
    ("de", "en"): (QUESTIONS.format("de", "de"), QUESTIONS.format("de", "en")),
    ("es", "en"): (QUESTIONS.format("es", "es"), QUESTIONS.format("es", "en")),
    ("zh", "en"): (QUESTIONS.format("zh", "zh"), QUESTIONS.format("zh", "en")),
    ("en", "de"): ("opennmt_en_de/src-train.txt.gz", "opennmt_en_de/tgt-train.txt.gz"),
}
_BETWEEN = re.compile(r"(?<=[.!?])\s+(?=\S)|(?<=[。！？])\s*(?=\S)")


class Pair(NamedTuple):
    """A pair of sentences or short texts, and its languages."""

    source: str
    target: str
    langs: tuple[str, str]


def published(data: Path) -> list[list[Pair]]:
    """Return the pairs of each corpus; those with an empty side are left out."""
    corpora = []
    for langs, names in CORPORA.items():
        sides = [gzip.decompress((data / name).read_bytes()).decode().split("\n") for name in names]
        both = zip(*sides, strict=True)
        corpora.append([Pair(one, other, langs) for one, other in both if one.strip() and other.strip()])
    return corpora


class Cut(NamedTuple):
    """A pair whose sides have as many sentences as each other: the last of them on both sides, and what comes before.

    Where there is one sentence, it is both.
    """

    heads: tuple[str, str]
    tails: tuple[str, str]
    langs: tuple[str, str]

    def joined(self, other: "Cut") -> Pair:
        """Return the pair with the other one's last sentence for its own."""
        joints = ["" if lang == "zh" else " " for lang in self.langs]
        source, target = map(str.join, joints, zip(self.heads, other.tails, strict=True))
        return Pair(source, target, self.langs)


def cut(pair: Pair) -> Cut | None:
    """Return a pair by its sentences; None where its sides don't have as many as each other."""
    sides = [_BETWEEN.split(side.strip()) for side in (pair.source, pair.target)]
    if len(sides[0]) != len(sides[1]):
        return None
    joints = ["" if lang == "zh" else " " for lang in pair.langs]
    source, target = map(str.join, joints, [side[:-1] or side for side in sides])
    return Cut((source, target), (sides[0][-1], sides[1][-1]), pair.langs)


def make_pairs(corpora: list[list[Pair]], rows: int) -> list[Pair]:
    """Return that many pairs, shuffled, one in COPIES of them a copy; ValueError where there aren't so many."""
    wanted, draw = rows - rows // COPIES, random.Random(SEED)
    made = dict.fromkeys(pair for corpus in corpora for pair in corpus)
    cuts = [[aligned for pair in corpus if (aligned := cut(pair))] for corpus in corpora]
    for step in range(1, min(map(len, cuts))):
        if len(made) >= wanted:
            break
        for corpus in cuts:
            for at, aligned in enumerate(corpus):
                made[aligned.joined(corpus[(at + step) % len(corpus)])] = None
    if len(made) < wanted:
        raise ValueError(f"{rows} rows can't be made: there are {len(made)} different ones")
    pairs = list(made)[:wanted]
    pairs += draw.choices(pairs, k=rows - len(pairs))
    draw.shuffle(pairs)
    return pairs


def write(pairs: list[Pair], out: Path) -> None:
    """Write the pairs as FILES files of nearly equal numbers of rows."""
    out.mkdir(parents=True, exist_ok=True)
    for number in range(FILES):
        with (out / f"pairs-{number}.jsonl").open("w", encoding="utf-8", newline="\n") as file:
            for pair in pairs[number * len(pairs) // FILES : (number + 1) * len(pairs) // FILES]:
                row = {"source": pair.source, "target": pair.target}
                row |= {"source_lang": pair.langs[0], "target_lang": pair.langs[1]}
                file.write(json.dumps(row, ensure_ascii=False) + "\n")


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="folder to write")
    parser.add_argument("rows", type=int)
    parser.add_argument("--data", type=Path, required=True, help="folder of the published pairs")
    arguments = parser.parse_args()
    write(make_pairs(published(arguments.data), arguments.rows), arguments.out)


if __name__ == "__main__":
    main()
