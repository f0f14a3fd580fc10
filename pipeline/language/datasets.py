"""The `datasets` of a recipe: what they mix, in what order, how they are split and written."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from re import fullmatch
from typing import Any, Literal

from pipeline.language.mixtures import check_languages, with_curves
from pipeline.language.opustrainer import OpusTrainer, read_file, stages_of, warn
from pipeline.language.parameters import build
from pipeline.language.place import Place
from pipeline.language.sinks import build_sinks, without_sinks
from pipeline.language.stage_ends import check_ends, check_epoch_ends, epochs_asked
from pipeline.language.tokenizers import check_unit, checked
from pipeline.model import Dataset, Repeat, ScheduleStage, Stream, Write
from transforms.order.allocate import Allocate
from transforms.order.epoch_stages import MAX_POSITION, Epochs
from transforms.order.mixtures import MOST_EPOCHS, Temperature, UniMax
from transforms.suggestions import unknown
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


def parse_dataset(place: Place, streams: Mapping[str, Stream]) -> Dataset:
    """Return the dataset that the recipe describes; RecipeError names what is wrong."""
    if not isinstance(place.value, Mapping):
        raise place.expected("a mapping such as `mix: concatenate`")
    place.check_keys(["mix", "order", *(each.name for each in fields(WrittenDataset))])
    if "order" not in place.value:
        place = replace(place, value={"mix": "concatenate", **place.value})
    base = _base(place)
    if "mix" in place.value and "order" in place.value:
        raise place.at("order").error("a dataset has a mix or an order, not both")
    parquet = place.at("write", "parquet")
    if {"rows_per_shard", "bytes_per_shard"} <= set(parquet.value or ()):
        raise parquet.error("give rows_per_shard or bytes_per_shard, not both")
    _check_splits(base.split, place.at("split"))
    return _ordered(place, base, streams) if "order" in place.value else _mixed(place, base, streams)


def _base(place: Place) -> Dataset:
    """Return a dataset with all that isn't said by its mix or order."""
    written: WrittenDataset = build(WrittenDataset, without_sinks(place.without("mix", "order")))
    sinks = build_sinks(place.at("write"))
    tokenizer = _tokenizer(written, place)
    _check_total(written.total, place)
    rest = {each.name: getattr(written, each.name) for each in fields(written) if each.name != "streams"}
    return Dataset(place.name, (), None, **{**rest, "tokenizer": tokenizer}, sinks=sinks)


def _check_total(total: int | None, place: Place) -> None:
    if total is not None and not 1 <= total <= MAX_POSITION:
        raise place.at("total").error(f"expected from 1 to 2^53, got {total}")


def _tokenizer(written: WrittenDataset, place: Place) -> str:
    """Return the tokenizer, checked; by default there is one where shares count tokens."""
    tokenizer = written.tokenizer
    if written.unit == "tokens":
        check_unit(place)
        tokenizer = tokenizer or DEFAULT_TOKENIZER
    if written.vocabulary_sharing is not None and not tokenizer:
        message = "goes with what the dataset's tokenizer says of languages: name one with `tokenizer`"
        raise place.at("vocabulary_sharing").error(message)
    return "" if tokenizer is None else checked(tokenizer, place.at("tokenizer"))


def _mixed(place: Place, base: Dataset, streams: Mapping[str, Stream]) -> Dataset:
    mix = place.at("mix")
    if mix.value == "concatenate":
        if "repeat" in place.value and base.total is None:
            message = "without a total, concatenate goes through each stream once; for more epochs say how many in all"
            place.at("repeat").warn(message)
        return replace(base, streams=_named(place, streams), mix="concatenate")
    if isinstance(mix.value, Mapping):
        for what in MIXTURES:
            if what in mix.value:
                return _by_sizes(what, place, base, streams)
    if mix.value == "opustrainer" or (isinstance(mix.value, Mapping) and "opustrainer" in mix.value):
        raise mix.error("OpusTrainer's stages are an order: write `order: {opustrainer: FILE}`")
    if not isinstance(mix.value, Mapping):
        raise mix.expected("weights by stream, `concatenate`, or a mapping with `temperature`, `unimax` or `allocate`")
    weights = _weights(mix, streams)
    _no_streams(place)
    return replace(base, streams=tuple(weights), mix=weights)


def _by_sizes(what: str, place: Place, base: Dataset, streams: Mapping[str, Stream]) -> Dataset:
    """Return a dataset whose weights are made of the sizes of its streams."""
    drawn = _named(place, streams)
    described = place.at("mix")  # the parameters of `temperature` stand in the mix itself
    if what != "temperature":
        for key in described.without(what).inner():
            raise key.error(f"{what} is the whole mix; {key.name!r} can't stand beside it")
        described = described.at(what)
    given: dict[str, Any] = {"curves": {}} if what == "allocate" else {}
    mixture = build(MIXTURES[what], described, **given)
    if mixture.needs_total and base.total is None:
        raise described.error(f"{what} divides the dataset's `total`, which is missing")
    if isinstance(mixture, UniMax):
        if "repeat" in place.value:
            raise place.at("repeat").error("unimax says itself how many epochs there may be (max_epochs)")
        base = replace(base, repeat=Repeat(mixture.max_epochs))
    else:
        check_languages(mixture, drawn, described)
    if isinstance(mixture, Allocate):
        mixture = with_curves(mixture, drawn, described)
    return replace(base, streams=drawn, mixture=mixture)


