"""Folders of models in CTranslate2's format: what is known of one without loading the model."""

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from transforms.translate.engines.content import Stamped, stamped

Family = Literal["nllb", "m2m100", "opus"]

_LANGUAGE = {
    "nllb": re.compile(r"[a-z]{3}_[A-Z][a-z]{3}"),
    "m2m100": re.compile(r"__[a-z]{2,3}__"),
    "opus": re.compile(r">>[A-Za-z_]+<<"),
}


@dataclass(frozen=True, eq=False)
class Folder:
    """What a folder holds, as far as it can be known without loading the model.

    Attributes:
      path: the folder.
      stamps: the files that translations depend on, with their sizes and times.
      family: whose conventions for tokens it follows.
      pieces: the SentencePiece models of the source and of the target.
      source_tokens, target_tokens: the vocabularies.
      languages: the tokens that stand for languages.
      end, unknown: the token that ends a text, and the one for what the vocabulary lacks.
      special: all tokens that don't stand for text.
      adds_end: whether the library ends the source itself: in models that were converted from Marian and fairseq it
        does, in those from Transformers it doesn't.
    """

    path: Path
    stamps: tuple[Stamped, ...]
    family: Family
    pieces: tuple[Path, Path]
    source_tokens: frozenset[str]
    target_tokens: frozenset[str]
    languages: frozenset[str]
    end: str
    unknown: str
    special: frozenset[str]
    adds_end: bool


def read_folder(model: str, family: Family | None) -> Folder:
    """Return what a folder holds; FileNotFoundError where it isn't there, lacks a file, or is of no known family."""
    path = Path(model)
    if not path.is_dir():
        raise FileNotFoundError(f"{model} is not a folder with a CTranslate2 model")
    if not (path / "model.bin").is_file():
        raise FileNotFoundError(f"{model} lacks model.bin: convert the model with one of CTranslate2's converters")
    pieces = _pieces(path)
    config = [path / "config.json"] if (path / "config.json").is_file() else []
    vocabularies = dict.fromkeys((_vocabulary(path, "source"), _vocabulary(path, "target")))
    files = [path / "model.bin", *config, *vocabularies, *dict.fromkeys(pieces)]
    return _read(path, family, pieces, tuple(map(stamped, files)))


def _pieces(path: Path) -> tuple[Path, Path]:
    source, target = path / "source.spm", path / "target.spm"
    if source.is_file() and target.is_file():
        return source, target
    found = sorted([*path.glob("*.model"), *path.glob("*.spm")])
    if len(found) != 1:
        has = ", ".join(file.name for file in found) or "none"
        raise FileNotFoundError(
            f"{path} needs source.spm and target.spm, or one SentencePiece model *.model, and has {has}: "
            "copy them from the original model (the converter's --copy_files)"
        )
    return found[0], found[0]


def _vocabulary(path: Path, side: str) -> Path:
    for name in (side, "shared"):
        for ending in ("json", "txt"):
            if (file := path / f"{name}_vocabulary.{ending}").is_file():
                return file
    raise FileNotFoundError(f"{path} lacks {side}_vocabulary.json or shared_vocabulary.json")


@cache
def _read(path: Path, given: Family | None, pieces: tuple[Path, Path], stamps: tuple[Stamped, ...]) -> Folder:
    sources, targets = (_tokens(_vocabulary(path, side)) for side in ("source", "target"))
    family = given or _recognised(path, pieces, targets)
    file = path / "config.json"
    config = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    languages = frozenset(filter(_LANGUAGE[family].fullmatch, sources))
    end, unknown = config.get("eos_token", "</s>"), config.get("unk_token", "<unk>")
    special = languages | {end, unknown, config.get("bos_token", "<s>"), "<pad>"}
    adds_end = config.get("add_source_eos", False)
    return Folder(path, stamps, family, pieces, sources, targets, languages, end, unknown, special, adds_end)


def _tokens(file: Path) -> frozenset[str]:
    text = file.read_text("utf-8")
    return frozenset(json.loads(text) if file.suffix == ".json" else text.split("\n"))


def _recognised(path: Path, pieces: tuple[Path, Path], tokens: frozenset[str]) -> Family:
    if "eng_Latn" in tokens:
        return "nllb"
    if "__en__" in tokens:
        return "m2m100"
    if pieces[0] != pieces[1]:
        return "opus"
    raise FileNotFoundError(
        f"{path} is of no known family: its vocabulary has neither eng_Latn (nllb) nor __en__ (m2m100), "
        "and there is no source.spm (opus); set `family`"
    )
