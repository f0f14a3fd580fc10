"""NLLB, M2M-100 and OPUS-MT models in CTranslate2's format, run in this process."""

import importlib.util
import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from transforms.rules.language_codes import language
from transforms.translate.cutting import Unit
from transforms.translate.engines import Answer, EngineError, Kind, MissingExtra, UnsupportedPair
from transforms.translate.engines.codes import codes
from transforms.translate.engines.content import content_of
from transforms.translate.engines.ctranslate2_folder import Family, Folder, read_folder
from transforms.translate.segments import PLACEHOLDER, Segment, Unfaithful, protect, restore

INSTALL = 'pip install "langloom[ctranslate2]"'
MAX_TOKENS = 500
"""The most tokens of a text and of a translation: OPUS-MT's models have 512 positions, the others 1,024."""


@dataclass(frozen=True)
class CTranslate2:
    """Translates with an NLLB-200, M2M-100 or OPUS-MT model that was converted for CTranslate2.

    Parameters:
      model: a folder that holds a converted model (`model.bin`, `config.json`, vocabularies) and its SentencePiece
        models: `source.spm` and `target.spm`, or one file `*.model`. `ct2-transformers-converter --model
        facebook/nllb-200-distilled-600M --output_dir FOLDER --copy_files sentencepiece.bpe.model` makes one.
      family: `nllb`, `m2m100` or `opus` (default: told from the tokens for languages in the vocabulary).
      pair: the two languages of an OPUS-MT model that has no tokens for languages. Without it, such a model is believed
        to translate whatever the recipe says.
      device: `cpu` or `cuda`.
      compute_type: how weights are computed with, as CTranslate2 names it (`int8`, `float32`, ...); `default` is the
        type in which the model was saved.
      beam_size: how many hypotheses the search keeps; 1 is greedy.
      together: how many texts are computed side by side. More are faster, above all on a GPU; but then rounding, and
        so an answer now and then, depends on which texts those are.
      threads: how many texts are translated at a time by one process (default: one a core; one on a GPU).
      shards: into how many groups the segments are divided, each of which loads the model (default: one).

    A text's characters that the vocabulary lacks are protected. A text fails with the reason `unencodable` where one of
    them is lost or the model writes `<unk>`, `too_long` beyond 500 tokens, `cut` where the translation reaches 500
    tokens without an end. Other processors may round differently, so that answers are the same on the same kind only.
    """

    model: str
    family: Family | None = None
    pair: tuple[str, str] | None = None
    device: Literal["cpu", "cuda"] = "cpu"
    compute_type: str = "default"
    beam_size: int = 2
    together: int = 1
    threads: int | None = None
    shards: int | None = None

    kind: ClassVar[Kind] = "mt"
    unit: ClassVar[Unit] = "sentence"  # what these models were trained on
    placeholders: ClassVar[tuple[str, ...]] = ("X{}X", "Z{}Q")
    longest: ClassVar[int] = 1000
    incidental: ClassVar[frozenset[str]] = frozenset({"threads", "shards"})

    def __post_init__(self) -> None:
        for name in ("beam_size", "together", "threads", "shards"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name} is {value}: it must be 1 or more")

    @property
    def deterministic(self) -> bool:
        """Whether each text is computed by itself."""
        return self.together == 1

    @property
    def batch(self) -> int:
        """How many texts `translate` is given at once: enough for all threads."""
        return max(32, self.together)

    def groups(self, cores: int) -> int:
        """Return `shards`, or 1: one process uses all cores and holds the model once."""
        return self.shards or 1

    def signature_of(self, source: str, target: str) -> str:
        """Return `ctranslate2:`, a hash of the folder's files, and the parameters that answers depend on."""
        folder = read_folder(self.model, self.family)
        content = content_of(folder.stamps)
        how = f"beam{self.beam_size}:together{self.together}:{self.device}:{self.compute_type}"
        return f"ctranslate2:{content}:{folder.family}:{how}"

    @staticmethod
    def look() -> None:
        """Look for the libraries; MissingExtra where they aren't installed."""
        for library in ("ctranslate2", "sentencepiece"):
            if importlib.util.find_spec(library) is None:
                raise MissingExtra(f"the engine ctranslate2 needs the library {library}: {INSTALL}")

    def check(self, source: str, target: str) -> None:
        """Look for the libraries, the folder's files, and the languages in its vocabulary; no model is loaded."""
        self.look()
        self._prefixes(read_folder(self.model, self.family), source, target)

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[Answer]:
        """Return an answer to each text."""
        folder = read_folder(self.model, self.family)
        before, forced = self._prefixes(folder, source, target)
        loaded = _load(folder, self.device, self.compute_type, self.threads)
        inputs = [_Input.of(loaded, before, text) for text in texts]
        asked = [one for one in inputs if one.failure is None and one.tokens]
        for one, hypothesis in zip(asked, self._search(loaded, asked, forced), strict=True):
            one.hypothesis = hypothesis
        return [one.answer(loaded, len(forced)) for one in inputs]

    def _search(self, loaded: "_Loaded", asked: "Sequence[_Input]", forced: list[str]) -> Iterator[list[str]]:
        """Yield the best hypothesis for each input, the forced tokens first and the end token last, if it ended."""
        if not asked:
            return
        results = loaded.translator.translate_batch(
            [one.tokens for one in asked],
            target_prefix=[forced] * len(asked) if forced else None,
            max_batch_size=self.together,
            beam_size=self.beam_size,
            max_input_length=0,  # none is longer than MAX_TOKENS; by default the library cuts without a word
            max_decoding_length=MAX_TOKENS,
            return_end_token=True,
        )
        yield from (result.hypotheses[0] for result in results)

    def _prefixes(self, folder: Folder, source: str, target: str) -> tuple[list[str], list[str]]:
        """Return the tokens that go before a text, and those that its translation is made to begin with.

        NLLB-200: `eng_Latn` and `por_Latn`; M2M-100: `__en__` and `__pt__`; OPUS-MT with several target languages:
        `>>por<<` and nothing.
        """
        if folder.family == "opus":
            return self._opus_prefix(folder, source, target), []
        before, forced = (self._token(folder, tag, source, target) for tag in (source, target))
        return [before], [forced]

    def _token(self, folder: Folder, tag: str, source: str, target: str) -> str:
        assert folder.family != "opus"
        form = "{}" if folder.family == "nllb" else "__{}__"
        tokens = [form.format(code) for code in codes(folder.family, tag)]
        for token in tokens:
            if token in folder.source_tokens and token in folder.target_tokens:
                return token
        lacks = f"{self.model} lacks {tokens[0]}" if tokens else f"{folder.family} has no {tag}"
        raise UnsupportedPair(f"ctranslate2 can't translate {source} to {target}: {lacks}")

    def _opus_prefix(self, folder: Folder, source: str, target: str) -> list[str]:
        pair = self.pair
        if pair and (language(pair[0]), language(pair[1])) != (language(source), language(target)):
            has = f"{pair[0]} to {pair[1]}"
            raise UnsupportedPair(f"ctranslate2 can't translate {source} to {target}: {self.model} has {has}")
        if not folder.languages:
            return []
        plain = target.replace("-", "_")
        for code in (*codes("opus", target), plain, plain.lower(), language(target)):
            if f">>{code}<<" in folder.languages:
                return [f">>{code}<<"]
        has = ", ".join(sorted(token[2:-2] for token in folder.languages))
        raise UnsupportedPair(f"ctranslate2 can't translate {source} to {target}: {self.model} has {has}")


