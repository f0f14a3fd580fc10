"""The `datasets` of a recipe: what they mix, in what order, how they are split and written."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from re import fullmatch
from typing import Any, Literal

from pipeline.errors import unknown
from pipeline.language.document import Document
from pipeline.language.mixtures import check_languages, with_curves
from pipeline.language.opustrainer import OpusTrainer, read_file, stages_of, warn
from pipeline.language.parameters import build
from pipeline.language.sinks import build_sinks, without_sinks
from pipeline.language.stage_ends import check_ends, check_epoch_ends, epochs_asked
from pipeline.language.tokenizers import check_unit, checked
from pipeline.model import Dataset, Repeat, ScheduleStage, Stream, Write
from transforms.key_path import KeyPath
from transforms.order.allocate import Allocate
from transforms.order.epoch_stages import MAX_POSITION, Epochs
from transforms.order.mixtures import MOST_EPOCHS, Temperature, UniMax
from transforms.tokens.names import DEFAULT_TOKENIZER
from transforms.tokens.vocabulary_sharing import VocabularySharing

SHORTHANDS = ("concatenate", "temperature", "unimax", "allocate", "opustrainer")
"""Names that mean something as a `mix` or an `order`, and so can't be streams."""

MIXTURES: dict[str, Any] = {"temperature": Temperature, "unimax": UniMax, "allocate": Allocate}
"""What makes weights of the sizes of streams, by its name in a `mix`."""


@dataclass(frozen=True)
class WrittenOrder:
    """The schedule of a dataset as written."""

    stages: tuple[ScheduleStage, ...]
    total: int | None = None


@dataclass(frozen=True)
class WrittenDataset:
    """The parameters of a dataset as written, but for `mix` and `order`."""

    streams: str | tuple[str, ...] = ()
    total: int | None = None
    unit: Literal["examples", "tokens"] = "examples"
    tokenizer: str | None = None
    vocabulary_sharing: VocabularySharing | None = None
    repeat: Repeat = field(default_factory=Repeat)
    exhausted: Literal["error", "redistribute", "stop"] = "error"
    split: dict[str, float] = field(default_factory=dict)
    write: Write = field(default_factory=Write)


def parse_dataset(name: str, document: Document, streams: Mapping[str, Stream]) -> Dataset:
    """Return the dataset that the recipe describes; RecipeError names what is wrong."""
    path: KeyPath = ("datasets", name)
    data = document.data["datasets"][name]
    if not isinstance(data, Mapping):
        raise document.error(path, f"expected a mapping such as `mix: concatenate`, got {document.shown(data)}")
    known = ["mix", "order", *(each.name for each in fields(WrittenDataset))]
    for key in data:
        if key not in known:
            raise document.error((*path, key), unknown("key", key, known))
    rest = {key: value for key, value in data.items() if key not in ("mix", "order")}
    rest, sinks = without_sinks(rest, document, path)
    described: WrittenDataset = build(WrittenDataset, rest, document, path)
    sinks = build_sinks(sinks, described.write, document, (*path, "write"))
    described = _with_tokenizer(described, data, document, path)
    _check_total(described.total, document, path)
    if "mix" in data and "order" in data:
        raise document.error((*path, "order"), "a dataset has a mix or an order, not both")
    if {"rows_per_shard", "bytes_per_shard"} <= set(((rest.get("write") or {}).get("parquet")) or {}):
        raise document.error((*path, "write", "parquet"), "give rows_per_shard or bytes_per_shard, not both")
    _check_splits(described.split, document, (*path, "split"))
    if "order" in data:
        return replace(_ordered(name, data["order"], described, document, streams), sinks=sinks)
    return replace(_mixed(name, data.get("mix", "concatenate"), described, document, streams), sinks=sinks)


def _check_total(total: int | None, document: Document, path: KeyPath) -> None:
    if total is not None and not 1 <= total <= MAX_POSITION:
        raise document.error((*path, "total"), f"expected from 1 to 2^53, got {total}")


def _with_tokenizer(
    described: WrittenDataset, data: Mapping[str, Any], document: Document, path: KeyPath
) -> WrittenDataset:
    """Return the parameters with the tokenizer checked; by default there is one where shares count tokens."""
    if described.unit == "tokens":
        check_unit(data.get("mix", "concatenate"), document, path)
        described = replace(described, tokenizer=described.tokenizer or DEFAULT_TOKENIZER)
    if described.vocabulary_sharing is not None and not described.tokenizer:
        message = "goes with what the dataset's tokenizer says of languages: name one with `tokenizer`"
        raise document.error((*path, "vocabulary_sharing"), message)
    if described.tokenizer is None:
        return described
    return replace(described, tokenizer=checked(described.tokenizer, document, (*path, "tokenizer")))


