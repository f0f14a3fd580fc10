"""Mixes by size in a recipe: what their languages are made of, and the measured points of an allocation."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pipeline.errors import unknown
from pipeline.language.document import Document
from pipeline.language.named_files import read_text
from transforms.key_path import KeyPath
from transforms.order.allocate import Allocate
from transforms.order.mixtures import Temperature, by_language, grouped
from transforms.order.scaling_law import Curve, fit, read_points


def check_languages(mixture: Temperature | Allocate, drawn: Sequence[str], document: Document, path: KeyPath) -> None:
    """Check that the languages of a mixture are made of its streams, each in one; RecipeError says what is wrong."""
    taken: dict[str, str] = {}
    for language, members in mixture.languages.items():
        where = (*path, "languages", language)
        if not members:
            raise document.error(where, "a language has at least one stream")
        for stream in members:
            if stream not in drawn:
                raise document.error(where, unknown("stream", stream, drawn))
            if stream in taken:
                raise document.error(where, f"the stream {stream!r} is one of {taken[stream]!r} already")
            taken[stream] = language
    for language in mixture.languages:
        if language in drawn and language not in taken:
            message = f"{language!r} is a stream too, and one of no language; list it here, or call this otherwise"
            raise document.error((*path, "languages", language), message)
    known = list(grouped(drawn, mixture.languages))
    for name in ("floor", "cap"):
        for language in by_language(getattr(mixture, name)):
            if language and language not in known:
                raise document.error((*path, name, language), unknown("language", language, known))


def with_curves(mixture: Allocate, drawn: Sequence[str], document: Document, path: KeyPath) -> Allocate:
    """Return the allocation with a curve for each language, fitted to the points of its file.

    The points take the place of the file's name in the recipe as it is shown and signed: others make another signature.
    """
    where = (*path, "points")
    points = _points(mixture.points, document, where)
    curves: dict[str, Curve] = {}
    for language in grouped(drawn, mixture.languages):
        if language not in points:
            raise document.error(where, f"{mixture.points}: {unknown('language', language, points)}")
        try:
            curves[language] = fit(points[language], mixture.ceiling)
        except ValueError as error:
            raise document.error(where, f"{mixture.points}, {language}: {error}") from None
        if not curves[language].exponent:
            message = f"scores of {language} don't rise with its pairs: it gets no more than it must"
            document.warn(where, message)
    mix = document.masked["datasets"][path[1]]["mix"]
    written = mix["allocate"] if isinstance(mix["allocate"], Mapping) else {}
    mix["allocate"] = {**written, "points": {language: points[language] for language in curves}}
    return replace(mixture, curves=curves)


def _points(name: str, document: Document, path: KeyPath) -> dict[str, list[tuple[float, float]]]:
    text = read_text(name, document, path)
    try:
        return read_points(text)
    except ValueError as error:
        raise document.error(path, f"{name}: {error}") from None
