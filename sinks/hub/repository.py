"""A data set's repository on the Hub: what it holds, and the few things that publishing does to it."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi
from huggingface_hub.errors import RepositoryNotFoundError, RevisionNotFoundError
from huggingface_hub.hf_api import RepoFile

from sinks.hub.folder import Item
from sinks.hub.retries import Retries
from sinks.written import REJECTS, SHARD

KIND = "dataset"

TOGETHER = 16
"""Files that are sent before the next ones: Xet notes what it has when all of them are there."""

AT_ONCE = 4
"""Files that are sent at a time through LFS."""


@dataclass(frozen=True)
class Head:
    """A revision as it is.

    Attributes:
      commit: its hash; "" for a revision that is to be created.
      private: whether the repository is.
      files: the hash of each file by its path: the SHA-256 of large ones, git's of others.
    """

    commit: str
    private: bool
    files: Mapping[str, str]


@dataclass(frozen=True)
class Change:
    """What makes a revision into what is wanted."""

    added: tuple[Item, ...]
    replaced: tuple[Item, ...]
    deleted: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.replaced or self.deleted)

    @property
    def sent(self) -> tuple[Item, ...]:
        """Return the files that are new there."""
        return self.added + self.replaced


def difference(items: Sequence[Item], files: Mapping[str, str]) -> Change:
    """Return what to change in a revision that holds these files.

    Deleted is what an earlier publication left: names of shards and rejects that aren't wanted any more. With it, a
    configuration's pattern would find shards of two runs. Whatever else the repository holds stays.
    """
    wanted = {item.path for item in items}
    changed = (item for item in items if item.path in files and not _is(item, files[item.path]))
    stale = (path for path in files if SHARD.fullmatch(path) or REJECTS.fullmatch(path))
    return Change(
        tuple(item for item in items if item.path not in files),
        tuple(changed),
        tuple(sorted(path for path in stale if path not in wanted)),
    )


def _is(item: Item, known: str) -> bool:
    """Say whether a file is the one that a revision knows by this hash, which is git's for small files only."""
    return known == (item.sha256 if len(known) == len(item.sha256) else item.git_hash)


@dataclass
class Repository:
    """A repository. Requests that failed for a passing reason are repeated.

    Every method raises HubError where the Hub refuses or can't be reached.

    Attributes:
      api: huggingface_hub's client, which knows the token.
      name: OWNER/NAME.
      revision: the branch that is published to.
      retries: repeats requests that failed for a passing reason.
    """

    api: HfApi
    name: str
    revision: str
    retries: Retries
    _sent: dict[str, CommitOperationAdd] = field(default_factory=dict)

    def head(self) -> Head | None:
        """Return the branch as it is; None where the repository isn't there, an empty commit where the branch isn't."""
        try:
            return self._described(self.revision)
        except RepositoryNotFoundError:
            return None
        except RevisionNotFoundError:
            main = self._described("main")
            return Head("", main.private, main.files)

    def files(self, revision: str) -> dict[str, str]:
        """Return the hash of each file of a commit or a tag."""

        def listed() -> dict[str, str]:
            tree = self.api.list_repo_tree(self.name, recursive=True, revision=revision, repo_type=KIND)
            files = [entry for entry in tree if isinstance(entry, RepoFile)]
            return {file.path: file.lfs.sha256 if file.lfs else file.blob_id for file in files}

        return self.retries.ask(f"looking into {self.name}", listed, tries=1)

    def tags(self) -> dict[str, str]:
        """Return the commits of the tags by their names."""
        refs = self.retries.ask(
            f"looking for tags of {self.name}", lambda: self.api.list_repo_refs(self.name, repo_type=KIND)
        )
        return {tag.name: tag.target_commit for tag in refs.tags}

    def create(self) -> None:
        """Create the repository, private: it is opened when it holds what it should."""
        self.retries.ask(
            f"creating {self.name}",
            lambda: self.api.create_repo(self.name, private=True, repo_type=KIND, exist_ok=True),
        )

    def create_branch(self) -> None:
        """Create the branch from `main`."""
        self.retries.ask(
            f"creating the branch {self.revision}",
            lambda: self.api.create_branch(self.name, branch=self.revision, repo_type=KIND, exist_ok=True),
        )

    def send(self, items: Sequence[Item]) -> None:
        """Send the contents of large files, several at a time; what is there already isn't sent again."""
        missing = [item for item in items if item.path not in self._sent]
        for start in range(0, len(missing), TOGETHER):
            operations = [_addition(item) for item in missing[start : start + TOGETHER]]
            self.retries.ask(
                "sending files",
                lambda operations=operations: self.api.preupload_lfs_files(  # type: ignore[misc]
                    self.name,
                    operations,
                    repo_type=KIND,
                    revision=self.revision,
                    num_threads=AT_ONCE,
                    free_memory=False,
                    gitignore_content="",  # the repository's own would leave out files without a word
                ),
                tries=1,
            )
            self._sent |= {operation.path_in_repo: operation for operation in operations}
            if len(missing) > TOGETHER:
                self.retries.tell(f"{start + len(operations):,} of {len(missing):,} files are there")

    def commit(self, parent: str, change: Change, title: str, text: str) -> str:
        """Commit a change whose files were sent, at once or not at all, and return the commit's hash.

        Errors are those of huggingface_hub: whether it happened is for the caller to find out.
        """
        additions = [self._sent[item.path] for item in change.sent]
        deletions = [CommitOperationDelete(path, is_folder=False) for path in change.deleted]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the Hub's remarks on cards
            made = self.api.create_commit(
                self.name,
                [*additions, *deletions],
                commit_message=title,
                commit_description=text,
                repo_type=KIND,
                revision=self.revision,
                parent_commit=parent,
            )
        return str(made.oid)

    def tag(self, name: str, commit: str, message: str) -> None:
        """Tag a commit."""
        self.retries.ask(
            f"tagging {name}",
            lambda: self.api.create_tag(
                self.name, tag=name, tag_message=message, revision=commit, repo_type=KIND, exist_ok=True
            ),
        )

    def open(self) -> None:
        """Let everybody see the repository."""
        self.retries.ask(
            f"opening {self.name}",
            lambda: self.api.update_repo_settings(self.name, private=False, repo_type=KIND),
        )

    def _described(self, revision: str) -> Head:
        info = self.retries.ask(
            f"looking into {self.name}",
            lambda: self.api.dataset_info(self.name, revision=revision, timeout=60),
            expected=(RepositoryNotFoundError, RevisionNotFoundError),
        )
        assert info.sha
        return Head(info.sha, bool(info.private), self.files(info.sha))


def _addition(item: Item) -> CommitOperationAdd:
    addition = CommitOperationAdd(item.path, str(item.file) if item.file else item.data)
    addition.upload_info.sha256 = bytes.fromhex(item.sha256)  # known: it isn't computed again
    return addition