def _named(place: Place, streams: Mapping[str, Stream]) -> tuple[str, ...]:
    """Return the streams that are mixed by size: those that are named, or all that no other stream reads."""
    names = place.value.get("streams")
    if not names:
        read = {name for stream in streams.values() for name in stream.inputs}
        return tuple(name for name in streams if name not in read)
    names = (names,) if isinstance(names, str) else tuple(names)
    for at, name in enumerate(names):
        named = place.at("streams", at)
        _check_stream(name, named, streams)
        if name in names[:at]:
            raise named.error(f"the stream {name!r} is named twice")
    return names


def _no_streams(place: Place) -> None:
    if place.value.get("streams"):
        raise place.at("streams").error("weights name the streams already; `streams` goes with mixes by size")


def _check_stream(name: str, place: Place, streams: Iterable[str]) -> None:
    if name in streams:
        return
    if name in place.document.data["sources"]:
        raise place.error(f"{name!r} is a source, and datasets draw from streams: add one that has `from: {name}`")
    raise place.error(unknown("stream", name, streams))


def _weights(place: Place, streams: Mapping[str, Stream]) -> dict[str, float]:
    if not isinstance(place.value, Mapping) or not place.value:
        raise place.expected("weights by stream, such as {es: 3, pt: 1}")
    for weight in place.inner():
        _check_stream(weight.name, weight, streams)
        if isinstance(weight.value, bool) or not isinstance(weight.value, int | float):
            raise weight.error(f"a weight is a number, got {weight.shown}")
        if not 0 <= weight.value <= 1e100:
            raise weight.error(f"a weight is a number from 0 to 1e100, got {weight.shown}")
    if not any(place.value.values()):
        raise place.error("all weights are 0, so that nothing would be drawn")
    return {name: float(weight) for name, weight in place.value.items()}


def _ordered(place: Place, base: Dataset, streams: Mapping[str, Stream]) -> Dataset:
    described = place.at("order")
    if isinstance(described.value, Mapping) and "opustrainer" in described.value:
        return _from_opustrainer(place, base, streams)
    order: WrittenOrder = build(WrittenOrder, described)
    _no_streams(place)
    stages = described.at("stages")
    if not order.stages:
        raise stages.error("an order has at least one stage")
    for stage in stages.inner():
        _weights(stage.at("weights"), streams)
    total, last = _one_total(order.total, base.total, described), order.stages[-1].until
    if total is None and isinstance(last, int):
        total = last
    if any(isinstance(stage.until, Epochs) for stage in order.stages):
        check_epoch_ends(order.stages, total, base.repeat.max_epochs, stages)
    else:
        check_ends(order.stages, total, stages)
    if order.stages[0].ramp != "step":
        stages.at(0, "ramp").warn("the first stage has nothing to ramp from; its ramp is ignored")
    return _in_order(base, order.stages, total)


def _one_total(here: int | None, whole: int | None, place: Place) -> int | None:
    """Return the total that an order or its dataset says; RecipeError where they say different ones."""
    _check_total(here, place)
    if None not in (here, whole) and here != whole:
        raise place.at("total").error(f"total is {here} here and {whole} in the dataset")
    return here or whole


def _in_order(base: Dataset, stages: tuple[ScheduleStage, ...], total: int | None) -> Dataset:
    drawn = tuple(dict.fromkeys(stream for stage in stages for stream in stage.weights))
    return replace(base, streams=drawn, order=stages, total=total)


def _from_opustrainer(place: Place, base: Dataset, streams: Mapping[str, Stream]) -> Dataset:
    """Return a dataset that follows OpusTrainer's configuration; streams may be gone through as often as it says."""
    described = place.at("order")
    order: OpusTrainer = build(OpusTrainer, described)
    _no_streams(place)
    file = described.at("opustrainer")
    curriculum = read_file(order.opustrainer, file)
    stages = stages_of(order, curriculum, described, streams)
    total = _one_total(order.total, base.total, described)
    endless = curriculum.stages[-1].epochs is None
    if endless and total is None:
        message = "the last stage has no end (inf); say with `total` how long the run is"
        raise file.error(f"{order.opustrainer}: {message}")
    if total and not endless:
        message = "the stages themselves say how long the run is, so that a total has no use"
        raise file.error(f"{order.opustrainer}: {message}")
    if "repeat" not in place.value:
        most = max([1.0, *epochs_asked(stages).values()])
        if most > MOST_EPOCHS:
            message = f"{most:g} epochs of one data set are asked for; there may be {MOST_EPOCHS}"
            raise file.error(f"{order.opustrainer}: {message}")
        base = replace(base, repeat=Repeat(most))
    warn(order, curriculum, described)
    file.show_as([asdict(stage) for stage in stages])
    return _in_order(base, stages, total)


def _check_splits(split: Mapping[str, float], place: Place) -> None:
    for name, share in split.items():
        named = place.at(name)
        if not fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
            raise named.error(f"{name!r} can't be a split's name: a letter, then letters, digits and _")
        if name == "all":
            raise named.error("to `datasets`, all are all splits together: call it otherwise")
        if name == "train":
            raise named.error("train is what the other splits leave; it takes no share")
        if not 0 < share < 1:
            raise named.error(f"a share is above 0 and below 1, got {share}")
    if sum(split.values()) >= 1:
        raise place.error(f"the shares sum to {sum(split.values()):g}, which leaves nothing to train on")
