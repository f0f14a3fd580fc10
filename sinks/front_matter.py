"""The YAML at the head of a dataset card: what the Hub and `datasets` read."""

import glob
import re
from collections.abc import Iterable, Mapping
from io import StringIO
from typing import Any

import pyarrow as pa
from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from sinks.licenses import license_fields, roll_up
from transforms.example import SCHEMA
from transforms.sides import PAIR_TASKS

_SIZES = ("1K", "10K", "100K", "1M", "10M", "100M", "1B", "10B", "100B", "1T")

_PLAIN = re.compile(r"(?!(?:y|n|yes|no|on|off|true|false|null)$)[A-Za-z][\w./-]*", re.ASCII | re.IGNORECASE)
"""What means the same string in YAML 1.1, which the Hub's readers speak, and 1.2: `no` doesn't."""


def front_matter(manifest: Mapping[str, Any]) -> str:
    """Return the card's head, from `---` to `---`.

    Only splits with rows are named: an empty one would break the loading of its whole config. Where none has any, all
    are: without a config, `datasets` would take what was rejected for the data.
    """
    datasets = [(name, filled_splits(each)) for name, each in manifest["datasets"].items()]
    configs = [_config(name, splits) for name, splits in datasets if splits]
    configs = configs or [_config(name, each["splits"]) for name, each in manifest["datasets"].items()]
    if configs:
        # To `datasets` a config called so is the default already, and a second one is an error.
        first = next((config for config in configs if config["config_name"] == "default"), configs[0])
        first["default"] = True
    total = sum(split["rows"] for _, splits in datasets for split in splits.values())
    languages = {tag for _, splits in datasets for split in splits.values() for tag in split["languages"]}
    head: dict[str, Any] = {"pretty_name": manifest["name"]}
    if codes := language_codes(languages):
        head["language"] = codes
    head |= license_fields(roll_up(manifest))
    head["size_categories"] = [size_category(total)]
    head["task_categories"] = task_categories(
        task for _, splits in datasets for split in splits.values() for task in split["tasks"]
    )
    head["tags"] = ["langloom"]
    head["configs"] = configs
    if infos := [_info(name, splits) for name, splits in datasets if splits]:
        head["dataset_info"] = infos
    return f"---\n{_dump(head)}---\n"


def filled_splits(dataset: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the dataset's splits that have rows."""
    return {name: split for name, split in dataset["splits"].items() if split["rows"]}


def language_codes(tags: Iterable[str]) -> list[str]:
    """Return the ISO 639 codes among the tags' first subtags, sorted: the Hub knows no others."""
    codes = {re.split("[-_]", tag)[0].lower() for tag in tags}
    return sorted(code for code in codes - {"und"} if re.fullmatch("[a-z]{2,3}", code))


def task_categories(tasks: Iterable[str]) -> list[str]:
    """Return the Hub's names for what these tasks train."""
    found = {"translation" if task in PAIR_TASKS else "text-generation" for task in tasks}
    return sorted(found) or ["text-generation"]


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


def _info(name: str, splits: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `datasets` checks a configuration against: its columns, the rows of its splits, and their sizes."""
    files = [file for each in splits.values() for file in each["files"] if file["path"].endswith(".parquet")]
    counts = [
        {"name": split, "num_bytes": each["bytes"], "num_examples": each["rows"]} for split, each in splits.items()
    ]
    return {
        "config_name": name,
        "features": features(SCHEMA),
        "splits": counts,
        "download_size": sum(file["bytes"] for file in files),
        "dataset_size": sum(count["num_bytes"] for count in counts),
    }


def features(fields: Iterable[pa.Field]) -> list[dict[str, Any]]:
    """Return the fields of a schema, or of a struct, as `datasets` writes them into cards."""
    return [{"name": field.name, **_feature(field.type)} for field in fields]


def _feature(kind: pa.DataType) -> dict[str, Any]:
    if pa.types.is_list(kind):
        return {"list": features(kind.value_type)}
    return {"dtype": {"double": "float64"}.get(str(kind), str(kind))}


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