def _mixed(
    name: str, mix: Any, described: WrittenDataset, document: Document, streams: Mapping[str, Stream]
) -> Dataset:
    path: KeyPath = ("datasets", name, "mix")
    if mix == "concatenate":
        if "repeat" in document.data["datasets"][name] and described.total is None:
            message = "without a total, concatenate goes through each stream once; for more epochs say how many in all"
            document.warn((*path[:2], "repeat"), message)
        return _dataset(name, _named(described, document, path, streams), "concatenate", (), described)
    if isinstance(mix, Mapping):
        for what in MIXTURES:
            if what in mix:
                return _by_sizes(name, what, mix, described, document, streams)
    if mix == "opustrainer" or (isinstance(mix, Mapping) and "opustrainer" in mix):
        raise document.error(path, "OpusTrainer's stages are an order: write `order: {opustrainer: FILE}`")
    if not isinstance(mix, Mapping):
        forms = "weights by stream, `concatenate`, or a mapping with `temperature`, `unimax` or `allocate`"
        raise document.error(path, f"expected {forms}, got {document.shown(mix)}")
    weights = _weights(mix, document, path, streams)
    _no_streams(described, document, path)
    return _dataset(name, tuple(weights), weights, (), described)


def _by_sizes(
    name: str,
    what: str,
    mix: Mapping[str, Any],
    described: WrittenDataset,
    document: Document,
    streams: Mapping[str, Stream],
) -> Dataset:
    """Return a dataset whose weights are made of the sizes of its streams."""
    path: KeyPath = ("datasets", name, "mix")
    drawn = _named(described, document, path, streams)
    where = path if what == "temperature" else (*path, what)  # its parameters stand in the mix itself
    for key in mix:
        if where != path and key != what:
            raise document.error((*path, key), f"{what} is the whole mix; {key!r} can't stand beside it")
    given: dict[str, Any] = {"curves": {}} if what == "allocate" else {}
    mixture = build(MIXTURES[what], mix if where == path else mix[what], document, where, **given)
    if mixture.needs_total and described.total is None:
        raise document.error(where, f"{what} divides the dataset's `total`, which is missing")
    if isinstance(mixture, UniMax):
        if "repeat" in document.data["datasets"][name]:
            raise document.error((*path[:2], "repeat"), "unimax says itself how many epochs there may be (max_epochs)")
        described = replace(described, repeat=Repeat(mixture.max_epochs))
    else:
        check_languages(mixture, drawn, document, where)
    if isinstance(mixture, Allocate):
        mixture = with_curves(mixture, drawn, document, where)
    return replace(_dataset(name, drawn, None, (), described), mixture=mixture)


def _named(
    described: WrittenDataset, document: Document, path: KeyPath, streams: Mapping[str, Stream]
) -> tuple[str, ...]:
    """Return the streams that are mixed by size: those that are named, or all that no other stream reads."""
    if not described.streams:
        read = {name for stream in streams.values() for name in stream.inputs}
        return tuple(name for name in streams if name not in read)
    names = (described.streams,) if isinstance(described.streams, str) else described.streams
    for at, name in enumerate(names):
        where: KeyPath = (*path[:2], "streams", at)
        _known_stream(name, document, where, streams)
        if name in names[:at]:
            raise document.error(where, f"the stream {name!r} is named twice")
    return names


def _no_streams(described: WrittenDataset, document: Document, path: KeyPath) -> None:
    if described.streams:
        raise document.error(
            (*path[:2], "streams"), "weights name the streams already; `streams` goes with mixes by size"
        )


def _known_stream(name: str, document: Document, path: KeyPath, streams: Iterable[str]) -> None:
    if name in streams:
        return
    if name in document.data["sources"]:
        message = f"{name!r} is a source, and datasets draw from streams: add one that has `from: {name}`"
        raise document.error(path, message)
    raise document.error(path, unknown("stream", name, streams))


def _weights(data: Any, document: Document, path: KeyPath, streams: Mapping[str, Stream]) -> dict[str, float]:
    if not isinstance(data, Mapping) or not data:
        raise document.error(path, f"expected weights by stream, such as {{es: 3, pt: 1}}, got {document.shown(data)}")
    for name, weight in data.items():
        where = (*path, name)
        _known_stream(name, document, where, streams)
        if isinstance(weight, bool) or not isinstance(weight, int | float):
            raise document.error(where, f"a weight is a number, got {document.shown(weight)}")
        if not _is_share(weight):
            raise document.error(where, f"a weight is a number from 0 to 1e100, got {document.shown(weight)}")
    if not any(data.values()):
        raise document.error(path, "all weights are 0, so that nothing would be drawn")
    return {name: float(weight) for name, weight in data.items()}


