from typing import Any

from pipeline.output.remarks import remarks


def step(name: str, come: int, left: int, **rejected: int) -> dict[str, Any]:
    return {"step": name, "in": come, "out": left, "rejected": rejected}


def manifest(streams: dict[str, Any], **split: Any) -> dict[str, Any]:
    draws = {"last": {"available": split["rows"]}}
    datasets = {"all": {"draws": draws, "splits": {"train": split}}}
    return {"datasets": datasets, "streams": streams, "translation": {}, "deferred": 0}


def test_an_empty_stream_says_which_step_left_nothing() -> None:
    first = {"from": ["file"], "steps": [step("read", 9, 9), step("keep", 9, 0, a=1, b=4, d=2, c=2)]}
    last = {"from": ["first"], "steps": [step("normalize", 0, 0)]}
    assert list(remarks(manifest({"first": first, "last": last}, rows=0))) == [
        "all: the split train got no rows and isn't written",
        "all: the stream last is empty: keep kept none of 9 (b 4, c 2, d 2, ...)",
    ]
    first["steps"][1] = step("translate", 9, 0, language_unknown=9)
    *_, told = remarks(manifest({"first": first, "last": last}, rows=0))
    assert told.endswith("translate kept none of 9 (language_unknown 9); say the source's `lang`")
    last["steps"] = []
    for steps in ([step("read", 0, 0)], []):
        first["steps"] = steps
        assert list(remarks(manifest({"first": first, "last": last}, rows=0)))[1:] == ["all: the stream last is empty"]


def test_a_stream_that_the_splits_took_is_not_empty() -> None:
    streams = {
        "first": {"from": ["file"], "steps": [step("read", 9, 9), step("keep", 9, 8, a=1)]},
        "last": {"from": ["first"], "steps": []},
    }
    told = "all: the other splits took all 8 examples of the stream last"
    assert list(remarks(manifest(streams, rows=0)))[1:] == [told]


def test_languages_that_are_no_tags_are_told() -> None:
    (told,) = remarks(manifest({}, rows=6, languages=["German\x1b[2J", "de", "pt-BR", "zh_Hant", "i" * 99]))
    assert told.startswith(f"all: rows are in 'German\\x1b[2J', '{'i' * 30}', and a language is a tag such as pt")


def test_a_step_that_rejects_nearly_everything_is_told() -> None:
    few, fair = step("keep", 999, 9, copy=990), step("keep-2", 1000, 100, copy=900)
    swapped = {"step": "keep-3", "in": 2000, "out": 150, "rejected": {"language:other": 1800, "length": 50}}
    short = {"step": "keep-4", "in": 1000, "out": 1, "rejected": {"language:other": 100, "length": 899}}
    emptied = step("keep-5", 1000, 0, copy=1000)  # which is told of what is empty
    streams = {"one": {"from": ["file"], "steps": [few, fair, swapped, short, emptied]}}
    assert list(remarks(manifest(streams, rows=1))) == [
        "one: keep-3 kept 150 of 2,000 (language:other 1,800, length 50); is the source's `lang` right?",
        "one: keep-4 kept 1 of 1,000 (length 899, language:other 100)",
    ]


def test_rows_that_a_form_has_no_place_for_are_counted_by_reason() -> None:
    split = {"rows": 1200, "unexpressed": {"alpaca:history": 3, "alpaca:system": 1000, "other": 1, "text:none": 1200}}
    place = "of 1,200 rows have no place in"
    assert list(remarks(manifest({}, **split))) == [
        f"all: train: 1,003 {place} alpaca (system 1,000, history 3); the Parquet shards have them",
        f"all: train: 1 {place} the JSON lines (other 1); the Parquet shards have them",
        f"all: train: 1,200 {place} text (none 1,200), of which no file is written; the Parquet shards have them",
    ]


def test_what_waits_says_who_gave_no_answer() -> None:
    reasons = {"malformed": 1, "error_reply": 1, "connection": 63}
    mute = {"deferred": 2, "output_tokens": 0, "from_memory": 0, "unanswered": reasons}
    spoke = {"deferred": 1, "output_tokens": 9, "from_memory": 0, "unanswered": {"connection": 1}}
    done = {**spoke, "deferred": 0}
    numbers = {"a": {"pt": mute}, "b": {"pt": spoke}, "c": {"pt": done}}
    numbers["d"] = {"pt": {**spoke, "output_tokens": 0, "from_memory": 9}}
    numbers["e"] = {"pt": {**mute, "unanswered": {"timeout": 1}}}
    made = {"datasets": {}, "streams": {}, "deferred": 3, "translation": numbers}
    assert list(remarks(made)) == [
        "a: 65 requests got no answer (connection 63, error_reply 1, malformed 1); is its base_url right?",
        "b: 1 requests got no answer (connection 1)",
        "d: 1 requests got no answer (connection 1)",
        "e: 1 requests got no answer (timeout 1)",
    ]
    assert len(list(remarks({**made, "deferred": 0}))) == 4  # the next engine did it


def test_an_endpoint_that_was_asked_no_more_is_told_once() -> None:
    said = "http://a refused the API key (env:OLD): status 401: no"
    more = [f"status {number}" for number in range(500, 506)]
    told = {to: {"retired": dict.fromkeys((f"{said}.", *more), 1)} for to in ("el", "pt")}
    made = {"datasets": {}, "streams": {}, "deferred": 0, "translation": {"e": told}}
    assert list(remarks(made)) == [f"e: {reason}; it was asked no more" for reason in (said, *more)]
