"""Apertium, the rule-based translator, run on this machine by the programs of its Debian packages."""

import hashlib
import os
import re
import shlex
import shutil
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import ClassVar

from transforms.rules.language_codes import language
from transforms.translate.cutting import Unit
from transforms.translate.engines import Answer, Kind, MissingExtra, UnsupportedPair
from transforms.translate.engines.apertium_pipeline import INSTALL, Broken, Pipeline
from transforms.translate.engines.codes import codes
from transforms.translate.engines.content import Stamped, content_of, stamped

END = b"[][\n]"
"""What the programs expect at the end of a text: apertium-destxt, which we stand in for, puts it there too."""

_RESERVED = re.compile(r"[\\^$/<>{}\[\]@]")
_BLANK = re.compile(r"(?<![A-Za-z0-9])Z[0-9]+Q(?![A-Za-z0-9])|[~\t\n]")
_ESCAPED = re.compile(r"\\(.)|[\[\]]", re.DOTALL)


@dataclass(frozen=True)
class Apertium:
    """Translates by Apertium's dictionaries and rules: offline, without cost, the same answers every time.

    Parameters:
      modes: the folder that holds `modes/*.mode`, Apertium's own by default.
      timeout: seconds that a text may take before its processes are ended.
      shards: into how many groups the segments are divided (default: one a core, or 32 on a cluster).

    Words that the dictionaries lack are left as they are, without Apertium's mark for them (`*`). A text fails with the
    reason `crash` where a program ends by itself, twice, `timeout` where it took too long, twice, and `unencodable`
    where it has characters that the programs can't be given.

    The signature holds the pair's dictionaries and rules, not the versions of Apertium's programs.
    """

    modes: str = "/usr/share/apertium"
    timeout: float = 60.0
    shards: int | None = None

    kind: ClassVar[Kind] = "mt"
    unit: ClassVar[Unit] = "sentence"
    placeholders: ClassVar[tuple[str, ...]] = ("X{}X", "Z{}Q")  # a word in the sentence; else a blank, never lost
    deterministic: ClassVar[bool] = True
    longest: ClassVar[int] = 5000
    incidental: ClassVar[frozenset[str]] = frozenset({"timeout", "shards"})
    batch: ClassVar[int] = 16

    def __post_init__(self) -> None:
        if self.shards is not None and self.shards < 1:
            raise ValueError(f"shards is {self.shards}: it must be 1 or more")
        if not self.timeout > 0:
            raise ValueError(f"timeout is {self.timeout}: it must be more than 0 seconds")

    def groups(self, cores: int) -> int:
        """Return `shards`, or one group a core."""
        return self.shards or max(1, cores)

    def signature_of(self, source: str, target: str) -> str:
        """Return `apertium:` and a hash of the pair's stages and of the files that they name."""
        stages = _stages(_mode(self.modes, source, target))
        data = [Path(word) for stage in stages for word in stage[1:] if Path(word).is_file()]
        words = [[Path(word).name for word in stage] for stage in stages]
        state = hashlib.blake2b(repr(words).encode(), digest_size=16)
        state.update(content_of(tuple(map(stamped, data))).encode())
        return f"apertium:{state.hexdigest()}"

    @staticmethod
    def look() -> None:
        """Look for Apertium and a pair where Debian puts them; MissingExtra where they aren't installed."""
        _found(Apertium.modes)

    def check(self, source: str, target: str) -> None:
        """Look for the pair's mode and for the programs that it names; nothing is started."""
        for program, *_ in _stages(_mode(self.modes, source, target)):
            if shutil.which(program) is None:
                raise MissingExtra(f"the engine apertium needs the program {program}: {INSTALL}")

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[Answer]:
        """Return an answer to each text."""
        stages = _stages(_mode(self.modes, source, target))
        return [_translate(stages, text, self.timeout) for text in texts]


