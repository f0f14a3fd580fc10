"""What must not change, over all of GPTeacher's code tasks and 300 texts full of LaTeX, by patterns that are not ours.

The engine writes every letter that it gets in Greek, so that whatever reached it shows; a real one follows.
"""

import gzip
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import product
from pathlib import Path
from typing import get_args

import pytest

from tests.fakes.translations import firefox_thread, greek
from transforms.translate.cutting import Cutting, Unit, cut
from transforms.translate.engines.firefox import Firefox
from transforms.translate.entries import Entry
from transforms.translate.judge import Request, begin, judge
from transforms.translate.segments import assemble

# As CommonMark, RFC 3986 and TeX have them, as far as real texts need.
KEPT = {
    "fence": re.compile(r"^```[^\n]*\n.*?^```", re.DOTALL | re.MULTILINE),
    "code span": re.compile(r"(?<!`)`[^`\n]+`(?!`)"),
    "display": re.compile(r"\$\$.+?\$\$|\\\[.+?\\\]|\\begin\{(\w+\*?)\}.+?\\end\{\1\}", re.DOTALL),
    "inline": re.compile(r"\\\(.+?\\\)|(?<![\\$\w])\$(?=\S)[^$\n]*?[\\^_=][^$\n]*?(?<=\S)\$(?![\d$])"),
    "address": re.compile(r"https?://[^\s<>\"'`)\]]*[\w/]"),
    "mail": re.compile(r"\b[\w.+-]+@[\w-]+\.[\w.-]*\w"),
    "placeholder": re.compile(r"\{\{\w+\}\}|\$\{\w+\}|(?<![\w$}])\{[a-z_]+\}|%[sd](?!\w)"),
    "tag": re.compile(r"</?(?:[a-z]+[1-6]?)(?: [a-z-]+=\"[^\"]*\")*/?>"),
}

FORMULAS = [
    r"$\frac{3}{4}$", r"$x^2 + y^2 = z^2$", r"\(\sqrt{2}\)", r"$\alpha_{i} \le \beta$", r"$\sum_{i=1}^{n} a_i$",
    r"\[\int_0^1 f(x)\,dx = 1\]", r"$$E = mc^2$$", r"$f \colon \mathbb{R} \to \mathbb{R}$", r"$\text{area} = \pi r^2$",
    r"\begin{align} a &= b \\ c &= d \end{align}", r"$\{x \mid x > 0\}$", r"$\lim_{n\to\infty} \frac{1}{n} = 0$",
    r"$A^{\top} A$", r"$90^\circ$", r"\(\binom{n}{k} = \frac{n!}{k!(n-k)!}\)", r"$\hat{y}_t$", r"$10\%$ of $x_1$",
    r"$\log_2 8 = 3$", r"\(a \ne b\)", r"$\mathbf{v} \cdot \mathbf{w}$",
]  # fmt: skip
FRAMES = [
    "Show that {} holds for every number.", "The value is {}, and it costs $5.", "What is {}?", "- First, {} is given",
    "Let {} be known; then {} follows from it.", "**Answer:** {}", "Because {} is small, $3 and $4 are enough.",
    "> Remember {} and move on.", "1. Compute {}\n2. Compare it with {}", "Here, {}.\n\nSo the proof is done.",
    "If {}, then see https://example.org/a_b?c=d for the rest.", "The set {} has `len(x)` members.",
    "| term | {} |\n|---|---|\n| other | word |", "Solve for x: {} (in metres).", "It equals {} for {name}.",
]  # fmt: skip


def latex() -> list[str]:
    """Return 300 texts, each with a formula or two."""
    return [frame.replace("{}", formula) for frame, formula in product(FRAMES, FORMULAS)]


@pytest.fixture(scope="module")
def codegen(shared: Path) -> list[str]:
    rows = json.loads(gzip.decompress((shared / "gpteacher" / "codegen-instruct.json.gz").read_bytes()))
    return [row[name] for row in rows for name in ("instruction", "input", "response") if row[name]]


def found(text: str) -> dict[str, list[str]]:
    """Return what of each kind a text holds, outside of what an earlier kind has taken."""
    held = {}
    for kind, pattern in KEPT.items():
        held[kind] = sorted(match[0] for match in pattern.finditer(text))
        text = pattern.sub(" ", text)
    return held


def changed(texts: Iterable[str], unit: Unit, translate: Callable[[str], str]) -> list[tuple[str, str, str]]:
    """Return what of the texts was lost or altered: kind, before, after."""
    wrong = []
    for text in texts:
        parts = cut(text, Cutting(unit))
        after = assemble(parts, {segment.text: translate(segment.text) for segment in parts.segments})
        before = found(text)
        for kind, spans in found(after).items():
            wrong += [(kind, str(spans), str(before[kind]))] if spans != before[kind] else []
    return wrong


@pytest.mark.parametrize("unit", get_args(Unit))
def test_latex_is_kept(unit: Unit) -> None:
    assert len(latex()) == 300
    assert changed(latex(), unit, greek) == []


def test_all_of_codegen_is_kept(codegen: list[str]) -> None:
    counts = Counter(kind for text in codegen for kind, spans in found(text).items() for _ in spans)
    assert min(counts[kind] for kind in ("fence", "code span", "address", "placeholder", "tag")) >= 20
    assert changed(codegen, "line", greek) == []


def test_bare_code_does_not_reach_the_engine(codegen: list[str]) -> None:
    """Statements that stand alone on a line, in answers that nothing fences."""
    statement = re.compile(
        r"\s*(?:def \w+\(.*\):|return .*[()\[\]=+*].*|import [\w.]+;?|#include <\w+>|(?:public|private):|\}|.*[;{])\s*"
    )
    lines = lost = 0
    for text in codegen:
        parts = cut(text)
        after = assemble(parts, {segment.text: greek(segment.text) for segment in parts.segments})
        for one, other in zip(text.split("\n"), after.split("\n"), strict=True):
            if statement.fullmatch(one):
                lines += 1
                lost += one != other
    assert lines > 15_000
    assert lost / lines < 0.0025


def test_a_real_engine_keeps_it_or_fails() -> None:
    def translated(text: str) -> str | None:
        attempt = begin(Firefox(), Request(text, "en", "pt"))
        while True:
            [answer] = firefox_thread.submit(Firefox().translate, [attempt.text], "en", "pt").result()
            after = judge("local", Firefox(), attempt, answer)
            if isinstance(after, Entry):
                return after.translation
            if not hasattr(after, "text"):
                return None
            attempt = after

    kept = 0
    for text in latex():
        parts = cut(text)
        answers = {segment.text: translated(segment.text) for segment in parts.segments}
        whole = {asked: answer for asked, answer in answers.items() if answer is not None}
        if len(whole) == len(answers):
            kept += 1
            assert found(assemble(parts, whole)) == found(text)
    assert kept > 290
