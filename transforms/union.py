"""Several PCollections as one, on any runner."""

from collections.abc import Sequence
from typing import Any

import apache_beam as beam


class Union(beam.PTransform):
    """Flattens PCollections, each of which others may read too.

    Each passes through a step of its own first: the fuser of the portable runners (Spark's and Flink's) loses a
    PCollection that is both flattened and kept for a shuffle or a side input (Beam's issue 34647). One alone is
    flattened too: without that, FnApiRunner never begins the steps after a `translate`.
    """

    def expand(self, pcolls: Sequence[Any]) -> Any:
        passed = [pcoll | f"Pass {at}" >> beam.Map(lambda element: element) for at, pcoll in enumerate(pcolls)]
        return passed | "Flatten" >> beam.Flatten()
