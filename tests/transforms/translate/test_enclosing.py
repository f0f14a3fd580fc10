import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.translate.cutting import cut
from transforms.translate.enclosing import bound, in_order
from transforms.translate.segments import restore


@pytest.mark.parametrize(
    ("spans", "groups"),
    [
        (["<b>", "</b>"], [[0, 1]]),
        (["<p>", "<b>", "</b>", "</p>"], [[1, 2], [0, 3]]),
        (["<p>", "</p><p>", "</p>"], [[0, 1, 2]]),
        (["<p><b>", "</b></p>"], [[0, 1]]),
        (['<a href="x">', "`f`", "</A>"], [[0, 2]]),
        (["<p>", "<br>", "<img src='x'/>", "</p>"], [[0, 3]]),
        (["<li>", "<li>", "</li>"], [[1, 2]]),
        (["{% if x %}", "{%- endif -%}"], [[0, 1]]),
        (["{{#each all}}", "{{name}}", "{{/each}}"], [[0, 2]]),
        (["</b>", "<b>"], []),
        (["<b></b>", "{name}", "$x$", "**"], []),
        (["**", "<b>", "**", "</b>"], [[0, 2], [1, 3]]),
    ],
)
def test_what_opens_belongs_to_what_closes(spans: list[str], groups: list[list[int]]) -> None:
    assert bound(spans) == groups


@pytest.mark.parametrize(
    ("text", "answer", "restored"),
    [
        ("a <b>red</b> dog", "um cão X1X vermelho X0X", "um cão <b>vermelho</b>"),
        ("a <b>red</b> <i>big</i> dog", "um X2X cão X1X vermelho X0X", "um <b>cão</b> <i>vermelho</i>"),
        ("Hi {% if x %}Ana{% endif %}, {name}", "X2X: oi X1X Ana X0X", "{name}: oi {% if x %}Ana{% endif %}"),
        ("the {a} of {b}", "X1X X0X", "{b} {a}"),
    ],
)
def test_tags_that_changed_places_are_put_in_order(text: str, answer: str, restored: str) -> None:
    (segment,) = cut(text).segments
    assert restore(segment, answer) == restored


@pytest.mark.parametrize(
    ("text", "answer", "restored"),
    [
        ("A **variable** is a place.", "Uma variável X0X X1X é um lugar.", "Uma **variável** é um lugar."),
        ("So <b>big cats</b> and **dogs**", "Gatos grandes X0X X1X, cães X3X X2X", "<b>Gatos grandes</b>, **cães**"),
        ("**Time management:** plan", "Gestão de tempo X0X: X1X planeje", "**Gestão de tempo:** planeje"),
        ("the **very old** dog {name}", "o cão X2X antigo X0X X1X", "o cão {name} **antigo**"),
        ("the **very old** dog", "o cão, X0X X1X", "o cão, ****"),
        ("a **variable** is", "一个变量 X0X X1X 是", "一个变量 **** 是"),
        ("a **variable** is", "X0X X1X variável", "**** variável"),
        ("The **percent** sign", "O sinal X0X%X1X é usado", "O sinal **%** é usado"),
        ("the **word** is", "यह शब्द X0X X1X है", "यह शब्द **** है"),
        ("some **5,000** people", "cerca de 5,000 X0X X1X pessoas", "cerca de **5,000** pessoas"),
        (
            "**Paris** is the capital of France",
            "A capital da França é Paris X0X X1X",
            "A capital da **França é Paris**",
        ),
        ("**red** and **blue** one", "X0X azul X3X e X2X vermelho X1X", "**azul** e **vermelho**"),
    ],
)
def test_what_was_put_behind_its_words_is_put_back_before_them(text: str, answer: str, restored: str) -> None:
    (segment,) = cut(text).segments
    assert restore(segment, answer) == restored


@given(
    st.permutations(range(6)), st.lists(st.sampled_from(["<b>", "</b>", "<i>", "</i>", "{x}"]), min_size=6, max_size=6)
)
def test_each_stays_once_and_groups_are_in_order(answer: list[int], spans: list[str]) -> None:
    groups = bound(spans)
    names = [f"X{number}X" for number in answer]
    made = in_order(names, groups)
    assert sorted(made) == sorted(names)
    for group in groups:
        assert [name for name in made if name in {f"X{number}X" for number in group}] == [f"X{n}X" for n in group]
    free = set(range(6)) - {number for group in groups for number in group}
    assert all(made[at] == names[at] for at in range(6) if answer[at] in free)
    assert len({number for group in groups for number in group}) == sum(map(len, groups))


@pytest.mark.parametrize(
    "spans", [["<b>", "</b>"], ["<b>", "</i>"], ["<p>", "</p><p>"], ["</p><p>"], ["<b>", "<i>", "</b>"]]
)
def test_a_long_line_of_tags_takes_no_time_by_the_square_of_their_number(spans: list[str]) -> None:
    spans = spans * 10_000
    begun = time.process_time()
    in_order([f"X{number}X" for number in range(len(spans))], bound(spans))
    assert time.process_time() - begun < 2.0
