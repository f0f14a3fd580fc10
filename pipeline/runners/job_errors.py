"""Why a job failed: errors of workers, found in what runners say, as sentences."""

import re

from transforms.read.files import SourceError
from transforms.third_parties import ThirdPartyError
from transforms.tokens.names import TokenizerError
from transforms.translate.engines import EngineError, Refused
from transforms.translate.shards import DamagedShardError
from transforms.write_errors import WriteError

EXPLAINED = (DamagedShardError, EngineError, Refused, SourceError, TokenizerError, WriteError)
"""Errors of workers whose messages are for people; what they came through is nobody's concern."""


def reason(error: BaseException | str) -> str:
    """Return the message of what went wrong on a worker, without the traces that runners wrap it in.

    That is the last line of the last Python traceback, the exception's own; where there is none, the first line of what
    the runner says, which for a runner in Java is the message of its exception.
    """
    text = re.sub(r"^Pipeline \S+ failed in state \w+: ", "", str(error))
    lines = [
        line for line in text.splitlines() if line.strip() and not re.match(r"\s*(at \S+\(|\.\.\. \d+ more)", line)
    ]
    if not lines:
        return type(error).__name__
    traces = [at for at, line in enumerate(lines) if line.startswith("Traceback (most recent call last)")]
    said = lines[0]
    if traces:
        # What a frame says is indented; the exception's own line is the first that isn't.
        said = next((line for line in lines[traces[-1] + 1 :] if not line.startswith(" ")), lines[-1])
    elif not _is_java(said):
        said = lines[-1]
    if said.strip() == "unknown error":  # what Beam says for a job server that says nothing
        return "the job failed, and its cluster gave no reason: the log of its driver has it"
    said = re.sub(r" \[while running .*\]$", "", said.strip())
    said = re.sub(r"^(?:(?:\w+\.)+[A-Z]\w*: )*(?:\w+\.)+([A-Z]\w*: )", r"\1", said)
    return re.sub(rf"^({'|'.join(kind.__name__ for kind in (*EXPLAINED, ThirdPartyError))}): ", "", said)


def is_explained(text: str) -> bool:
    """Say whether what is logged tells of an error that is for people: the run's own message says it, and better."""
    return any(re.search(rf"\b{kind.__name__}\b", text) for kind in EXPLAINED)


def _is_java(line: str) -> bool:
    return bool(re.match(r"((java|org|com|scala)\.|Job aborted)", line.strip()))
