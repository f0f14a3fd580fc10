"""Records of batches: what was sent and isn't answered yet, in a memory's folder on any Beam file system.

```
PATH/batches/MARK.requests.json   a batch's requests, written before it is begun
PATH/batches/MARK.batch.json      its name at the service, written when that is known
```

Both are immutable, and removed when all results are in the memory. They hold no keys.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from apache_beam.io.filesystems import FileSystems

from transforms.files import exists, list_files, write_bytes
from transforms.many_files import remove
from transforms.translate.engines import Answer, EngineError
from transforms.translate.judge import Request
from transforms.translate.shards import Vanished, read_bytes

FOLDER = "batches"
_REQUESTS, _BATCH = ".requests.json", ".batch.json"


@dataclass(frozen=True)
class Line:
    """A request in a batch.

    Attributes:
      key: under which its translation is remembered, in hexadecimal.
      request: what is to be translated.
      number: in how many batches it was before.
      tries: how often it came back unanswered.
      answers: earlier answers that were not fit to be kept; what is sent now follows from them.
    """

    key: str
    request: Request
    number: int = 0
    tries: int = 0
    answers: tuple[Answer, ...] = ()

    @property
    def identifier(self) -> str:
        """What the line is called in the batch, and its result too."""
        return f"{self.key}-{self.number}"


@dataclass(frozen=True)
class Record:
    """A batch as it is recorded before it is begun.

    Attributes:
      mark: by which it is found at the service.
      place: the engine's `place`.
      file: the uploaded file.
      lines: its requests.
      created: seconds since 1970.
    """

    mark: str
    place: str
    file: str
    lines: Sequence[Line]
    created: float = field(default_factory=time.time)


class Records:
    """The records in a memory's folder."""

    def __init__(self, path: str) -> None:
        self.folder = str(FileSystems.join(path, FOLDER))

    def marks(self) -> list[str]:
        """Return the marks of all recorded batches."""
        files = list_files(self.folder, f"*{_REQUESTS}")
        return [str(FileSystems.split(path)[1]).removesuffix(_REQUESTS) for path, _ in files]

    def path(self, mark: str) -> str:
        """Return where a batch's requests are recorded."""
        return str(FileSystems.join(self.folder, f"{mark}{_REQUESTS}"))

    def holds(self, mark: str) -> bool:
        """Say whether a batch is still recorded."""
        return exists(self.path(mark))

    def add(self, record: Record) -> None:
        """Record a batch that is about to be begun."""
        write_bytes(self.path(record.mark), _to_json(record))

    def read(self, mark: str) -> Record | None:
        """Return a recorded batch; None where it no longer is one. EngineError where the record is damaged."""
        try:
            return _from_json(mark, read_bytes(self.path(mark)))
        except Vanished:
            return None
        except (ValueError, KeyError, TypeError):
            raise EngineError(
                f"{self.path(mark)} is damaged: restore it, or remove it to have what this batch was asked sent again"
            ) from None

    def begun(self, mark: str, batch: str) -> None:
        """Record the batch's name at the service."""
        write_bytes(self._begun(mark), orjson.dumps({"batch": batch}))

    def batch(self, mark: str) -> str | None:
        """Return the batch's name at the service; None where it isn't recorded: it can be found by its mark."""
        try:
            return str(orjson.loads(read_bytes(self._begun(mark)))["batch"])
        except (Vanished, ValueError, KeyError, TypeError):
            return None

    def remove(self, mark: str) -> None:
        """Forget a batch."""
        remove(self._begun(mark))  # first: what is left, if this is interrupted, still says what it is
        remove(self.path(mark))

    def _begun(self, mark: str) -> str:
        return str(FileSystems.join(self.folder, f"{mark}{_BATCH}"))


def _to_json(record: Record) -> bytes:
    lines = [
        {
            "key": line.key,
            "text": line.request.text,
            "source": line.request.source,
            "target": line.request.target,
            "terms": line.request.terms,
            "candidate": line.request.candidate,
            "number": line.number,
            "tries": line.tries,
            "answers": [[answer.text, answer.failure] for answer in line.answers],
        }
        for line in record.lines
    ]
    return orjson.dumps({"place": record.place, "file": record.file, "created": record.created, "lines": lines})


def _from_json(mark: str, data: bytes) -> Record:
    row = orjson.loads(data)
    return Record(mark, row["place"], row["file"], [_line(one) for one in row["lines"]], row["created"])


def _line(row: dict[str, Any]) -> Line:
    terms = tuple((term, wanted) for term, wanted in row["terms"])
    request = Request(row["text"], row["source"], row["target"], terms, row["candidate"])
    answers = tuple(Answer(text, failure) for text, failure in row["answers"])
    return Line(row["key"], request, row["number"], row["tries"], answers)
