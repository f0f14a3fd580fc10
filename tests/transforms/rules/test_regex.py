import re
import time

import pytest

from transforms.example import make_batch
from transforms.rules.regex import Regex


@pytest.mark.parametrize(
    ("rule", "reason", "detail"),
    [
        (Regex(match=("####",)), None, None),
        (Regex(match=(r"^Add", r"\d$")), None, None),
        (Regex(match=(r"^Add", "never", "nowhere")), "regex:missing", "never"),
        (Regex(fields=("input",), match=("####",)), "regex:missing", "####"),
        (Regex(forbid=("never",)), None, None),
        (Regex(forbid=("never", "7", r"\d")), "regex:found", "output: 7"),
        (Regex(forbid=(r"\d",)), "regex:found", "input: \\d"),
        (Regex(fields=("instruction",), forbid=("7",)), None, None),
        (Regex(match=("never",), forbid=("7",)), "regex:missing", "never"),
        (Regex(match=("(?i)ADD",)), None, None),
        (Regex(fields=("history",), match=(r"(?s)Hello.Yes",)), None, None),
    ],
)
def test_patterns(rule, reason, detail):
    batch = make_batch(
        1,
        {
            "instruction": ["Add them."],
            "input": ["3 and 4"],
            "output": ["That is\n#### 7"],
            "history": [[{"user": "Hello", "assistant": "Yes"}]],
        },
    )
    verdict = rule.judge(batch)
    assert (verdict.reasons, verdict.details) == ([reason], [detail])


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, "patterns to match, to forbid, or both"),
        ({"match": ("(",)}, "pattern '(': missing ): ("),
        ({"forbid": ("(?=a)",)}, "pattern '(?=a)': invalid perl operator: (?="),
        ({"match": ("a",), "fields": ()}, "name at least one"),
        ({"match": ("a",), "fields": ("text",)}, "'text' is not a content column"),
    ],
)
def test_what_cannot_be_searched_for_is_refused(parameters, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        Regex(**parameters)


def test_no_pattern_is_catastrophic():
    batch = make_batch(1, {"output": ["a" * 100_000 + "!"]})
    begun = time.process_time()
    assert Regex(match=("^(a+)+$",)).judge(batch).reasons == ["regex:missing"]
    assert time.process_time() - begun < 5