def _mode(modes: str, source: str, target: str) -> Path:
    """Return the file that says how a pair is translated; variants go before the language as such."""
    found = _found(modes)
    for of in _names(target):
        for to_be_read in _names(source):
            if path := found.get(f"{to_be_read}-{of}"):
                return path
    raise UnsupportedPair(f"apertium can't translate {source} to {target}: {modes} has {', '.join(sorted(found))}")


def _found(modes: str) -> dict[str, Path]:
    """Return the modes of a folder by their names."""
    folder = Path(modes) / "modes" if (Path(modes) / "modes").is_dir() else Path(modes)
    found = {path.stem: path for path in sorted(folder.glob("*.mode"))}
    if not found:
        raise MissingExtra(f"the engine apertium needs Apertium and a pair, and {modes} has none: {INSTALL}")
    return found


def _names(tag: str) -> list[str]:
    return list(dict.fromkeys((*codes("apertium", tag), *codes("apertium", language(tag)))))


def _stages(mode: Path) -> tuple[tuple[str, ...], ...]:
    """Return the commands that a mode joins with pipes. No shell is involved.

    `$1` stands for the option of the generator: `-n` here, no marks on unknown words; `$2` for one of the tagger that
    shows its workings: none.
    """
    return _parsed(stamped(mode))


@cache
def _parsed(file: Stamped) -> tuple[tuple[str, ...], ...]:
    mode = Path(file[0])
    lexer = shlex.shlex(mode.read_text("utf-8"), posix=True, punctuation_chars="|")
    lexer.whitespace_split, lexer.commenters = True, ""
    words = [{"$1": "-n", "$2": ""}.get(word, word) for word in lexer]
    stages = [tuple(filter(None, stage)) for is_pipe, stage in groupby(words, lambda word: word == "|") if not is_pipe]
    if not all(stages) or not stages:
        raise ValueError(f"{mode} is no mode of Apertium: a stage of its pipeline is empty")
    return tuple(stages)


def escaped(text: str) -> bytes:
    """Return a text in Apertium's stream format (https://wiki.apertium.org/wiki/Apertium_stream_format).

    As apertium-destxt does, it escapes what the format reserves, and makes superblanks (`[~]`: white space to the
    programs, kept as it is) of `~`, tabs and line feeds; here placeholders of the form `Z0Q` become such, too.
    """
    out, at = [], 0
    for match in _BLANK.finditer(text):
        out += [_RESERVED.sub(r"\\\g<0>", text[at : match.start()]), f"[{match.group()}]"]
        at = match.end()
    out.append(_RESERVED.sub(r"\\\g<0>", text[at:]))
    return "".join(out).encode() + END


def unescaped(stream: bytes) -> str:
    """Return the text of a stream."""
    return _ESCAPED.sub(lambda match: match[1] or "", stream.removesuffix(END).decode("utf-8", "replace"))


def _translate(stages: tuple[tuple[str, ...], ...], text: str, timeout: float) -> Answer:
    if not text.strip():
        return Answer(text)
    try:
        stream = escaped(text)
    except UnicodeEncodeError:
        return Answer("", "unencodable")
    if b"\0" in stream:
        return Answer("", "unencodable")
    reason = ""
    for _ in range(2):  # what ended a program may have been another text
        pipeline = _pipeline(stages)
        try:
            return Answer(unescaped(pipeline.ask(stream, timeout)))
        except Broken as error:
            reason = str(error)
            pipeline.close()
            _OPEN.pipelines.pop((os.getpid(), stages))
    return Answer("", reason)


_OPEN = threading.local()
"""Pipelines by process and stages. Each thread has its own: a pipeline takes one text at a time."""


def _pipeline(stages: tuple[tuple[str, ...], ...]) -> Pipeline:
    if not hasattr(_OPEN, "pipelines"):
        _OPEN.pipelines = {}
    pipelines: dict[tuple[int, tuple[tuple[str, ...], ...]], Pipeline] = _OPEN.pipelines
    key = os.getpid(), stages  # a forked process leaves its parent's alone
    if key not in pipelines:
        pipelines[key] = Pipeline(stages)
    return pipelines[key]
