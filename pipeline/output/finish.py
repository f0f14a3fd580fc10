"""What becomes of a finished job: its output folder, written by the launcher, or by a worker where none waits."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pipeline.model import Recipe
from pipeline.output.folder import check_free, shard_files, write_output
from pipeline.output.manifest import manifest
from pipeline.output.remarks import about_damaged_lines, remarks
from pipeline.output.result import read_result
from pipeline.output.work_folder import clear
from pipeline.runners.dataflow import store_errors
from sinks.written import read_manifest
from transforms.translate.memory import Memory


@dataclass(frozen=True)
class Finish:
    """Writes the output folder from what a job left in its work folder, and clears that.

    Attributes:
      recipe: what was run.
      signature: the run signature.
      work: the work folder.
      sources: by name, what was read of each source.
    """

    recipe: Recipe
    signature: str
    work: str
    sources: Mapping[str, Any]

    def made(self, result: Mapping[str, Any]) -> dict[str, Any]:
        """Return the manifest of a job that described itself so."""
        return manifest(self.recipe, self.signature, result, shard_files(result), self.sources)

    def write(self, made: Mapping[str, Any], result: Mapping[str, Any]) -> None:
        """Write the output folder, and clear the work folder; WriteError where there is no room for it."""
        write_output(self.recipe.output, made, self.recipe.text, result)
        clear(self.work)

    def fold(self) -> list[str]:
        """Move what was journaled into the translation memory's shards; return what a person should know of it.

        That it can't be done now is among this: it takes nothing from the output.
        """
        memory = Memory(self.recipe.memory)
        if not self.recipe.engines:
            return []
        refusals: tuple[type[Exception], ...] = (OSError, *store_errors())
        try:
            memory.fold()
            return list(about_damaged_lines(memory.damaged_lines(), memory.damaged))
        except refusals as error:
            later = f"`langloom tm compact {memory.path}` folds them when that is mended"
            return [f"{error}; what was translated stays in the memory's journals: {later}"]

    def without_secrets(self) -> "Finish":
        """Return the same without what must not be sent: texts that messages leave out, options, the recipe's path."""
        return replace(self, recipe=replace(self.recipe, secrets=(), runner={}, runner_lines={}, path=""))


@dataclass(frozen=True)
class FinishThere:
    """Finishes on a worker, as the last step of a job.

    Attributes:
      finish: what is done.
      force: whether a complete output of something else is replaced.
    """

    finish: Finish
    force: bool

    def __call__(self, path: str) -> None:
        """Write the output that this file describes, unless an earlier try of the same bundle has done so.

        What a launcher would tell a person is logged.
        """
        result = read_result(path)
        made = self.finish.made(result)
        if read_manifest(self.finish.recipe.output) == made:
            clear(self.finish.work)
        elif check_free(self.finish.recipe.output, self.finish.signature, self.force):
            self.finish.write(made, result)
        for remark in (*remarks(made), *self.finish.fold()):
            logging.getLogger(__name__).warning(remark)
