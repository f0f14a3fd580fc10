"""`langloom publish`: an output folder becomes a data set of the Hugging Face Hub."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from huggingface_hub import HfApi, get_token, is_offline_mode
from rich.console import Console

from sinks.hub.errors import HubError, PublishError
from sinks.hub.folder import Folder, read_folder
from sinks.hub.names import BY_SIGNATURE, check_names, tag_of
from sinks.hub.repository import Repository
from sinks.hub.retries import Retries, quietly
from sinks.hub.send import Outcome, Publication, preview, send
from sinks.licenses import conflicts, roll_up
from transforms.translate.engines import EngineError
from transforms.translate.secrets import redacted, resolve_key


@dataclass(frozen=True)
class PublishOptions:
    """The arguments of `langloom publish`.

    Attributes:
      folder: the output folder.
      repo: OWNER/NAME.
      public: whether everybody is to see it.
      revision: the branch.
      tag: a tag's name; `signature` for one made of the run signature; "" for none.
      dry_run: only say what would be done.
      with_rejects: send what was rejected, too.
      token: where the token is, as `env:NAME` or `file:PATH`; None for that of the Hub's own login.
    """

    folder: str
    repo: str
    public: bool = False
    revision: str = "main"
    tag: str = ""
    dry_run: bool = False
    with_rejects: bool = False
    token: str | None = None


def publish(options: PublishOptions, console: Console) -> dict[str, Any]:
    """Publish an output folder, and return what was done as plain data.

    Raises PublishError and FolderError where the arguments or the folder are wrong (status 2), and HubError where the
    Hub refuses or can't be reached (status 1). No text or exception holds the token.
    """
    _check(options)
    token = _token(options)
    folder = read_folder(options.folder, options.repo, options.with_rejects)
    size = sum(item.size for item in folder.items)
    console.print(f"{options.folder}: {len(folder.items):,} files, {size:,} bytes, as its manifest says")
    for conflict in conflicts(roll_up(folder.manifest)):
        console.print(f"warning: licences: {conflict}")
    try:
        return _report(options, folder, _published(options, token, folder, console))
    except HubError as error:
        said = redacted(str(error), [token] if token else [])
    raise HubError(said)


def _published(options: PublishOptions, token: str | None, folder: Folder, console: Console) -> Outcome:
    if is_offline_mode():
        raise HubError("HF_HUB_OFFLINE is set, so that the Hub isn't asked: unset it to publish")
    token = token or get_token()
    if not token and not options.dry_run:
        raise HubError("the Hub doesn't know who you are: log in with `hf auth login`, or give --token env:NAME")

    def tell(line: str) -> None:
        console.print(redacted(line, [token] if token else []), markup=False, highlight=False)

    api = HfApi(endpoint=os.environ.get("HF_ENDPOINT") or None, token=token or False, library_name="langloom")
    repository = Repository(api, options.repo, options.revision, Retries(tell))
    publication = _publication(options, folder.manifest)
    with quietly():
        return (preview if options.dry_run else send)(repository, folder.items, publication)


def _check(options: PublishOptions) -> None:
    """Raise PublishError for arguments that can't be right."""
    try:
        check_names(options.repo, options.revision, options.tag)
    except ValueError as error:
        raise PublishError(f"--{error}") from None


def _token(options: PublishOptions) -> str | None:
    """Return the token that is named, or None where it is for the Hub's own login."""
    if options.token is None:
        return None
    if not re.fullmatch(r"(env|file):.+", options.token):
        raise PublishError("--token: a token is only ever named, as env:NAME or file:PATH; its value is not shown")
    try:
        return resolve_key(options.token)
    except EngineError as error:
        raise PublishError(f"--token: {error}".replace("API key", "token")) from None


def _publication(options: PublishOptions, manifest: Mapping[str, Any]) -> Publication:
    signature = str(manifest["signature"])
    tag = tag_of(signature) if options.tag == BY_SIGNATURE else options.tag
    return Publication(f"Publish {manifest['name']}", signature, options.public, tag)


def _report(options: PublishOptions, folder: Folder, outcome: Outcome) -> dict[str, Any]:
    state = "planned" if options.dry_run and (outcome.did or outcome.created) else "published"
    sent = [
        {"path": item.path, "bytes": item.size, "sha256": item.sha256, "change": change}
        for change, items in (("added", outcome.change.added), ("replaced", outcome.change.replaced))
        for item in items
    ]
    endpoint = (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")
    return {
        "state": state if outcome.did or outcome.created else "unchanged",
        "repo": options.repo,
        "url": f"{endpoint}/datasets/{options.repo}",
        "revision": options.revision,
        "commit": outcome.commit,
        "signature": folder.manifest["signature"],
        "tag": _publication(options, folder.manifest).tag or None,
        "private": outcome.private,
        "created": outcome.created,
        "did": list(outcome.did),
        "files": sent,
        "deleted": list(outcome.change.deleted),
    }


def show_published(report: Mapping[str, Any], console: Console) -> None:
    """Print what was done, or would be."""
    where = f"{report['url']} ({report['revision']}{', private' if report['private'] else ', public'})"
    if report["state"] == "unchanged":
        console.print(f"{where} holds this data set already ({report['signature']}): nothing to do", soft_wrap=True)
        return
    planned = report["state"] == "planned"
    for file in report["files"] if planned else ():
        console.print(f"{file['change']:>9}  {file['path']}  {file['bytes']:,} bytes", soft_wrap=True)
    for path in report["deleted"] if planned else ():
        console.print(f"  deleted  {path}", soft_wrap=True)
    numbers = {change: sum(file["change"] == change for file in report["files"]) for change in ("added", "replaced")}
    numbers["deleted"] = len(report["deleted"])
    counts = ", ".join(f"{number:,} {change}" for change, number in numbers.items() if number) or "no file changed"
    size = sum(file["bytes"] for file in report["files"])
    further = "".join(f", {word}" for word in report["did"] if word != "committed")
    end = "nothing was sent (--dry-run)" if planned else f"commit {report['commit'][:8]}"
    console.print(f"{where}: {counts} ({size:,} bytes){further}; {end}", soft_wrap=True)
