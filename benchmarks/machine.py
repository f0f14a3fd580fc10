"""What figures were measured on, and with."""

import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def machine(versions: Mapping[str, str]) -> dict[str, Any]:
    """Return this machine's processor, cores and memory (in bytes), Python's version, and those of packages."""
    cpus = Path("/proc/cpuinfo").read_text().splitlines()
    names = {line.partition(":")[2].strip() for line in cpus if line.startswith("model name")}
    return {
        "processor": ", ".join(sorted(names)) or platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "python": platform.python_version(),
        "versions": dict(versions),
    }
