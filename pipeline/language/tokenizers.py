"""The tokenizers of a recipe: checked where they are named, pinned before a run, and part of its signature."""

from collections.abc import Mapping
from dataclasses import replace

from pipeline.errors import Problem, RecipeError
from pipeline.language.place import Place
from pipeline.model import Recipe, Step
from transforms.optional_methods import Pinnable
from transforms.tokens.loading import check, pinned
from transforms.tokens.names import TokenizerError


def checked(tokenizer: str, place: Place) -> str:
    """Return a tokenizer's name with its path resolved; RecipeError where it names nothing. The network isn't asked."""
    try:
        return check(tokenizer, place.document.folder)
    except TokenizerError as error:
        raise place.error(str(error)) from None


def check_unit(dataset: Place) -> None:
    """Raise RecipeError where shares that count tokens make no sense of a dataset's mix or order."""
    order, mix, unit = dataset.value.get("order"), dataset.value.get("mix"), dataset.at("unit")
    if isinstance(order, Mapping) and "opustrainer" in order:
        raise unit.error("OpusTrainer's stages count lines, so that `unit: tokens` can't go with them")
    if "order" in dataset.value:
        return
    if mix == "concatenate":
        message = "concatenate takes every stream whole, whatever is counted: leave the unit out, or give weights"
        raise unit.error(message)
    if isinstance(mix, Mapping) and "allocate" in mix:
        message = "allocate divides pairs by curves over pairs, so that `unit: tokens` can't go with it"
        raise unit.error(message)


def with_pinned(recipe: Recipe) -> Recipe:
    """Return the recipe with the commits of tokenizers of the Hub, which is asked for them.

    RecipeError where there is no such repository, or the Hub can't be asked.
    """
    try:
        streams = {
            name: replace(stream, steps=tuple(_with_pinned_rules(step) for step in stream.steps))
            for name, stream in recipe.streams.items()
        }
        datasets = {
            name: replace(dataset, tokenizer=pinned(dataset.tokenizer)) if dataset.tokenizer else dataset
            for name, dataset in recipe.datasets.items()
        }
    except TokenizerError as error:
        raise RecipeError(Problem(str(error), recipe.path)) from None
    return replace(recipe, streams=streams, datasets=datasets)


def _with_pinned_rules(step: Step) -> Step:
    if step.kind != "keep":
        return step
    rules = {name: rule.pinned() if isinstance(rule, Pinnable) else rule for name, rule in step.step.items()}
    return replace(step, step=rules)