def _is_share(weight: int | float) -> bool:
    return 0 <= weight <= 1e100


def _ordered(
    name: str, data: Any, described: WrittenDataset, document: Document, streams: Mapping[str, Stream]
) -> Dataset:
    path: KeyPath = ("datasets", name, "order")
    if isinstance(data, Mapping) and "opustrainer" in data:
        return _from_opustrainer(name, data, described, document, streams)
    order: WrittenOrder = build(WrittenOrder, data, document, path)
    _no_streams(described, document, path)
    if not order.stages:
        raise document.error((*path, "stages"), "an order has at least one stage")
    for at in range(len(order.stages)):
        _weights(data["stages"][at]["weights"], document, (*path, "stages", at, "weights"), streams)
    total = _one_total(order.total, described, document, path)
    if any(isinstance(stage.until, Epochs) for stage in order.stages):
        total = check_epoch_ends(order.stages, total, described.repeat.max_epochs, document, (*path, "stages"))
    else:
        total = check_ends(order.stages, total, document, (*path, "stages"))
    if order.stages[0].ramp != "step":
        document.warn((*path, "stages", 0, "ramp"), "the first stage has nothing to ramp from; its ramp is ignored")
    drawn = tuple(dict.fromkeys(stream for stage in order.stages for stream in stage.weights))
    return _dataset(name, drawn, None, order.stages, described, total)


def _one_total(total: int | None, described: WrittenDataset, document: Document, path: KeyPath) -> int | None:
    _check_total(total, document, path)
    if None not in (total, described.total) and total != described.total:
        raise document.error((*path, "total"), f"total is {total} here and {described.total} in the dataset")
    return total or described.total


def _from_opustrainer(
    name: str, data: Mapping[str, Any], described: WrittenDataset, document: Document, streams: Mapping[str, Stream]
) -> Dataset:
    """Return a dataset that follows OpusTrainer's configuration; streams may be gone through as often as it says."""
    path: KeyPath = ("datasets", name, "order")
    order: OpusTrainer = build(OpusTrainer, data, document, path)
    _no_streams(described, document, path)
    curriculum = read_file(order.opustrainer, document, (*path, "opustrainer"))
    stages = stages_of(order, curriculum, document, path, streams)
    total = _one_total(order.total, described, document, path)
    endless = curriculum.stages[-1].epochs is None
    if endless and total is None:
        message = f"{order.opustrainer}: the last stage has no end (inf); say with `total` how long the run is"
        raise document.error((*path, "opustrainer"), message)
    if total and not endless:
        message = f"{order.opustrainer}: the stages themselves say how long the run is, so that a total has no use"
        raise document.error((*path, "opustrainer"), message)
    if "repeat" not in document.data["datasets"][name]:
        most = max([1.0, *epochs_asked(stages).values()])
        if most > MOST_EPOCHS:
            message = f"{order.opustrainer}: {most:g} epochs of one data set are asked for; there may be {MOST_EPOCHS}"
            raise document.error((*path, "opustrainer"), message)
        described = replace(described, repeat=Repeat(most))
    warn(order, curriculum, document, path)
    masked = document.masked["datasets"][name]["order"]
    masked["opustrainer"] = [asdict(stage) for stage in stages]
    drawn = tuple(dict.fromkeys(stream for stage in stages for stream in stage.weights))
    return _dataset(name, drawn, None, stages, described, total)


def _check_splits(split: Mapping[str, float], document: Document, path: KeyPath) -> None:
    for name, share in split.items():
        where = (*path, name)
        if not fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
            raise document.error(where, f"{name!r} can't be a split's name: a letter, then letters, digits and _")
        if name == "all":
            raise document.error(where, "to `datasets`, all are all splits together: call it otherwise")
        if name == "train":
            raise document.error(where, "train is what the other splits leave; it takes no share")
        if not 0 < share < 1:
            raise document.error(where, f"a share is above 0 and below 1, got {share}")
    if sum(split.values()) >= 1:
        raise document.error(path, f"the shares sum to {sum(split.values()):g}, which leaves nothing to train on")


def _dataset(
    name: str,
    drawn: tuple[str, ...],
    mix: dict[str, float] | Literal["concatenate"] | None,
    order: tuple[ScheduleStage, ...],
    described: WrittenDataset,
    total: int | None = None,
) -> Dataset:
    names = ("repeat", "exhausted", "split", "write", "unit", "vocabulary_sharing")
    rest = {key: getattr(described, key) for key in names}
    return Dataset(name, drawn, mix, order, total or described.total, tokenizer=described.tokenizer or "", **rest)
