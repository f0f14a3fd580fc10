"""The page itself: `page.html` filled in. All that comes from data is escaped; nothing is fetched, nothing runs."""

import base64
import hashlib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, UndefinedError
from markupsafe import Markup

from sinks.card import TOKENS, listed, short
from sinks.report.dataset import LISTED, DatasetView
from sinks.report.notes import notes
from sinks.report.rejected import Reason
from transforms.tokens.statistics import alike

CUT = 1500
"""Characters of a text that are shown."""

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_TAG = re.compile(r"[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*")


def page(
    manifest: Mapping[str, Any], datasets: Sequence[DatasetView], rejects: Mapping[Reason, Sequence[Mapping[str, Any]]]
) -> str:
    """Return the report of an output as HTML that needs no other file, no network and no script.

    Args:
      manifest: of the output.
      datasets: what was read of each dataset.
      rejects: some of the rejected examples, by reason.

    LookupError where the manifest lacks what a run writes into it.
    """
    style = files("sinks.report").joinpath("page.css").read_text("utf-8")
    filled = _environment().get_template("page.html").render
    try:
        return filled(
            manifest=manifest,
            datasets=datasets,
            rejects=rejects,
            most_listed=LISTED,
            notes=list(notes(manifest)),
            spent=_spent(manifest["translation"]),
            tokens=alike(manifest["datasets"]),
            tokens_explained=TOKENS,
            style=Markup(style),  # noqa: S704 - our own file
            style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        )
    except UndefinedError as error:
        raise LookupError(f"the manifest lacks something: {error}") from error


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("sinks", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": _number, "cut": _cut, "tag": _tag, "drawn": _drawn, "least": min, "most": _most}
    environment.filters |= {"some": _some, "counted": _counted, "short": short}
    environment.tests["ending"] = str.endswith
    environment.finalize = lambda value: value if isinstance(value, Markup | int | float) else _visible(str(value))
    return environment


def _spent(translation: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> dict[str, Any]:
    """Return what was asked, found in the memory and paid for, of all engines and languages."""
    numbers = [each for languages in translation.values() for each in languages.values()]
    return {key: sum(each.get(key, 0) for each in numbers) for key in ("asked", "from_memory", "usd", "usd_unanswered")}


def _number(value: float) -> str:
    """Return a number as people read it: whole, or to four decimals."""
    return f"{value:,}" if isinstance(value, int) else f"{value:,.4f}".rstrip("0").rstrip(".")


def _visible(text: str) -> str:
    """Return a text whose control characters, which HTML has no place for, are replaced."""
    return _CONTROLS.sub("\ufffd", text.replace("\r\n", "\n"))


def _cut(text: str) -> str:
    return text if len(text) <= CUT else f"{text[:CUT]} [... {len(text) - CUT:,} more characters]"


def _most(numbers: Iterable[float]) -> float:
    return max(numbers, default=0)


def _some(values: Collection[str]) -> str:
    """Return a list as far as a reader can take it in: languages may come from the data."""
    return listed([short(value or "not stated") for value in values])


def _counted(licenses: Mapping[str, int]) -> str:
    """Return licences, those of most examples first, each with their number where there are several."""
    if len(licenses) < 2:
        return _some(licenses)
    ordered = sorted(licenses.items(), key=lambda item: (-item[1], item[0]))
    return listed([f"{short(name or 'not stated')} ({number:,})" for name, number in ordered])


def _tag(language: str) -> str:
    """Return the language as HTML's `lang` has it; empty where it is no tag."""
    return language.replace("_", "-") if _TAG.fullmatch(language) else ""


def _drawn(picture: str) -> Markup:
    """Return a picture as a part of the page: its words were escaped when it was drawn (`sinks/pictures`)."""
    return Markup(picture)  # noqa: S704
