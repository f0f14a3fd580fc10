"""A stand-in for Google Cloud Dataflow: as much of its REST API as submitting, polling and cancelling jobs takes.

`with Dataflow(storage, folder) as service:` serves on a free port. A job that is created is carried out: its packages
and its pipeline are fetched from where they were staged, the packages are installed in an environment that has the
libraries and not langloom, and worker processes of that environment run the pipeline (`dataflow_worker.py`). It also
gives out access tokens, as Google's token server does.
"""

import base64
import json
import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.fakes.dataflow_workers import Workers
from tests.fakes.storage import Storage

TOKEN = "ya29.QmVhbVRva2VuRm9yVGVzdHNPbmx5"
"""The access token that it gives out, and asks for."""

JOBS = r"/v1b3/projects/(?P<project>[^/]+)/locations/(?P<region>[^/]+)/jobs"


@dataclass
class Job:
    """A job: what was submitted, and what became of it."""

    submitted: dict[str, Any]
    described: dict[str, Any]
    messages: list[dict[str, str]] = field(default_factory=list)
    log: str = ""

    @property
    def options(self) -> dict[str, Any]:
        """Return the options that workers get."""
        options: dict[str, Any] = self.submitted["environment"]["sdkPipelineOptions"]["options"]
        return options

    def say(self, text: str, importance: str = "JOB_MESSAGE_BASIC") -> None:
        """Add a message."""
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + f".{len(self.messages):06d}Z"
        self.messages.append(
            {"id": str(len(self.messages)), "time": at, "messageText": text, "messageImportance": importance}
        )


class Dataflow:
    """The stand-in, for as long as the `with` block.

    Args:
      storage: where jobs were staged.
      folder: where environments of workers are made.
      environ: variables of workers, beside what they need.

    Attributes:
      jobs: the jobs by their ids, in the order in which they were created.
      refuse: a status and a message that answer the next requests to create a job.
      hold: set, and jobs stay running without being carried out.
    """

    def __init__(self, storage: Storage, folder: Path, environ: Mapping[str, str] | None = None) -> None:
        self.jobs: dict[str, Job] = {}
        self.refuse: tuple[int, str] | None = None
        self.hold = False
        self.credentials = folder / "service-account.json"
        self._storage = storage
        self._server = ThreadingHTTPServer(("localhost", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        folder.mkdir(parents=True, exist_ok=True)
        _write_account(self.credentials, f"{self.url}/token")
        self.workers = Workers(folder, {**self.environment, **(environ or {})})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.workers.stop()
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Return the address, by a name that has Beam speak REST."""
        return f"http://localhost:{self._server.server_port}"

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables that lead Google's libraries to the stand-ins."""
        return {
            "GOOGLE_APPLICATION_CREDENTIALS": str(self.credentials),
            "STORAGE_EMULATOR_HOST": self._storage.url,
            "NO_GCE_CHECK": "true",
        }

    @property
    def job(self) -> Job:
        """Return the last job."""
        return list(self.jobs.values())[-1]

    def create(self, submitted: dict[str, Any], project: str, region: str) -> dict[str, Any]:
        """Create a job, and begin to carry it out."""
        name = f"2026-01-01_00_00_00-{len(self.jobs) + 1:019d}"
        described = {
            "id": name,
            "projectId": project,
            "location": region,
            "name": submitted["name"],
            "type": submitted["type"],
            "currentState": "JOB_STATE_RUNNING",
            "clientRequestId": submitted.get("clientRequestId", ""),
        }
        job = self.jobs[name] = Job(submitted, described)
        job.say("Worker configuration: n1-standard-1.")
        if not self.hold:
            threading.Thread(target=self._carry_out, args=(job,), daemon=True).start()
        return described

    def launch(self, template: str, project: str, region: str, name: str) -> dict[str, Any]:
        """Create a job from a classic template."""
        submitted = json.loads(self._storage.read(template))
        return self.create({**submitted, "name": name}, project, region)

    def cancel(self, name: str) -> dict[str, Any]:
        """Cancel a job."""
        self.jobs[name].described["currentState"] = "JOB_STATE_CANCELLED"
        return self.jobs[name].described

    def _carry_out(self, job: Job) -> None:
        failed, job.log = self.workers.carry_out(job.submitted, self._storage)
        if failed:
            job.say(failed, "JOB_MESSAGE_ERROR")
            job.say(
                "Workflow failed. Causes: the job failed because a work item has failed 4 times.", "JOB_MESSAGE_ERROR"
            )
        if job.described["currentState"] == "JOB_STATE_RUNNING":
            job.described["currentState"] = "JOB_STATE_FAILED" if failed else "JOB_STATE_DONE"


def _handler(service: Dataflow) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            return

        def answer(self, data: Any, status: int = 200) -> None:
            body = json.dumps(data).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def refuse(self, status: int, message: str) -> None:
            self.answer({"error": {"code": status, "message": message}}, status)

        def respond(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            url = urlsplit(self.path)
            if url.path == "/token":
                self.answer({"access_token": TOKEN, "token_type": "Bearer", "expires_in": 3600})
            elif not self.headers.get("Authorization", "").startswith("Bearer "):
                self.refuse(401, "Request had no credentials.")
            elif not self.routed(url.path, parse_qs(url.query), body):
                self.refuse(404, f"There is no {self.command} {url.path}.")

        do_GET = do_POST = do_PUT = respond  # noqa: N815 - the names that the base class calls

        def routed(self, path: str, query: Mapping[str, list[str]], body: bytes) -> bool:
            if self.command == "POST" and (found := re.fullmatch(JOBS, path)):
                if service.refuse:
                    self.refuse(*service.refuse)
                else:
                    self.answer(service.create(json.loads(body), found["project"], found["region"]))
            elif self.command == "POST" and (found := re.fullmatch(JOBS.replace("jobs", "templates:launch"), path)):
                wanted = json.loads(body)
                job = service.launch(query["gcsPath"][0], found["project"], found["region"], wanted["jobName"])
                self.answer({"job": job})
            elif found := re.fullmatch(rf"{JOBS}/(?P<job>[^/]+)(?P<further>/messages|/metrics)?", path):
                self.about(found["job"], found["further"])
            else:
                return False
            return True

        def about(self, name: str, further: str | None) -> None:
            if name not in service.jobs:
                self.refuse(404, f"({name}): Information about job {name} could not be found in our system.")
            elif self.command == "PUT":
                self.answer(service.cancel(name))
            elif further == "/messages":
                self.answer({"jobMessages": service.jobs[name].messages})
            elif further == "/metrics":
                self.answer({"metrics": []})
            else:
                self.answer(service.jobs[name].described)

    return Handler


def _write_account(path: Path, token_uri: str) -> None:
    """Write the key file of a service account that gets its tokens here."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    account = {
        "type": "service_account",
        "project_id": "langloom-test",
        "private_key_id": base64.b16encode(b"langloom").decode(),
        "private_key": text,
        "client_email": "runner@langloom-test.iam.gserviceaccount.com",
        "client_id": "1",
        "token_uri": token_uri,
    }
    path.write_text(json.dumps(account))
