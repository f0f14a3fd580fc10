"""Bringing a branch to what is wanted: contents first, then one commit, asked for again until it is sure."""

from collections.abc import Sequence
from dataclasses import dataclass

from huggingface_hub.errors import HfHubHTTPError

from sinks.hub.errors import HubError
from sinks.hub.folder import Item
from sinks.hub.repository import Change, Head, Repository, difference
from sinks.hub.retries import ERRORS, TRIES, configure_client, describe
from sinks.written import MANIFEST


@dataclass(frozen=True)
class Publication:
    """What is to be published beside the files.

    Attributes:
      title: the commit's first line.
      signature: the run signature, the commit's further text and the tag's message.
      public: whether everybody is to see the repository.
      tag: the tag for the commit; "" for none.
    """

    title: str
    signature: str
    public: bool = False
    tag: str = ""


@dataclass(frozen=True)
class Outcome:
    """What publishing came to.

    Attributes:
      commit: the commit that holds the files.
      change: what it changed; nothing where all was there.
      private: whether the repository is private.
      created: whether there was no such repository.
      did: what was done, in words: `branched`, `committed`, `tagged`, `opened`.
    """

    commit: str
    change: Change
    private: bool
    created: bool
    did: tuple[str, ...]


def preview(repository: Repository, items: Sequence[Item], publication: Publication) -> Outcome:
    """Return what `send` would do, having only looked."""
    found = repository.head()
    head = found or Head("", True, {})
    change = difference(items, head.files)
    tagged = found is not None and _tag(repository, items, publication)
    would_do = {
        "branched": not head.commit and repository.revision != "main",
        "committed": bool(change),
        "tagged": bool(publication.tag) and not tagged,
        "opened": _opens(head, publication),
    }
    did = tuple(word for word, done in would_do.items() if done)
    return Outcome(head.commit, change, head.private and not publication.public, found is None, did)


def send(repository: Repository, items: Sequence[Item], publication: Publication) -> Outcome:
    """Make the branch hold the files, and no shards of another run beside them; HubError where that can't be.

    Contents are sent first, and named by one commit on the head that was compared: the branch is at every moment as
    it was or as it should be. Whatever becomes of the request for the commit, the head is read again and compared, so
    that a commit whose answer was lost is recognised, and one that was overtaken is made anew. Where it was another
    publication that overtook it, that one has won, and HubError says so.
    """
    head, did = repository.head(), []
    if created := head is None:
        repository.create()
        head = repository.head()
    if head and not head.commit:
        repository.create_branch()
        did.append("branched")
        head = repository.head()
    if not head or not head.commit:
        raise HubError(f"{repository.name} was created, but can't be seen: run the same command again")
    if not head.private and not publication.public:
        repository.retries.tell(f"{repository.name} is public already: everybody will see what is sent")
    tagged = _tag(repository, items, publication)
    change = difference(items, head.files)
    commit = head.commit
    if change:
        commit = _commit(repository, items, publication, head, change)
        did.append("committed")
    if publication.tag and not tagged:
        repository.tag(publication.tag, commit, publication.signature)
        did.append("tagged")
    if _opens(head, publication):
        repository.open()
        did.append("opened")
    return Outcome(commit, change, head.private and not publication.public, created, tuple(did))


def _opens(head: Head, publication: Publication) -> bool:
    return publication.public and head.private


def _tag(repository: Repository, items: Sequence[Item], publication: Publication) -> bool:
    """Say whether the tag is there; HubError where it is, on something else."""
    if not publication.tag or not (commit := repository.tags().get(publication.tag)):
        return False
    if difference(items, repository.files(commit)):
        raise HubError(
            f"{repository.name} has a tag {publication.tag} already, on other contents ({commit[:8]}), and tags aren't "
            "moved: choose another name with --tag NAME"
        )
    return True


def _commit(
    repository: Repository, items: Sequence[Item], publication: Publication, first: Head, change: Change
) -> str:
    """Send and commit until the head holds what is wanted, and return the commit."""
    what, head = f"committing to {repository.name}", first
    for number in range(1, TRIES + 1):
        repository.send(change.sent)
        configure_client()
        try:
            commit = repository.commit(head.commit, change, publication.title, publication.signature)
        except ERRORS as error:
            if _is_overtaken(error):
                repository.retries.tell(f"{what}: {describe(error)}; looking again")
            else:
                repository.retries.wait(what, error, number)
            now = repository.head()
            if now is None:
                raise HubError(f"{repository.name} was deleted in the meantime") from None
            _check_won(repository, items, first, now)
            head, change = now, difference(items, now.files)
            if not change:
                return head.commit
            continue
        _check_held(repository, items, commit)
        return commit
    raise HubError(f"{what}: others committed before, {TRIES} times; run the same command again")


def _is_overtaken(error: Exception) -> bool:
    """Say whether a commit was refused because its parent isn't the branch's head any more."""
    return (
        isinstance(error, HfHubHTTPError)
        and error.response.status_code == 412
        and "/commit/" in str(error.response.url)
    )


def _check_won(repository: Repository, items: Sequence[Item], first: Head, now: Head) -> None:
    """Raise HubError where another publication has been committed since the head was first read."""
    mine = [item for item in items if item.path == MANIFEST]
    if now.files.get(MANIFEST) != first.files.get(MANIFEST) and difference(mine, now.files).sent:
        raise HubError(
            f"another data set was published to {repository.name} while this one was on its way, and stays "
            f"({now.commit[:8]}); run the same command again to put this one in its place"
        )


def _check_held(repository: Repository, items: Sequence[Item], commit: str) -> None:
    """Raise HubError where a commit doesn't hold what was sent."""
    if left := difference(items, repository.files(commit)):
        names = [item.path for item in left.sent] + list(left.deleted)
        raise HubError(f"the commit {commit[:8]} isn't what was sent: {', '.join(names[:5])}")