@dataclass(frozen=True)
class _Loaded:
    """A model in memory.

    Attributes:
      translator: CTranslate2's.
      pieces, words: the SentencePiece models of the source and of the target.
      known: whether the vocabulary has a character, for those that were looked up.
    """

    folder: Folder
    translator: Any
    pieces: Any
    words: Any
    known: dict[str, bool] = field(default_factory=dict)

    def knows(self, character: str) -> bool:
        """Return whether a character can be expressed in the vocabulary."""
        if character not in self.known:
            found = (piece.lstrip("\u2581") for piece in self.pieces.encode(character, out_type=str))
            self.known[character] = all(not one or self.has(one) or self.has(f"\u2581{one}") for one in found)
        return self.known[character]

    def has(self, piece: str) -> bool:
        """Return whether a piece stands for text in the source's vocabulary."""
        return piece in self.folder.source_tokens and piece not in self.folder.special


@dataclass
class _Input:
    """A text on its way through the model.

    Attributes:
      segment: the text, with what the vocabulary lacks protected.
      tokens: what the model is given.
      failure: why it can't be translated.
      hypothesis: what the model answered.
    """

    segment: Segment
    tokens: list[str] = field(default_factory=list)
    failure: str | None = None
    hypothesis: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, loaded: _Loaded, before: list[str], text: str) -> "_Input":
        """Return a text as the model takes it."""
        segment = _encodable(text, loaded)
        pieces = loaded.pieces.encode(segment.text, out_type=str)
        end = [] if loaded.folder.adds_end else [loaded.folder.end]
        if len(pieces) + len(before) + 1 > MAX_TOKENS:
            return cls(segment, failure="too_long")
        if not all(loaded.has(piece) for piece in pieces):
            return cls(segment, failure="unencodable")
        return cls(segment, [*before, *pieces, *end] if pieces else [])

    def answer(self, loaded: _Loaded, forced: int) -> Answer:
        """Return what the hypothesis says, without the forced tokens at its beginning."""
        folder = loaded.folder
        found = self.hypothesis[forced:]
        usage = len(self.tokens), len(found)
        if self.failure or not self.tokens:
            return Answer("", self.failure)
        if found[-1:] != [folder.end]:
            return Answer("", "cut", *usage)
        pieces = [token for token in found if token not in folder.special]
        if folder.unknown in found or any(loaded.words.is_unknown(loaded.words.piece_to_id(one)) for one in pieces):
            return Answer("", "unencodable", *usage)
        text = loaded.words.decode(pieces)
        try:
            return Answer(restore(self.segment, text) if self.segment.spans else text, None, *usage)
        except Unfaithful:
            return Answer("", "unencodable", *usage)


