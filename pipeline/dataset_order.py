"""A dataset's order as the graph carries it, from what the recipe says of the dataset."""

from collections.abc import Mapping

from pipeline.model import Dataset, Recipe, ScheduleStage
from transforms.order.dataset_order import Order
from transforms.order.epoch_stages import Epochs, OrderStage, Stages
from transforms.order.schedule import Schedule
from transforms.order.stages import Stretch, compile_stages


def order_of(recipe: Recipe, dataset: Dataset, buckets: int) -> Order:
    """Return a dataset's order, for ranks in so many buckets."""
    schedule, stages = None, None
    if isinstance(dataset.mix, Mapping):
        schedule = Schedule.constant([dataset.mix.get(name, 0.0) for name in dataset.streams])
    elif any(isinstance(stage.until, Epochs) for stage in dataset.order):
        stages = Stages(tuple(order_stage(dataset, stage) for stage in dataset.order))
    elif dataset.order:
        schedule = compile_stages([_stretch(dataset, stage) for stage in dataset.order])
    parquet = dataset.write.parquet
    return Order(
        dataset=dataset.name,
        seed=recipe.seed,
        streams=dataset.streams,
        schedule=schedule,
        total=dataset.total,
        max_epochs=dataset.repeat.max_epochs,
        exhausted=dataset.exhausted,
        splits=tuple(dataset.split.items()),
        rows_per_shard=parquet.rows_per_shard,
        bytes_per_shard=parquet.bytes_per_shard,
        buckets=buckets,
        mixture=dataset.mixture,
        stages=stages,
        tokenizer=dataset.tokenizer,
        in_tokens=dataset.unit == "tokens",
    )


def order_stage(dataset: Dataset, stage: ScheduleStage) -> OrderStage:
    """Return a stage with its weights in the order of the dataset's streams."""
    return OrderStage(stage.until, tuple(stage.weights.get(name, 0.0) for name in dataset.streams), stage.ramp)


def _stretch(dataset: Dataset, stage: ScheduleStage) -> Stretch:
    assert not isinstance(stage.until, Epochs)
    until = stage.until / dataset.total if isinstance(stage.until, int) and dataset.total else stage.until
    return Stretch(until, [stage.weights.get(name, 0.0) for name in dataset.streams], stage.ramp)
