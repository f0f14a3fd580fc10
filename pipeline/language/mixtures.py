"""Mixes by size in a recipe: what their languages are made of, and the measured points of an allocation."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pipeline.language.named_files import read_text
from pipeline.language.place import Place
from transforms.order.allocate import Allocate
from transforms.order.mixtures import Temperature, by_language, grouped
from transforms.order.scaling_law import Curve, fit, read_points
from transforms.suggestions import unknown


def check_languages(mixture: Temperature | Allocate, drawn: Sequence[str], place: Place) -> None:
    """Check that the languages of a mixture are made of its streams, each in one; RecipeError says what is wrong."""
    taken: dict[str, str] = {}
    for language, members in mixture.languages.items():
        named = place.at("languages", language)
        if not members:
            raise named.error("a language has at least one stream")
        for stream in members:
            if stream not in drawn:
                raise named.error(unknown("stream", stream, drawn))
            if stream in taken:
                raise named.error(f"the stream {stream!r} is one of {taken[stream]!r} already")
            taken[stream] = language
    for language in mixture.languages:
        if language in drawn and language not in taken:
            message = f"{language!r} is a stream too, and one of no language; list it here, or call this otherwise"
            raise place.at("languages", language).error(message)
    known = list(grouped(drawn, mixture.languages))
    for name in ("floor", "cap"):
        for language in by_language(getattr(mixture, name)):
            if language and language not in known:
                raise place.at(name, language).error(unknown("language", language, known))


def with_curves(mixture: Allocate, drawn: Sequence[str], place: Place) -> Allocate:
    """Return the allocation with a curve for each language, fitted to the points of its file.

    The points take the place of the file's name in the recipe as it is shown and signed: others make another signature.
    """
    file = place.at("points")
    points = _points(mixture.points, file)
    curves: dict[str, Curve] = {}
    for language in grouped(drawn, mixture.languages):
        if language not in points:
            raise file.error(f"{mixture.points}: {unknown('language', language, points)}")
        try:
            curves[language] = fit(points[language], mixture.ceiling)
        except ValueError as error:
            raise file.error(f"{mixture.points}, {language}: {error}") from None
        if not curves[language].exponent:
            file.warn(f"scores of {language} don't rise with its pairs: it gets no more than it must")
    written = place.masked if isinstance(place.masked, Mapping) else {}
    place.show_as({**written, "points": {language: points[language] for language in curves}})
    return replace(mixture, curves=curves)


def _points(name: str, place: Place) -> dict[str, list[tuple[float, float]]]:
    text = read_text(name, place)
    try:
        return read_points(text)
    except ValueError as error:
        raise place.error(f"{name}: {error}") from None
