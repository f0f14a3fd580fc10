"""Wrappers: the text around a single turn, for trainers that take text rather than messages."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from transforms.formats.pattern import Pattern, parse


@dataclass(frozen=True)
class Wrapper:
    """A pair of patterns, for requests with and without an input; the answer follows them directly.

    A request whose last line is the wrapper's is a whole prompt already, such as MathOctopus', and stays as it is.
    White space around that line differs between projects (Chinese-LLaMA-Alpaca's prompt ends in a space).
    """

    prompt_input: Pattern
    prompt_no_input: Pattern

    def prompt(self, instruction: str, text: str) -> str:
        """Return what comes before the answer; an input that has no instruction stands in the instruction's place."""
        if instruction.strip() and text.strip():
            return self.prompt_input.fill({"instruction": instruction, "input": text})
        request = instruction if instruction.strip() else text
        return request if self._is_whole(request) else self.prompt_no_input.fill({"instruction": request})

    def _is_whole(self, request: str) -> bool:
        end = self.prompt_no_input.pieces[-1][0].strip()
        return bool(end) and request.rstrip().endswith(f"\n{end}")


@cache
def alpaca() -> Wrapper:
    """Return the wrapper of stanford_alpaca, byte by byte (`wrappers.toml`)."""
    text = files("transforms.formats").joinpath("wrappers.toml").read_text("utf-8")
    table = tomllib.loads(text)["alpaca"]
    return Wrapper(
        parse(table["prompt_input"], ("instruction", "input")), parse(table["prompt_no_input"], ("instruction",))
    )
