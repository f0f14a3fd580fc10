"""Which parameters of `augment` do what a modifier of OpusTrainer's configuration does, where any do."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from transforms.augment.chance import check_probability
from transforms.augment.merge import Merge
from transforms.augment.prefix import Prefix
from transforms.augment.typos import Typos

NAMES = {"min_lines": "min_examples", "max_lines": "max_examples"}
"""Settings that have other names here."""

NOWHERE = {
    "Noise": "it adds lines of random characters, which come from no example",
    "RemoveEndPunct": "nothing here takes the last punctuation mark off both sides",
    "Retokenize": "it moves word alignments to other tokens, and examples have no alignments",
}

TAGS = "a glossary stands for its word alignments"


class InexpressibleError(Exception):
    """No parameters of `augment` do what a modifier does; the message says why."""


def augment_of(name: str, probability: Any, settings: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """Return the parameters of `augment` for a modifier, and what is different about them, if anything is.

    Raises InexpressibleError where there are none.
    """
    if name in NOWHERE:
        raise InexpressibleError(NOWHERE[name])
    try:
        often = float(probability)
    except (TypeError, ValueError):
        raise InexpressibleError(f"its probability {probability!r} is no number") from None
    try:
        check_probability(name, often)
        if name in ("UpperCase", "TitleCase"):
            if settings:
                raise InexpressibleError("it takes a probability and nothing else")
            return {"upper_case" if name == "UpperCase" else "title_case": often}, ""
        if name == "Tags":
            return _tags(often, settings)
        kinds: dict[str, Any] = {"Merge": Merge, "Typos": Typos, "Prefix": Prefix}
        if name not in kinds:
            raise InexpressibleError("OpusTrainer 0.5 has no modifier of this name")
        given = {NAMES.get(key, key): value for key, value in settings.items()}
        if strange := set(given) - {field.name for field in fields(kinds[name])[1:]}:
            raise InexpressibleError(f"it has no setting {min(strange)!r}")
        kinds[name](often, **given)
    except (TypeError, ValueError) as error:
        raise InexpressibleError(str(error)) from None
    return {name.lower(): {"probability": often, **given} if given else often}, ""


def _tags(probability: float, settings: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    left = [key for key in settings if key not in ("template", "tag")]
    if not float(settings.get("tag", 1)):
        raise InexpressibleError("it only puts in random characters, beside word alignments that examples don't have")
    tags: dict[str, Any] = {"probability": probability, "glossary": {"LANGUAGE": "FILE"}}
    if "template" in settings:
        tags["template"] = settings["template"]
    return {"tags": tags}, "; ".join([TAGS, *([f"without {', '.join(left)}"] if left else [])])
