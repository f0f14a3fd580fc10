"""`order: {opustrainer: file.yml}`: OpusTrainer's configuration as the stages of a dataset."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.language import yaml12
from pipeline.language.named_files import read_yaml
from pipeline.language.place import Place
from pipeline.model import ScheduleStage
from transforms.augment.opustrainer import InexpressibleError, augment_of
from transforms.order.epoch_stages import Epochs
from transforms.order.opustrainer import Curriculum, Modifier, read_curriculum
from transforms.suggestions import unknown


@dataclass(frozen=True)
class OpusTrainer:
    """An order that OpusTrainer's configuration describes.

    Parameters:
      opustrainer: its file.
      datasets: the stream that stands for each of its data sets; those that aren't named have their stream's name.
      total: where the last stage has no end (`inf`), the number of positions.
    """

    opustrainer: str
    datasets: dict[str, str] = field(default_factory=dict)
    total: int | None = None


def read_file(name: str, place: Place) -> Curriculum:
    """Read the file; RecipeError names it and the line where it isn't what OpusTrainer reads."""
    return read_yaml(name, place, read_curriculum)


def stages_of(
    order: OpusTrainer, curriculum: Curriculum, place: Place, streams: Mapping[str, object]
) -> tuple[ScheduleStage, ...]:
    """Return the stages, with the streams that stand for their data sets."""
    taken = _taken(order, curriculum, place, streams)
    return tuple(
        ScheduleStage(
            1.0 if stage.epochs is None else Epochs(taken[stage.watched], float(stage.epochs)),
            {taken[name]: weight for name, weight in stage.weights.items()},
        )
        for stage in curriculum.stages
    )


def _taken(order: OpusTrainer, curriculum: Curriculum, place: Place, streams: Mapping[str, object]) -> dict[str, str]:
    """Return the stream of each data set that a stage names."""
    for name in order.datasets:
        if name not in curriculum.datasets:
            raise place.at("datasets", name).error(unknown("data set", name, curriculum.datasets))
    taken: dict[str, str] = {}
    for name in dict.fromkeys(name for stage in curriculum.stages for name in stage.weights):
        stream = order.datasets.get(name, name)
        named = place.at("datasets", name) if name in order.datasets else place.at("opustrainer")
        if stream not in streams:
            hint = "" if name in order.datasets else f"; which is it? `datasets: {{{name}: STREAM}}`"
            raise named.error(unknown("stream", stream, streams) + hint)
        if stream in taken.values():
            raise named.error(f"the stream {stream!r} stands for another data set already")
        taken[name] = stream
    return taken


def _step(modifier: Modifier, differences: list[str]) -> str:
    """Return which step does what a modifier does, but for some differences, or why none does."""
    try:
        parameters, difference = augment_of(modifier.name, modifier.probability, modifier.settings)
    except InexpressibleError as error:
        return f"no step does what it does: {error}"
    differences = [*differences, difference] if difference else differences
    but = f" ({'; '.join(differences)})" if differences else ""
    return f"a stream's step does it{but}: - augment: {yaml12.flow(parameters)}"


def warn(order: OpusTrainer, curriculum: Curriculum, place: Place) -> None:
    """Note what the file says and is not done."""
    file = place.at("opustrainer")
    for modifier, stages in curriculum.modifiers():
        some = stages if len(stages) < len(curriculum.stages) else []
        held = f" (of {', '.join(some)})" if some else ""
        step = _step(modifier, ["in all stages"] if some else [])
        file.warn(f"{order.opustrainer}: its modifier {modifier.name}{held} is not applied; {step}")
    seed = place.document.data.get("seed") or 0
    if curriculum.seed not in (None, seed):
        file.warn(f"{order.opustrainer}: its seed {curriculum.seed} is not used, the recipe's is ({seed})")
