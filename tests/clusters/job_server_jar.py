"""Packs a Beam runner and what it depends on into one jar that `java -jar` starts as a job server.

python job_server_jar.py JAR MAIN_CLASS RUNNER_JARS CLUSTER_JARS

JAR holds all classes of the folder RUNNER_JARS, and names the jars of the folder CLUSTER_JARS (the cluster's own, which
its executors have anyway) in its manifest, so that they needn't be sent.
"""

import sys
import zipfile
from pathlib import Path

LEFT_OUT = ("/", ".SF", ".RSA", ".DSA", "META-INF/INDEX.LIST", "module-info.class")
"""Endings of what doesn't fit the packed jar: folders, signatures, indices of single jars, modules."""

UNREGISTERED = b"org.apache.beam.sdk.extensions.gcp.storage.GcsFileSystemRegistrar"
"""A service that Spark's own, older Guava breaks: the driver, and each executor's first task, would fail. Without it
Java's side can't read `gs://`, which nothing here asks of it; Python's workers can."""


def main(jar: str, main_class: str, runner: str, cluster: str) -> None:
    """Write the jar; of several files of one name the first counts, but lists of services are put together."""
    services: dict[str, bytes] = {}
    seen = {"META-INF/MANIFEST.MF"}
    with zipfile.ZipFile(jar, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        packed.writestr("META-INF/MANIFEST.MF", _manifest(main_class, Path(cluster)))
        for path in sorted(Path(runner).glob("*.jar")):
            with zipfile.ZipFile(path) as one:
                for name in one.namelist():
                    if name.startswith("META-INF/services/") and not name.endswith("/"):
                        services[name] = services.get(name, b"") + one.read(name).rstrip(b"\n") + b"\n"
                    elif name not in seen and not name.endswith(LEFT_OUT):
                        seen.add(name)
                        packed.writestr(name, one.read(name))
        for name, listed in sorted(services.items()):
            lines = [line for line in listed.splitlines() if line.strip() != UNREGISTERED]
            packed.writestr(name, b"".join(line + b"\n" for line in lines))


def _manifest(main_class: str, cluster: Path) -> str:
    jars = " ".join(path.resolve().as_uri() for path in sorted(cluster.glob("*.jar")))
    lines = ["Manifest-Version: 1.0", f"Main-Class: {main_class}", "Multi-Release: true", f"Class-Path: {jars}"]
    return "".join(_folded(line) for line in lines) + "\r\n"


def _folded(line: str) -> str:
    """Return a line of a manifest: at most 72 bytes, what is longer goes on after a space."""
    pieces = [line[:70]] + [line[at : at + 69] for at in range(70, len(line), 69)]
    return "\r\n ".join(pieces) + "\r\n"


if __name__ == "__main__":
    main(*sys.argv[1:])
