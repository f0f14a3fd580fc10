"""Files and batches as the Batch API shows them, and how forms and pages are read."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from tests.fakes.wire import HttpRequest

WINDOW = 24 * 3600
"""Seconds after which a batch would expire, as its `expires_at` says."""


@dataclass(frozen=True)
class File:
    """What was uploaded, or written by a batch."""

    id: str
    name: str
    purpose: str
    data: bytes
    created: int

    def to_json(self) -> dict[str, Any]:
        """Return the object of the API."""
        return {
            "id": self.id,
            "object": "file",
            "bytes": len(self.data),
            "created_at": self.created,
            "filename": self.name,
            "purpose": self.purpose,
            "status": "processed",
        }


@dataclass
class Batch:
    """A batch; `times` holds when it came to a state."""

    id: str
    endpoint: str
    window: str
    input: str
    metadata: Mapping[str, str] | None
    status: str = "validating"
    output: str | None = None
    error: str | None = None
    errors: list[dict[str, Any]] = field(default_factory=list)
    times: dict[str, int] = field(default_factory=dict)
    total: int = 0
    completed: int = 0
    failed: int = 0
    prompt: int = 0
    completion: int = 0

    def enter(self, status: str) -> None:
        """Come to a state."""
        self.status = status
        self.times[f"{status}_at"] = int(time.time())

    def to_json(self) -> dict[str, Any]:
        """Return the object of the API."""
        created = self.times["validating_at"]
        states = ("in_progress", "finalizing", "completed", "failed", "expired", "cancelling", "cancelled")
        return {
            "id": self.id,
            "object": "batch",
            "endpoint": self.endpoint,
            "errors": {"object": "list", "data": self.errors} if self.errors else None,
            "input_file_id": self.input,
            "completion_window": self.window,
            "status": self.status,
            "output_file_id": self.output,
            "error_file_id": self.error,
            "created_at": created,
            "expires_at": created + WINDOW,
            **{f"{state}_at": self.times.get(f"{state}_at") for state in states},
            "request_counts": {"total": self.total, "completed": self.completed, "failed": self.failed},
            "metadata": self.metadata,
            "usage": {
                "input_tokens": self.prompt,
                "input_tokens_details": {"cached_tokens": 0},
                "output_tokens": self.completion,
                "output_tokens_details": {"reasoning_tokens": 0},
                "total_tokens": self.prompt + self.completion,
            },
        }


def page(request: HttpRequest, things: Mapping[str, Any]) -> dict[str, Any]:
    """Return the newest first, from the one that `after` names, at most `limit`."""
    query = parse_qs(request.query)
    names = list(things)[::-1]
    after, limit = query.get("after", [""])[0], int(query.get("limit", ["20"])[0])
    start = names.index(after) + 1 if after in names else 0
    shown = names[start : start + limit]
    return {
        "object": "list",
        "data": [things[name].to_json() for name in shown],
        "first_id": shown[0] if shown else None,
        "last_id": shown[-1] if shown else None,
        "has_more": start + limit < len(names),
    }


def multipart(content_type: str, body: bytes) -> dict[str, tuple[str, bytes]]:
    """Return the fields of a form (RFC 7578): for each the name of its file, or "", and its content."""
    _, _, boundary = content_type.partition("boundary=")
    fields = {}
    for part in body.split(b"--" + boundary.strip('"').encode())[1:-1]:
        head, _, data = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        for line in head.decode().split("\r\n"):
            if line.lower().startswith("content-disposition:"):
                values = dict(item.strip().split("=", 1) for item in line.split(";")[1:])
                name = values["name"].strip('"')
                fields[name] = (values.get("filename", "").strip('"'), data.removesuffix(b"\r\n"))
    return fields
