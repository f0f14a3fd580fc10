"""What a worker process prints of an error that is for people isn't shown: the launcher says it in a sentence."""

import io

import pytest

from pipeline.runners.worker_stderr import WorkerStderr

TRACE = "Traceback (most recent call last):\n  File \"x.py\", line 1, in f\n{error} [while running 'Run']\n"


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        ("transforms.write_errors.WriteError: out.work/parts can't be written, the disk is full", False),
        ("transforms.read.files.SourceError: source 'a': a.jsonl has changed", False),
        ("transforms.translate.engines.EngineError: the API key env:KEY isn't there", False),
        ("transforms.translate.engines.Refused: http://there/v1 doesn't take such requests: status 400: no", False),
        ("Logging client failed: <RPC that terminated>... resetting", False),
        (
            "grpc._channel._MultiThreadedRendezvous: RPC terminated: Socket closed",
            False,
        ),
        ("RuntimeError: Channel closed prematurely.", False),
        ("KeyError: 'bundle_7'", False),
        ("ZeroDivisionError: division by zero", True),
    ],
)
def test_what_a_worker_prints(error: str, shown: bool) -> None:
    stream = io.StringIO()
    text = error if error.startswith("Logging") else TRACE.format(error=error)
    print("before", file=WorkerStderr(stream))
    news = WorkerStderr(stream)
    print(text, file=news)
    print("after", file=news)
    assert stream.getvalue() == f"before\n{text if shown else ''}{chr(10) if shown else ''}after\n"


def test_nothing_is_news_after_an_interrupt() -> None:
    stream = io.StringIO()
    news = WorkerStderr(stream)
    news.mute()
    print(TRACE.format(error="ValueError: what is cut off fails"), file=news)
    assert stream.getvalue() == ""
