"""What the fake Hub answers about contents: LFS's batches, uploads and checks, and files of a revision."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import orjson

from tests.fakes.hub_api import Api, refused
from tests.fakes.wire import HttpReply, HttpRequest, json_reply

REPOSITORY = "/datasets/(?P<name>[^/]+/[^/]+?)"


@dataclass
class Files:
    """Answers requests for contents, of the repositories that `api` knows."""

    api: Api

    def routes(self) -> list[tuple[str, str, Callable[..., HttpReply]]]:
        """Return method, pattern of the path, and what answers."""
        held = f"{REPOSITORY}/resolve/(?P<revision>[^/]+)/(?P<path>.+)"
        return [
            ("POST", rf"{REPOSITORY}\.git/info/lfs/objects/batch", self.batch),
            ("PUT", "/lfs/(?P<sha256>[0-9a-f]{64})", self.put),
            ("POST", "/lfs/verify", self.verify),
            ("GET", held, self.get),
            ("HEAD", held, self.get),
        ]

    def batch(self, request: HttpRequest, name: str) -> HttpReply:
        """Say where to send each blob that isn't there yet."""
        answers = []
        for asked in orjson.loads(request.body)["objects"]:
            answer = {"oid": asked["oid"], "size": asked["size"], "authenticated": True}
            if not self.api.blobs.has(asked["oid"]):
                answer["actions"] = {
                    "upload": {"href": f"{self.api.base}/lfs/{asked['oid']}", "header": {}},
                    "verify": {"href": f"{self.api.base}/lfs/verify", "header": {}},
                }
            answers.append(answer)
        return json_reply({"transfer": "basic", "objects": answers})

    def put(self, request: HttpRequest, sha256: str) -> HttpReply:
        """Take in a blob."""
        if self.api.blobs.put(sha256, request.body):
            return json_reply({})
        return refused(400, "BadHash", "the content has another hash")

    def verify(self, request: HttpRequest) -> HttpReply:
        """Say whether a blob arrived."""
        asked = orjson.loads(request.body)
        path = self.api.blobs.path(asked["oid"])
        arrived = path.is_file() and path.stat().st_size == asked["size"]
        return json_reply({}) if arrived else refused(404, "EntryNotFound", "no such object")

    def get(self, request: HttpRequest, name: str, revision: str, path: str) -> HttpReply:
        """Send a file, or the part of it that is asked for."""
        commit = self.api.repositories[name].resolve(revision)
        if not commit:
            return refused(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        file = commit.tree.get(path)
        if not file:
            return refused(404, "EntryNotFound", "Entry not found")
        data = self.api.blobs.path(file.sha256).read_bytes() if file.sha256 else file.data
        headers = {"x-repo-commit": commit.oid, "etag": f'"{file.sha256 or file.oid}"', "accept-ranges": "bytes"}
        if file.sha256:
            headers |= {"x-linked-etag": headers["etag"], "x-linked-size": str(file.size)}
        status = 200
        if part := re.fullmatch(r"bytes=(\d*)-(\d*)", request.headers.get("range", "")):
            start = int(part[1]) if part[1] else max(0, file.size - int(part[2]))
            end = min(int(part[2]) + 1, file.size) if part[1] and part[2] else file.size
            if start >= file.size:
                return HttpReply(416, b"", headers | {"content-range": f"bytes */{file.size}"})
            data, status = data[start:end], 206
            headers["content-range"] = f"bytes {start}-{end - 1}/{file.size}"
        kind = "application/octet-stream"
        return HttpReply(status, data, headers, content_type=kind)
