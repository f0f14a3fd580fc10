"""Where the stages of an order end: positions, fractions of the run, and epochs of a stream."""

from collections.abc import Sequence

from pipeline.language.place import Place
from pipeline.model import ScheduleStage
from transforms.order.epoch_stages import Epochs


def epochs_asked(stages: Sequence[ScheduleStage]) -> dict[str, float]:
    """Return for each stream how many of its epochs the stages that watch it last for, together."""
    asked: dict[str, float] = {}
    for until in (stage.until for stage in stages):
        if isinstance(until, Epochs):
            asked[until.stream] = asked.get(until.stream, 0.0) + until.epochs
    return asked


def check_epoch_ends(stages: Sequence[ScheduleStage], total: int | None, most_epochs: float, place: Place) -> None:
    """Check an order in which some stages last for epochs: where the others end, and that epochs may be repeated."""
    last = stages[-1].until
    for at, stage in enumerate(stages):
        until = place.at(at, "until")
        if isinstance(stage.until, Epochs):
            if not stage.weights.get(stage.until.stream):
                raise until.error(f"the stage draws nothing from {stage.until.stream!r}, whose epochs end it")
        elif isinstance(stage.until, float) and total is None:
            raise until.error(f"{stage.until} is a fraction of the run, which needs a total")
    if isinstance(last, Epochs) and total is not None:
        message = f"the run ends after {last.epochs:g} epochs of {last.stream}; a total ({total}) can't say so too"
        raise place.at(len(stages) - 1, "until").error(message)
    if total is not None and last not in (1.0, total):
        message = f"the last stage ends at {last}, not at the end of the run (1.0 or {total})"
        raise place.at(len(stages) - 1, "until").error(message)
    for stream, epochs in epochs_asked(stages).items():
        if epochs > most_epochs:
            message = f"{epochs:g} epochs of {stream} are asked for; allow them with repeat: {{max_epochs: {epochs:g}}}"
            raise place.error(message)


def check_ends(stages: Sequence[ScheduleStage], total: int | None, place: Place) -> None:
    """Check that stages follow each other up to the end."""
    ends: list[float] = []
    for at, stage in enumerate(stages):
        until = place.at(at, "until")
        assert not isinstance(stage.until, Epochs)
        if isinstance(stage.until, int) and total is None:
            raise until.error(f"{stage.until} is a position, which needs a total (1.0 is the end)")
        if stage.until == 1 and isinstance(stage.until, int):
            until.warn("1 is the first position; the end of the run is 1.0")
        ends.append(stage.until / total if isinstance(stage.until, int) and total else stage.until)
        if at and ends[at] <= ends[at - 1]:
            raise until.error(f"{stage.until} is not after the end of the stage before")
    if ends[-1] != 1:
        wanted = f"1.0 or {total}" if total else "1.0"
        message = f"the last stage ends at {stages[-1].until}, not at the end of the run ({wanted})"
        raise place.at(len(stages) - 1, "until").error(message)
