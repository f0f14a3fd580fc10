"""The YAML at the head of a dataset card: what the Hub and `datasets` read."""

import glob
import json
import re
from collections.abc import Iterable, Mapping
from importlib.resources import files
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

HUB_LICENSES = frozenset(json.loads(files("sinks").joinpath("hub_licenses.json").read_text("utf-8")))
"""The identifiers for data that the Hub accepts as `license`; it refuses a card with another one."""

_SIZES = ("1K", "10K", "100K", "1M", "10M", "100M", "1B", "10B", "100B", "1T")

_PLAIN = re.compile(r"(?!(?:y|n|yes|no|on|off|true|false|null)$)[A-Za-z][\w./-]*", re.ASCII | re.IGNORECASE)
"""What means the same string in YAML 1.1, which the Hub's readers speak, and 1.2: `no` doesn't."""


def front_matter(manifest: Mapping[str, Any]) -> str:
    """Return the card's head, from `---` to `---`.

    Only splits with rows are named: an empty one would break the loading of its whole config.
    """
    datasets = [(name, filled_splits(each)) for name, each in manifest["datasets"].items()]
    configs = [_config(name, splits) for name, splits in datasets if splits]
    if configs:
        configs[0] = {**configs[0], "default": True}
    total = sum(split["rows"] for _, splits in datasets for split in splits.values())
    languages = {tag for _, splits in datasets for split in splits.values() for tag in split.get("languages", ())}
    head: dict[str, Any] = {"pretty_name": manifest["name"]}
    if codes := language_codes(languages):
        head["language"] = codes
    head |= license_fields(roll_up(manifest))
    head["size_categories"] = [size_category(total)]
    head["task_categories"] = ["text-generation"]
    head["tags"] = ["langloom"]
    head["configs"] = configs
    return f"---\n{_dump(head)}---\n"


def filled_splits(dataset: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the dataset's splits that have rows."""
    return {name: split for name, split in dataset["splits"].items() if split["rows"]}


def roll_up(manifest: Mapping[str, Any]) -> dict[str, int]:
    """Return the licences of the data (lower case; empty: none stated) and how many rows have each.

    They are those of the rows written; of the sources, where the splits don't tell.
    """
    splits = [split for dataset in manifest["datasets"].values() for split in dataset["splits"].values()]
    stated = [each for split in splits for each in split.get("licenses", {}).items()]
    if not stated:
        stated = [(source.get("license"), source.get("rows") or 0) for source in manifest.get("sources", {}).values()]
    rows: dict[str, int] = {}
    for name, number in stated:
        key = " ".join((name or "").lower().split())
        rows[key] = rows.get(key, 0) + number
    return dict(sorted(rows.items()))


def license_fields(licenses: Iterable[str]) -> dict[str, str]:
    """Return what the card says of the licence: one that holds for all rows, `other`, or nothing if none is stated."""
    names = set(licenses)
    if not names - {""}:
        return {}
    if len(names) > 1:
        return {"license": "other"}
    name = names.pop()
    if name in HUB_LICENSES:
        return {"license": name}
    slug = re.sub(r"[^a-z0-9.]+", "-", name).strip("-.")
    return {"license": "other", "license_name": slug} if slug else {"license": "other"}


def language_codes(tags: Iterable[str]) -> list[str]:
    """Return the ISO 639 codes among the tags' first subtags, sorted: the Hub knows no others."""
    codes = {re.split("[-_]", tag)[0].lower() for tag in tags}
    return sorted(code for code in codes - {"und"} if re.fullmatch("[a-z]{2,3}", code))


def size_category(rows: int) -> str:
    """Return the Hub's class of size: `n<1K`, `1K<n<10K`, ..., `n>1T`."""
    for at, limit in enumerate(_SIZES):
        if rows < 1000 * 10**at:
            return f"{_SIZES[at - 1]}<n<{limit}" if at else f"n<{limit}"
    return f"n>{_SIZES[-1]}"


def _config(name: str, splits: Iterable[str]) -> dict[str, Any]:
    folder = f"data/{glob.escape(name)}"
    shards = [{"split": split, "path": f"{folder}/{glob.escape(split)}-*.parquet"} for split in splits]
    return {"config_name": name, "data_files": shards}


def _dump(head: Mapping[str, Any]) -> str:
    yaml = YAML()
    yaml.width = 1 << 20
    stream = StringIO()
    yaml.dump(_quoted(head), stream)
    return stream.getvalue()


def _quoted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _quoted(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_quoted(each) for each in value]
    if isinstance(value, str) and not _PLAIN.fullmatch(value):
        return DoubleQuotedScalarString(value)
    return value
