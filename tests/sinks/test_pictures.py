"""The picture of a mixture: streams are told apart however many they are, and their names don't lie on each other."""

from xml.etree import ElementTree

import pytest

from pipeline.plan import GLYPHS, WIDTH
from sinks.pictures.mixture import mixture_panel
from sinks.pictures.panel import colour, picture


def test_no_two_streams_are_drawn_alike() -> None:
    assert len({colour(at) for at in range(200)}) == 200
    assert all(len(colour(at)) == 7 for at in range(200))
    assert len(set(GLYPHS)) == len(GLYPHS) > WIDTH, "as many as a bar in the terminal has cells"


@pytest.mark.parametrize(("names", "lines"), [(["a", "b", "c", "d"], 2), (["x" * 100, "b", "c"], 3)])
def test_names_have_the_room_they_need(names: list[str], lines: int) -> None:
    panel = mixture_panel("one", names, [[1.0] * len(names)])
    told = [each for each in ElementTree.fromstring(picture([panel])).iter() if each.text in names]
    places = [(each.attrib["x"], each.attrib["y"]) for each in told if "x" in each.attrib]
    assert len({y for _, y in places}) == lines
    assert len(set(places)) == len(names)
    assert panel.height - mixture_panel("one", names[:1], [[1.0]]).height == 18 * (lines - 1)
