"""What a group has spent of a budget in one run, kept outside of the process that spends it.

Where a worker is lost, its runner puts the group's bundle to another one, which must not begin with a full purse.
"""

import json
import time
from contextlib import suppress

from transforms.files import exists, read_bytes, write_bytes
from transforms.translate.budget import Cost

SECONDS = 2.0
"""How often it is written: what a lost worker spent since then, and has in flight, isn't known. Cloud Storage takes no
more than one write a second of one object."""


class Ledger:
    """A small file in the work folder.

    Attributes:
      path: the file; of each group and each run another one.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._written = -SECONDS

    @classmethod
    def in_work_folder(cls, work: str, label: str, group: int, run: str) -> "Ledger | None":
        """Return the ledger of a group that a run asks for; None where runs can't be told apart."""
        return cls(f"{work}/asking/{label}-{group}-{run}.spent") if run else None

    def read(self) -> Cost:
        """Return what an earlier bundle of this group and this run spent; nothing where there was none."""
        return Cost(**json.loads(read_bytes(self.path))) if exists(self.path) else Cost()

    def note(self, cost: Cost) -> None:
        """Write how much it is now, unless that was done within the last SECONDS.

        Where it can't be written that is tried again later: what has just been paid for must get into the
        journal, whose own errors say what is wrong with a disk or a store.
        """
        if (now := time.monotonic()) - self._written < SECONDS:
            return
        self._written = now
        with suppress(Exception):  # stores have errors of their own
            write_bytes(self.path, json.dumps(vars(cost)).encode())
