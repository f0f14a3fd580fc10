"""Skips the tests of this folder where no cluster was started for them."""

import pytest

from tests.clusters.cluster import NAME


@pytest.fixture(autouse=True, scope="session")
def cluster() -> str:
    """Return `spark` or `flink`."""
    if not NAME:
        pytest.skip("needs a cluster: make test-spark, make test-flink")
    return NAME
