import gzip
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from time import sleep

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from transforms.benchmark_items import items
from transforms.decontaminate import Decontaminate
from transforms.example import make_batch
from transforms.read.files import File, SourceError, find_files
from transforms.word_hashes import words

ITEM = "If Ana has 3 apples and Rui has 4, how many apples have they?"
HAN = "小明有三个苹果他又买了四个一共有几个"
SAID = "if ana has 3 apples and rui has 4 how many apples have"


def batch_of(*texts: str, column: str = "input") -> pa.RecordBatch:
    return make_batch(len(texts), {"id": [str(at) for at in range(len(texts))], column: list(texts)})


def refused(step: Decontaminate, *texts: str, column: str = "input") -> list[str | None]:
    verdict = step.refuse(batch_of(*texts, column=column))
    assert verdict.details is not None
    assert [reason is not None for reason in verdict.reasons] == [detail is not None for detail in verdict.details]
    return list(verdict.details)


@pytest.fixture
def benchmark(tmp_path: Path) -> Path:
    path = tmp_path / "items.txt"
    path.write_text(f"{ITEM}\nHow much is it in all?\nAll of the above\n{HAN}\n", "utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"Well: {ITEM} Say it.", SAID),
        ("IF ANA HAS \uff13 apples, and Rui has 4: how many apples have...", SAID),
        ("If Ana has 3 apples and Rui has 5, how many apples have they?", None),
        ("If Ana has 3 apples and Rui has 4, how many pears", None),
        ("How much is it, in all", "how much is it in all"),
        ("Tell me how much is it in all, then", None),  # short items count as a whole
        ("all of the above", None),
        ("请问：小明有三个苹果，他又买了四个，一共", "小 明 有 三 个 苹 果 他 又 买 了 四 个"),
        ("", None),
    ],
)
def test_what_an_item_says_is_refused(benchmark: Path, text: str, found: str | None) -> None:
    for column in ("instruction", "input", "output"):
        detail = None if found is None else f"{column}: {found}"
        assert refused(Decontaminate(str(benchmark)), text, column=column) == [detail]
    assert refused(Decontaminate(str(benchmark), fields=("output",)), text) == [None]


def test_fewer_words_find_more(benchmark: Path) -> None:
    text = "If Ana has 3 apples and Rui has 5, how many apples have they?"
    assert refused(Decontaminate(str(benchmark), words=9), text) == [None]
    assert refused(Decontaminate(str(benchmark), words=8), text) == ["input: if ana has 3 apples and rui has"]


def test_turns_of_a_history_are_looked_at(benchmark: Path) -> None:
    history = [[{"user": "Hello there", "assistant": ITEM}]]
    verdict = Decontaminate(str(benchmark)).refuse(make_batch(1, {"id": ["a"], "history": history}))
    assert verdict.reasons == ["contaminated"]


def test_words_of_any_script() -> None:
    assert words("Don't\u2014it's 1,000 \ufb01ne_days!") == ["don", "t", "it", "s", "1", "000", "fine", "days"]
    assert words("हिन्दी में") == ["हिन्दी", "में"]
    assert words("東京 Tower ไทย") == ["東", "京", "tower", "ไ", "ท", "ย"]


def file(path: Path) -> File:
    (found,) = find_files(str(path))
    return found


ROWS = [{"q": "one two", "a": {"text": ["three"]}, "n": 4}, {"q": "five", "a": None, "n": 6}]


