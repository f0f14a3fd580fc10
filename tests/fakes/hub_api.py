"""What the fake Hub answers about repositories: creating them, looking into them, committing to them."""

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode

import orjson

from tests.fakes.hub_blobs import Blobs
from tests.fakes.hub_repositories import File, Repository, is_ignored, is_large, pointer, regular
from tests.fakes.wire import HttpReply, HttpRequest, json_reply

PAGE = 100
"""Entries of a tree that are listed at once."""

REPOSITORY = "/api/datasets/(?P<name>[^/]+/[^/]+)"


def refused(status: int, code: str, message: str) -> HttpReply:
    """Return an error as the Hub words it."""
    return json_reply({"error": message}, status, {"x-error-code": code, "x-error-message": message})


@dataclass
class Api:
    """Answers requests to `/api`.

    Attributes:
      blobs: the large file storage.
      base: the Hub's own address.
      repositories: by name.
      namespaces: who may own repositories.
    """

    blobs: Blobs
    base: str = ""
    repositories: dict[str, Repository] = field(default_factory=dict)
    namespaces: tuple[str, ...] = ("me",)

    def routes(self) -> list[tuple[str, str, Callable[..., HttpReply]]]:
        """Return method, pattern of the path, and what answers."""
        there = REPOSITORY
        return [
            ("POST", "/api/repos/create", self.create),
            ("POST", "/api/validate-yaml", self.validate),
            ("GET", there, self.info),
            ("GET", f"{there}/revision/(?P<revision>[^/]+)", self.info),
            ("PUT", f"{there}/settings", self.settings),
            ("POST", f"{there}/preupload/(?P<revision>[^/]+)", self.preupload),
            ("POST", f"{there}/commit/(?P<revision>[^/]+)", self.commit),
            ("GET", f"{there}/tree/(?P<revision>[^/]+)(?:/(?P<path>.+))?", self.tree),
            ("POST", f"{there}/paths-info/(?P<revision>[^/]+)", self.paths),
            ("GET", f"{there}/refs", self.refs),
            ("POST", f"{there}/branch/(?P<revision>[^/]+)", self.branch),
            ("POST", f"{there}/tag/(?P<revision>[^/]+)", self.tag),
            ("GET", f"{there}/xet-(?:read|write)-token/(?P<revision>[^/]+)", self.xet_token),
        ]

    def create(self, request: HttpRequest) -> HttpReply:
        """Create a repository."""
        asked = orjson.loads(request.body)
        name = f"{asked.get('organization') or self.namespaces[0]}/{asked['name']}"
        if name.partition("/")[0] not in self.namespaces:
            return refused(403, "", "You don't have the rights to create a dataset under this namespace")
        if name in self.repositories:
            return json_reply({"error": "You already created this dataset repo", "url": self._url(name)}, 409)
        self.repositories[name] = Repository(name, asked.get("visibility") == "private")
        return json_reply({"url": self._url(name), "name": name, "id": name})

    def validate(self, request: HttpRequest) -> HttpReply:
        """Say whether a card's head is good: here, whether there is one."""
        content = orjson.loads(request.body)["content"]
        if re.match(r"---\n.*?\n---\n", content, re.DOTALL):
            return json_reply({"errors": [], "warnings": []})
        return json_reply({"errors": [{"message": "no metadata"}], "warnings": []}, 400)

    def info(self, request: HttpRequest, name: str, revision: str = "main") -> HttpReply:
        """Describe a revision."""
        there = self.repositories[name]
        commit = there.resolve(revision)
        if not commit:
            return refused(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        described = {
            "_id": "0" * 24,
            "id": name,
            "author": name.partition("/")[0],
            "sha": commit.oid,
            "lastModified": "2026-01-01T00:00:00.000Z",
            "createdAt": "2026-01-01T00:00:00.000Z",
            "private": there.private,
            "disabled": False,
            "gated": False,
            "downloads": 0,
            "likes": 0,
            "tags": [],
            "cardData": {},
            "siblings": [{"rfilename": path} for path in sorted(commit.tree)],
        }
        return json_reply(described)

    def settings(self, request: HttpRequest, name: str) -> HttpReply:
        """Change the visibility."""
        visibility = orjson.loads(request.body)["visibility"]
        self.repositories[name].private = visibility == "private"
        return json_reply({"visibility": visibility})

    def preupload(self, request: HttpRequest, name: str, revision: str) -> HttpReply:
        """Say how each file is to be sent, what is there under its name, and whether a .gitignore leaves it out."""
        commit = self.repositories[name].resolve(revision)
        if not commit:
            return refused(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        asked = orjson.loads(request.body)
        ignore = asked.get("gitIgnore", commit.tree.get(".gitignore", regular(b"")).data.decode())
        answers = []
        for file in asked["files"]:
            there = commit.tree.get(file["path"])
            large = is_large(file["path"], file["size"], base64.b64decode(file["sample"]))
            answers.append(
                {
                    "path": file["path"],
                    "uploadMode": "lfs" if large else "regular",
                    "shouldIgnore": is_ignored(file["path"], ignore),
                    "oid": (there.sha256 or there.oid) if there else None,
                }
            )
        return json_reply({"files": answers, "commitOid": commit.oid})

    def commit(self, request: HttpRequest, name: str, revision: str) -> HttpReply:
        """Commit all of the operations or none of them, on the parent that is named."""
        there = self.repositories[name]
        if revision not in there.branches:
            return refused(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        tree, title = there.tree(revision), ""
        for line in filter(None, request.body.splitlines()):
            operation = orjson.loads(line)
            key, value = operation["key"], operation["value"]
            if key == "header":
                title = value["summary"]
                if value.get("parentCommit") not in (None, there.branches[revision]):
                    return refused(412, "", "A commit has happened since. Please refresh and try again.")
            elif problem := self._apply(tree, key, value):
                return problem
        oid = there.commit(revision, title, tree)
        return json_reply({"success": True, "commitOid": oid, "commitUrl": f"{self._url(name)}/commit/{oid}"})

    def _apply(self, tree: dict[str, File], key: str, value: Mapping[str, Any]) -> HttpReply | None:
        path = value["path"]
        if key == "file":
            tree[path] = regular(base64.b64decode(value["content"]))
        elif key == "lfsFile":
            if not self.blobs.has(value["oid"]):
                return refused(400, "LfsMissing", f"LFS pointer pointed to a file that does not exist: {path}")
            tree[path] = pointer(value["oid"], self.blobs.path(value["oid"]).stat().st_size)
        elif tree.pop(path, None) is None:
            return refused(404, "EntryNotFound", f"A file with this name doesn't exist: {path}")
        return None

    def tree(self, request: HttpRequest, name: str, revision: str, path: str = "") -> HttpReply:
        """List a folder, a page at a time."""
        commit = self.repositories[name].resolve(revision)
        if not commit:
            return refused(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        query = {key: values[0] for key, values in parse_qs(request.query).items()}
        below = f"{path.strip('/')}/" if path else ""
        found: dict[str, Any] = {}
        for each in sorted(each for each in commit.tree if each.startswith(below)):
            first, *rest = each.removeprefix(below).split("/")
            folders = [first, *rest][:-1] if query.get("recursive", "").lower() == "true" else [first][: len(rest)]
            for depth in range(len(folders)):
                folder = below + "/".join(folders[: depth + 1])
                found[folder] = {"type": "directory", "oid": regular(folder.encode()).oid, "size": 0, "path": folder}
            if len(folders) == len(rest):
                found[each] = described(each, commit.tree[each])
        if path and not found:
            return refused(404, "EntryNotFound", f"{path} does not exist on {revision}")
        entries, start = list(found.values()), int(query.get("cursor", 0))
        headers = {}
        if start + PAGE < len(entries):
            more = urlencode({**query, "cursor": start + PAGE})
            headers["link"] = f'<{self.base}{request.path}?{more}>; rel="next"'
        return json_reply(entries[start : start + PAGE], headers=headers)

    def paths(self, request: HttpRequest, name: str, revision: str) -> HttpReply:
        """Describe some paths; those that aren't there are left out."""
        commit = self.repositories[name].resolve(revision)
        if not commit:
            return refused(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        if "json" in request.headers.get("content-type", ""):
            asked = orjson.loads(request.body)["paths"]
        else:
            asked = parse_qs(request.body.decode())["paths"]
        answers = []
        for path in (each.strip("/") for each in asked):
            if path in commit.tree:
                answers.append(described(path, commit.tree[path]))
            elif any(each.startswith(f"{path}/") for each in commit.tree):
                answers.append({"type": "directory", "oid": regular(path.encode()).oid, "size": 0, "path": path})
        return json_reply(answers)

    def refs(self, request: HttpRequest, name: str) -> HttpReply:
        """List branches and tags."""
        there = self.repositories[name]
        listed = {
            kind: [{"name": key, "ref": f"refs/{ref}/{key}", "targetCommit": oid} for key, oid in held.items()]
            for kind, ref, held in (("branches", "heads", there.branches), ("tags", "tags", there.tags))
        }
        return json_reply({**listed, "converts": []})

    def branch(self, request: HttpRequest, name: str, revision: str) -> HttpReply:
        """Create a branch."""
        there = self.repositories[name]
        if revision in there.branches:
            return json_reply({"error": f"Reference already exists: refs/heads/{revision}"}, 409)
        start = there.resolve(orjson.loads(request.body or b"{}").get("startingPoint", "main"))
        assert start
        there.branches[revision] = start.oid
        return json_reply({})

    def tag(self, request: HttpRequest, name: str, revision: str) -> HttpReply:
        """Create a tag."""
        there, asked = self.repositories[name], orjson.loads(request.body)["tag"]
        commit = there.resolve(revision)
        if not commit:
            return refused(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        if not re.fullmatch(r"[A-Za-z0-9._-]+", asked):
            return refused(400, "", f"Invalid tag name: {asked}")
        if asked in there.tags:
            return json_reply({"error": "Tag reference exists already"}, 409)
        there.tags[asked] = commit.oid
        return json_reply({})

    def xet_token(self, request: HttpRequest, name: str, revision: str) -> HttpReply:
        """Say where the Xet client stores: in a folder."""
        if not self.blobs.xet:
            return refused(404, "EntryNotFound", "Xet isn't offered")
        url, until = f"local://{self.blobs.xet}", "4000000000"
        headers = {"x-xet-cas-url": url, "x-xet-access-token": "xet", "x-xet-token-expiration": until}
        return json_reply({"accessToken": "xet", "exp": int(until), "casUrl": url}, headers=headers)

    def _url(self, name: str) -> str:
        return f"{self.base}/datasets/{name}"


def described(path: str, file: File) -> dict[str, Any]:
    """Return a file as trees list it."""
    entry: dict[str, Any] = {"type": "file", "oid": file.oid, "size": file.size, "path": path}
    if file.sha256:
        entry["lfs"] = {"oid": file.sha256, "size": file.size, "pointerSize": 130}
    return entry


def matched(pattern: str, path: str) -> dict[str, str] | None:
    """Return the parts of a path that a route names, or None where it isn't the route's."""
    found = re.fullmatch(pattern, path)
    return {key: unquote(value) for key, value in found.groupdict().items() if value} if found else None
