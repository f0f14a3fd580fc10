"""`langloom publish`: an output folder becomes a data set of the Hugging Face Hub."""

import os
import re
from collections.abc import Mapping
from typing import Any

from huggingface_hub import HfApi, get_token, is_offline_mode
from rich.console import Console

from sinks.hub.errors import HubError, PublishError
from sinks.hub.folder import Folder, read_folder
from sinks.hub.names import BY_SIGNATURE, tag_of
from sinks.hub.recipe import Hub
from sinks.hub.repository import Repository
from sinks.hub.retries import Retries, quietly
from sinks.hub.send import Outcome, Publication, preview, send
from sinks.licenses import conflicts, roll_up
from transforms.translate.engines import EngineError
from transforms.translate.secrets import redacted, resolve_key


def publish(
    output: str, hub: Hub, console: Console, dry_run: bool = False, token_name: str | None = None
) -> dict[str, Any]:
    """Publish an output folder, and return what was done as plain data.

    Args:
      output: the output folder.
      hub: where it goes, and how.
      console: where to tell of it.
      dry_run: only say what would be done.
      token_name: where the token is, as `env:NAME` or `file:PATH`; None for that of the Hub's own login.

    Raises PublishError and OutputError where the token's name or the folder is wrong (status 2), and HubError where the
    Hub refuses or can't be reached (status 1). No text or exception holds the token.
    """
    token = _token(token_name)
    folder = read_folder(output, hub.repo, hub.with_rejects)
    size = sum(item.size for item in folder.items)
    console.print(f"{output}: {len(folder.items):,} files, {size:,} bytes, as its manifest says")
    for conflict in conflicts(roll_up(folder.manifest)):
        console.print(f"warning: licences: {conflict}")
    try:
        return _report(hub, folder, _published(hub, folder, console, dry_run, token), dry_run)
    except HubError as error:
        said = redacted(str(error), [token] if token else [])
    raise HubError(said)


def _published(hub: Hub, folder: Folder, console: Console, dry_run: bool, token: str | None) -> Outcome:
    if is_offline_mode():
        raise HubError("HF_HUB_OFFLINE is set, so that the Hub isn't asked: unset it to publish")
    token = token or get_token()
    if not token and not dry_run:
        raise HubError("the Hub doesn't know who you are: log in with `hf auth login`, or give --token env:NAME")

    def tell(line: str) -> None:
        console.print(redacted(line, [token] if token else []), markup=False, highlight=False)

    api = HfApi(endpoint=os.environ.get("HF_ENDPOINT") or None, token=token or False, library_name="langloom")
    repository = Repository(api, hub.repo, hub.revision, Retries(tell))
    publication = _publication(hub, folder.manifest)
    with quietly():
        return (preview if dry_run else send)(repository, folder.items, publication)


def _token(name: str | None) -> str | None:
    """Return the token that is named, or None where it is for the Hub's own login."""
    if name is None:
        return None
    if not re.fullmatch(r"(env|file):.+", name):
        raise PublishError("--token: a token is only ever named, as env:NAME or file:PATH; its value is not shown")
    try:
        return resolve_key(name)
    except EngineError as error:
        raise PublishError(f"--token: {error}".replace("API key", "token")) from None


def _publication(hub: Hub, manifest: Mapping[str, Any]) -> Publication:
    signature = str(manifest["signature"])
    tag = tag_of(signature) if hub.tag == BY_SIGNATURE else hub.tag
    return Publication(f"Publish {manifest['name']}", signature, hub.public, tag)


def _report(hub: Hub, folder: Folder, outcome: Outcome, dry_run: bool) -> dict[str, Any]:
    state = "planned" if dry_run and (outcome.did or outcome.created) else "published"
    sent = [
        {"path": item.path, "bytes": item.size, "sha256": item.sha256, "change": change}
        for change, items in (("added", outcome.change.added), ("replaced", outcome.change.replaced))
        for item in items
    ]
    endpoint = (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")
    return {
        "state": state if outcome.did or outcome.created else "unchanged",
        "repo": hub.repo,
        "url": f"{endpoint}/datasets/{hub.repo}",
        "revision": hub.revision,
        "commit": outcome.commit,
        "signature": folder.manifest["signature"],
        "tag": _publication(hub, folder.manifest).tag or None,
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