@pytest.mark.parametrize("columns", [(), ("q",)], ids=str)
def test_items_of_each_form(tmp_path: Path, columns: tuple[str, ...]) -> None:
    lines = "".join(json.dumps(row) + "\n" for row in ROWS)
    (tmp_path / "a.jsonl").write_text(lines)
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    (tmp_path / "a.json").write_text(json.dumps(ROWS))
    table = pa.Table.from_pylist(ROWS)
    pq.write_table(table, tmp_path / "a.parquet")
    with pa.ipc.new_file(str(tmp_path / "a.arrow"), table.schema) as writer:
        writer.write_table(table)
    with pa.ipc.new_stream(str(tmp_path / "stream.arrow"), table.schema) as writer:
        writer.write_table(table)
    (tmp_path / "marked.jsonl").write_text(f"\ufeff{lines}", "utf-8")
    (tmp_path / "marked.json").write_text(f"\ufeff{json.dumps(ROWS)}", "utf-8")
    expected = ["one two", "five"] if columns else ["one two", "three", "five"]
    plain = ("a.jsonl", "a.jsonl.gz", "a.json", "a.parquet", "a.arrow")
    for name in (*plain, "stream.arrow", "marked.jsonl", "marked.json"):
        assert list(items(file(tmp_path / name), columns)) == expected
    (tmp_path / "a.csv").write_text('\ufeffq,a\n"one, two",x\n', "utf-8")
    (tmp_path / "a.tsv").write_text('q\ta\n"one\tx\r\n')
    assert list(items(file(tmp_path / "a.csv"), columns)) == (["one, two"] if columns else ["q", "a", "one, two", "x"])
    assert list(items(file(tmp_path / "a.tsv"), columns)) == (['"one'] if columns else ["q", "a", '"one', "x"])


@pytest.mark.parametrize(
    ("name", "content", "columns", "message"),
    [
        ("a.jsonl", b'{"a": "b"}\n{', (), "a.jsonl:2: "),
        ("a.txt", b"\xff", (), "a.txt:1: byte 0xff at 0 isn't UTF-8"),
        ("a.csv", b"q,a\nx\n", ("q",), "a.csv:2: "),
        ("a.parquet", b"no", (), "a.parquet"),
        ("a.json", b"[1", (), "a.json isn't JSON"),
        ("a.txt.gz", b"no", (), "a.txt.gz can't be read as gzip"),
        ("a.json", b"[]", (), "a.json has no texts"),
        ("a.jsonl", b'{"a": "b"}', ("question",), "a.jsonl has no texts in question; its columns are a"),
    ],
)
def test_what_is_no_benchmark_is_told(
    tmp_path: Path, name: str, content: bytes, columns: tuple[str, ...], message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError, match=message):
        list(items(file(tmp_path / name), columns))


@pytest.mark.parametrize("wrong", [{"words": 4}, {"fields": ()}, {"fields": ("answer",)}, {"against": ()}], ids=str)
def test_wrong_parameters(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Decontaminate(**{"against": "a.txt", **wrong})  # type: ignore[arg-type]


def test_a_file_that_isnt_there_is_told_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"gone\.txt"):
        Decontaminate("gone.txt").resolved(str(tmp_path))


def test_its_identity_is_that_of_the_items(benchmark: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.txt"
    copy.write_bytes(benchmark.read_bytes())
    first = Decontaminate(str(benchmark)).content()
    assert Decontaminate(str(copy)).content() == first
    copy.write_text("other items\n")
    assert Decontaminate(str(copy)).content() != first


def test_threads_that_begin_together_read_a_benchmark_once(benchmark: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads, together = [], Barrier(4)

    def slowly(file: File, columns: tuple[str, ...]) -> list[str]:
        reads.append(file.path)
        sleep(0.1)
        return list(items(file, columns))

    def judge(_: int) -> list[str | None]:
        together.wait()
        return refused(Decontaminate(str(benchmark)), ITEM)

    monkeypatch.setattr("transforms.decontaminate.items", slowly)
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(judge, range(4))) == [[f"input: {SAID}"]] * 4
    assert reads == [str(benchmark)]


def test_the_published_overlap_of_mgsm_and_gsm8k(shared: Path) -> None:
    lines = (shared / "mgsm" / "mgsm_en.tsv").read_text("utf-8").splitlines()
    questions = [line.split("\t")[0] for line in lines]
    for number, hits in ((8, 16), (13, 0)):
        step = Decontaminate(str(shared / "gsm8k" / "train.jsonl.gz"), ("question",), number)
        assert sum(detail is not None for detail in refused(step, *questions)) == hits
    assert all(refused(Decontaminate(str(shared / "gsm8k" / "test.jsonl"), ("question",)), *questions))
