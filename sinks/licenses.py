"""Licences of what a run wrote: rolled up from the sources, and held against each other. No legal advice."""

import json
import re
from collections.abc import Iterable, Mapping
from importlib.resources import files
from itertools import combinations
from typing import Any

HUB_LICENSES = frozenset(json.loads(files("sinks").joinpath("hub_licenses.json").read_text("utf-8")))
"""The identifiers for data that the Hub accepts as `license`; it refuses a card with another one."""

SHARE_ALIKE = frozenset(
    {"agpl", "cc-by-nc-sa", "cc-by-sa", "cdla-sharing", "eupl", "gfdl", "gpl", "odbl", "osl"},
)
"""Families (identifiers without their version) of licences that want what is made from the data under themselves."""


def roll_up(manifest: Mapping[str, Any]) -> dict[str, int]:
    """Return the licences of the data (lower case; empty: none stated) and how many rows have each.

    They are those of the rows written; of the sources, where no row was.
    """
    splits = [split for dataset in manifest["datasets"].values() for split in dataset["splits"].values()]
    stated = [each for split in splits for each in split["licenses"].items()]
    if not stated:
        stated = [(source["license"], 0) for source in manifest["sources"].values()]
    rows: dict[str, int] = {}
    for name, number in stated:
        key = " ".join(name.lower().split())
        rows[key] = rows.get(key, 0) + number
    return dict(sorted(rows.items()))


def license_fields(licenses: Iterable[str]) -> dict[str, Any]:
    """Return what the card says of the licence, in the Hub's identifiers.

    One licence that all rows have, or a list of those that they have; `other` where the Hub knows one of them not, one
    isn't stated, or they contradict each other; nothing where none is stated.
    """
    names = sorted(set(licenses))
    if not any(names):
        return {}
    if set(names) <= HUB_LICENSES and not conflicts(names):
        return {"license": names[0] if len(names) == 1 else names}
    if len(names) > 1 or names[0] in HUB_LICENSES:
        return {"license": "other"}
    slug = re.sub(r"[^a-z0-9.]+", "-", names[0]).strip("-.")
    return {"license": "other", "license_name": slug} if slug else {"license": "other"}


def conflicts(licenses: Iterable[str]) -> list[str]:
    """Return, a sentence each, what keeps data under these licences (lower case) from being shared as one.

    Looked at are the terms that the names of well-known licences tell: no derivatives, no commercial use, share alike.
    Versions of one licence count as compatible.
    """
    names = sorted(name for name in set(licenses) if name and name.isprintable())
    found = [f"{name} allows no derivatives, and translating makes one" for name in names if "-nd-" in f"{name}-"]
    for one, other in combinations(names, 2):
        families = {_family(one), _family(other)}
        if len(families) == 2 and families <= SHARE_ALIKE:
            found.append(f"{one} and {other} each want the whole under themselves")
            continue
        for wide, narrow in ((one, other), (other, one)):
            if _family(wide) in SHARE_ALIKE and not _is_noncommercial(wide) and _is_noncommercial(narrow):
                found.append(f"{wide} wants the whole free for commercial use, which {narrow} forbids")
    return found


def unstated(manifest: Mapping[str, Any]) -> str:
    """Return a sentence on the examples that have no licence, which keeps the data from being shared; empty if none."""
    rows = roll_up(manifest)
    if rows and "" not in rows:
        return ""
    sources = [name for name, source in manifest["sources"].items() if not source["license"]]
    whose = f" (of the sources {', '.join(filter(str.isprintable, sources))})" if sources else ""
    return (
        f"no licence is stated for {rows.get('', 0):,} examples{whose}: say in the recipe what their sources allow, "
        "such as `license: cc-by-4.0`, and run it again with --force; translations are remembered, not paid for again"
    )


def _family(name: str) -> str:
    return re.sub(r"-\d+(\.\d+)*$", "", name)


def _is_noncommercial(name: str) -> bool:
    return "-nc-" in f"{name}-"
