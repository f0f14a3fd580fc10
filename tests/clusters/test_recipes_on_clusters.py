"""Recipes on a real cluster give the same bytes as here."""

from pathlib import Path

import pytest

from tests.clusters.cluster import ROOT, on_cluster, run
from tests.end_to_end.outputs import hashes


@pytest.mark.parametrize(
    ("recipe", "words"),
    [
        pytest.param("quickstart", (), id="quickstart"),
        pytest.param("qalign", ("--limit", "2000"), id="qalign"),
        pytest.param("x_llama", ("--limit", "12"), id="x_llama"),
    ],
)
def test_the_same_bytes_as_here(recipe: str, words: tuple[str, ...], shared: Path, tmp_path: Path) -> None:
    found = {}
    for place, beam in (("here", []), ("there", on_cluster())):
        folder = tmp_path / place
        folder.mkdir()
        data = () if recipe == "quickstart" else ("--set", f"data={shared}")
        ran = run(ROOT / "configs" / f"{recipe}.yaml", *data, *words, "--output", folder / "out", *beam, cwd=folder)
        assert ran.returncode == 0, ran.stderr
        assert not (folder / "out.work").exists()
        found[place] = hashes(folder / "out")
    assert found["there"] == found["here"]
    assert any(name.startswith("data/") for name in found["here"])
