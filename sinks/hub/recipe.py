"""The parameters of `write: hub`."""

from dataclasses import dataclass
from typing import ClassVar

from sinks.hub.names import check_names


@dataclass(frozen=True)
class Hub:
    """Publishes the whole output on the Hugging Face Hub once it is complete, as `langloom publish` does.

    Parameters:
      repo: the data set, OWNER/NAME; the same in all datasets of the recipe.
      public: let everybody see it; otherwise, what is new is private.
      revision: the branch.
      tag: tag the commit; `signature` stands for a name made of the run signature.
      with_rejects: send what was rejected, too.
    """

    repo: str
    public: bool = False
    revision: str = "main"
    tag: str = ""
    with_rejects: bool = False

    shorthand: ClassVar[str] = "repo"

    def __post_init__(self) -> None:
        check_names(self.repo, self.revision, self.tag)
