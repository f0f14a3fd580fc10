from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from transforms.key_path import MalformedError
from transforms.order.opustrainer import (
    Curriculum,
    CurriculumStage,
    Modifier,
    curriculum_yaml,
    read_curriculum,
    truncated,
)

README: dict[str, Any] = {
    "datasets": {"clean": "test/data/clean", "medium": "test/data/medium", "dirty": ["one", "other"]},
    "stages": ["start", "mid", "end"],
    "start": ["clean 0.8", "medium 0.2", "dirty 0", "until clean 2"],
    "mid": {"mix": [["clean  0.6", "medium 0.3"], "dirty 0.1", "until medium 1"], "modifiers": [{"Typos": 0.1}]},
    "end": ["clean 0.4", "medium 0.3", "dirty 0.3", "until dirty inf"],
    "modifiers": [{"UpperCase": 0.05}, [{"Merge": 0.01, "min_lines": 2}, [{"UpperCase": 0.05}]]],
    "seed": 1111,
    "num_fields": 2,
    "trainer": "/path/to/trainer/run.py",
}
"""The README's example, with an extended stage, nested lists and a last stage without end."""

EVERYWHERE = (Modifier("UpperCase", 0.05), Modifier("Merge", 0.01, {"min_lines": 2}), Modifier("UpperCase", 0.05))


def test_the_form_of_the_readme() -> None:
    assert read_curriculum(README) == Curriculum(
        ("clean", "medium", "dirty"),
        (
            CurriculumStage("start", {"clean": 0.8, "medium": 0.2, "dirty": 0.0}, "clean", 2, EVERYWHERE),
            CurriculumStage("mid", {"clean": 0.6, "medium": 0.3, "dirty": 0.1}, "medium", 1, (Modifier("Typos", 0.1),)),
            CurriculumStage("end", {"clean": 0.4, "medium": 0.3, "dirty": 0.3}, "dirty", None, EVERYWHERE),
        ),
        1111,
    )


def test_in_which_stages_modifiers_hold() -> None:
    none = {**README, "end": {"mix": README["end"], "modifiers": []}}
    for data, last in ((README, ["start", "end"]), (none, ["start"])):
        assert read_curriculum(data).modifiers() == [
            (EVERYWHERE[0], last),
            (EVERYWHERE[1], last),
            (Modifier("Typos", 0.1), ["mid"]),
        ]
    odd = {**README, "modifiers": ["UpperCase", {}]}
    assert [modifier.name for modifier, _ in read_curriculum(odd).modifiers()] == ["UpperCase", "{}", "Typos"]


@pytest.mark.parametrize(
    ("changes", "path", "message"),
    [
        ({"version": 2}, ("version",), "2 is not known; there is 1"),
        ({"datasets": None}, ("datasets",), "'datasets' is not a mapping of names to files"),
        ({"stages": "start"}, ("stages",), "'stages' is not a list of the stages' names"),
        (
            {"stages": ["start", "start"]},
            ("stages", 1),
            "the stage 'start' is there already; stages can only occur once",
        ),
        ({"stages": ["start", "strat"]}, ("stages", 1), "the stage 'strat' is not described"),
        ({"stages": ["end", "start"]}, ("end",), "lasts forever, so that the stages after it are never reached"),
        ({"seed": "x"}, ("seed",), "expected a whole number, got 'x'"),
        ({"start": "clean 1"}, ("start",), "a stage is a list such as [clean 0.8, medium 0.2, until clean 2]"),
        ({"start": {"mxi": []}}, ("start",), "a stage is a list such as [clean 0.8, medium 0.2, until clean 2]"),
        ({"start": []}, ("start",), "the last line of a stage says where it ends, such as `until clean 2`"),
        ({"start": ["clean 1"]}, ("start", 0), "the last line of a stage says where it ends, such as `until clean 2`"),
        (
            {"start": ["clean", "until clean 1"]},
            ("start", 0),
            "expected a data set and its weight, such as `clean 0.8`, got 'clean'",
        ),
        (
            {"start": [{"clean": 1}, "until clean 1"]},
            ("start", 0),
            "expected a data set and its weight, such as `clean 0.8`, got {'clean': 1}",
        ),
        (
            {"start": {"mix": ["clan 1", "until clean 1"]}},
            ("start", "mix", 0),
            "unknown data set 'clan' (known: clean, medium, dirty)",
        ),
        ({"start": ["clean -1", "until clean 1"]}, ("start", 0), "the weight '-1' is no number of 0 or more"),
        ({"start": ["clean nan", "until clean 1"]}, ("start", 0), "the weight 'nan' is no number of 0 or more"),
        ({"start": ["clean x", "until clean 1"]}, ("start", 0), "the weight 'x' is no number of 0 or more"),
        (
            {"start": ["clean 1", "until clean 1.5"]},
            ("start", 1),
            "expected `until DATASET EPOCHS`, epochs a whole number or `inf`, got 'until clean 1.5'",
        ),
        (
            {"start": ["clean 1", "dirty 0", "until dirty 1"]},
            ("start", 2),
            "ends with 'dirty', from which the stage doesn't draw",
        ),
        ({"start": ["clean 1", "until clean 0"]}, ("start", 1), "ends after 0 epochs, so that the stage is empty"),
    ],
)
def test_what_is_wrong(changes: dict[str, Any], path: tuple[str | int, ...], message: str) -> None:
    with pytest.raises(MalformedError) as caught:
        read_curriculum({**README, **changes})
    assert (caught.value.path, caught.value.message) == (path, message)


NAME = st.one_of(
    st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,8}", fullmatch=True), st.sampled_from(["no", "1.0", "until"])
)


@st.composite
def curricula(draw: Any) -> Curriculum:
    datasets = tuple(draw(st.lists(NAME, min_size=1, max_size=4, unique=True)))
    stages = []
    for at in range(draw(st.integers(1, 4))):
        watched = draw(st.sampled_from(datasets))
        weights = {name: draw(st.floats(0, 1)) for name in datasets} | {watched: draw(st.floats(0.001, 1))}
        stages.append(CurriculumStage(f"stage-{at + 1}", weights, watched, draw(st.integers(1, 99))))
    return Curriculum(datasets, tuple(stages), draw(st.none() | st.integers(0, 1 << 40)))


@given(curricula())
def test_what_is_written_reads_back(curriculum: Curriculum) -> None:
    text = curriculum_yaml(curriculum, {name: f"{name}.tsv" for name in curriculum.datasets})
    yaml = YAML(typ="safe", pure=True)
    yaml.version = (1, 1)  # as OpusTrainer's PyYAML
    data = yaml.load("%YAML 1.1\n---\n" + text)
    assert read_curriculum(data) == curriculum
    assert set(data["datasets"]) == set(curriculum.datasets)


def test_what_openers_of_batches_cut_off() -> None:
    assert truncated({"a": 0.995, "b": 0.005, "c": 0.29, "d": 0.0}) == {"a": 99, "b": 0, "c": 28}
