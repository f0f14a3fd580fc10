from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sinks.licenses import HUB_LICENSES, conflicts, license_fields, roll_up, unstated


@pytest.mark.parametrize(
    ("licenses", "fields"),
    [
        ({}, {}),
        ({""}, {}),
        ({"mit"}, {"license": "mit"}),
        ({"mit", ""}, {"license": "other"}),
        ({"mit", "apache-2.0"}, {"license": ["apache-2.0", "mit"]}),
        ({"mit", "my own"}, {"license": "other"}),
        ({"my own", "their own"}, {"license": "other"}),
        ({"cc-by-sa-4.0", "gpl-3.0"}, {"license": "other"}),
        ({"cc-by-nd-4.0"}, {"license": "other"}),
        ({"tatoeba: cc-by-2.0-fr"}, {"license": "other", "license_name": "tatoeba-cc-by-2.0-fr"}),
        ({"!!"}, {"license": "other"}),
        ({"other"}, {"license": "other", "license_name": "other"}),
    ],
)
def test_what_the_card_says(licenses: set[str], fields: dict[str, Any]) -> None:
    assert license_fields(licenses) == fields


@given(st.sets(st.sampled_from(["", "my own", *sorted(HUB_LICENSES)])))
def test_the_card_names_only_what_the_hub_knows(licenses: set[str]) -> None:
    said = license_fields(licenses).get("license", [])
    assert set([said] if isinstance(said, str) else said) <= HUB_LICENSES | {"other"}


@pytest.mark.parametrize(
    ("licenses", "found"),
    [
        ([], []),
        (["mit", "apache-2.0", "cc-by-4.0", "cc0-1.0", ""], []),
        (["cc-by-sa-3.0", "cc-by-sa-4.0", "mit"], []),
        (["cc-by-nc-4.0", "mit"], []),
        (["cc-by-nc-sa-4.0", "cc-by-nc-4.0"], []),
        (["cc-by-nc-nd-4.0"], ["cc-by-nc-nd-4.0 allows no derivatives, and translating makes one"]),
        (["odbl", "cc-by-sa-4.0"], ["cc-by-sa-4.0 and odbl each want the whole under themselves"]),
        (
            ["cc-by-nc-sa-4.0", "cc-by-sa-4.0"],
            ["cc-by-nc-sa-4.0 and cc-by-sa-4.0 each want the whole under themselves"],
        ),
        (
            ["cc-by-sa-4.0", "cc-by-nc-4.0"],
            ["cc-by-sa-4.0 wants the whole free for commercial use, which cc-by-nc-4.0 forbids"],
        ),
    ],
)
def test_what_does_not_go_together(licenses: list[str], found: list[str]) -> None:
    assert conflicts(licenses) == found


def manifest(licenses: list[dict[str, int]], **sources: str) -> dict[str, Any]:
    splits = {f"s{at}": {"rows": 5, "licenses": each} for at, each in enumerate(licenses)}
    held = {name: {"license": license_} for name, license_ in sources.items()}
    return {"datasets": {"d": {"splits": splits}}, "sources": held}


@pytest.mark.parametrize(
    ("whole", "rows"),
    [
        (manifest([{"MIT": 4, " mit": 6}]), {"mit": 10}),
        (manifest([{"mit": 4}, {"": 6, "mit": 1}]), {"": 6, "mit": 5}),
        (manifest([{}], a="MIT", b=""), {"": 0, "mit": 0}),
    ],
)
def test_rows_by_licence(whole: dict[str, Any], rows: dict[str, int]) -> None:
    assert roll_up(whole) == rows


def test_what_has_no_licence_is_named() -> None:
    assert unstated(manifest([{"mit": 5}], a="")) == ""
    said = unstated(manifest([{"mit": 4, "": 1234}], a="mit", b="", c=""))
    assert said.startswith("no licence is stated for 1,234 examples (of the sources b, c): say in the recipe")
    assert unstated({"datasets": {}, "sources": {}}).startswith("no licence is stated")