def _encodable(text: str, loaded: _Loaded) -> Segment:
    """Return the text with characters that the vocabulary lacks as placeholders, beside those the text has."""
    if all(loaded.knows(character) for character in set(text)):
        return Segment(text)
    return protect(text, 0, len(text), list(_stretches(text, loaded)))


def _stretches(text: str, loaded: _Loaded) -> Iterator[tuple[int, int]]:
    """Yield where the text's placeholders and the stretches of unknown characters are, from left to right."""
    at = 0
    while at < len(text):
        match = PLACEHOLDER.match(text, at)
        end = match.end() if match else at
        while end < len(text) and not match and not loaded.knows(text[end]):
            end += 1
        if end > at:
            yield at, end
        at = max(end, at + 1)


_LOADED: dict[tuple[int, Folder, str, str, int | None], _Loaded] = {}
_LOADING = threading.Lock()


def _load(folder: Folder, device: str, compute_type: str, threads: int | None) -> _Loaded:
    """Return the model in memory; it is loaded once a process, and may be used by any of its threads."""
    key = os.getpid(), folder, device, compute_type, threads  # the threads of a model don't survive a fork
    with _LOADING:
        if key not in _LOADED:
            _LOADED[key] = _from_disk(folder, device, compute_type, threads)
        return _LOADED[key]


def _from_disk(folder: Folder, device: str, compute_type: str, threads: int | None) -> _Loaded:
    try:
        import ctranslate2
        import sentencepiece
    except ImportError as error:
        raise MissingExtra(f"the engine ctranslate2 needs its libraries: {INSTALL}") from error
    at_a_time = threads or ((os.cpu_count() or 1) if device == "cpu" else 1)
    try:
        translator = ctranslate2.Translator(
            str(folder.path), device=device, compute_type=compute_type, inter_threads=at_a_time, intra_threads=1
        )
        pieces = [sentencepiece.SentencePieceProcessor(model_file=str(path)) for path in folder.pieces]
    except (RuntimeError, ValueError, OSError) as error:
        raise EngineError(f"ctranslate2 can't load {folder.path} ({device}, {compute_type}): {error}") from error
    return _Loaded(folder, translator, pieces[0], pieces[1])
