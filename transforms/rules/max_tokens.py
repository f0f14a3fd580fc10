"""A rule on the number of tokens."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
import pyarrow as pa

from transforms.example import CONTENT
from transforms.rules.fields import check_fields
from transforms.steps import Verdict
from transforms.tokens.lengths import token_counts
from transforms.tokens.loading import check, content_hash, pinned
from transforms.tokens.names import DEFAULT_TOKENIZER, parse


@dataclass(frozen=True)
class MaxTokens:
    """Keeps examples that are no longer than a number of tokens, such as what a trainer's sequences hold.

    The tokens of the fields are added up: each text is encoded by itself, and of `history` every turn. Not counted is
    what a trainer puts around them: special tokens, roles, a chat template, line ends between instruction and input.
    Leave room for it in `limit`: some 5 tokens a message, and some 30 for Alpaca's prompt.

    Parameters:
      limit: the most tokens that are kept.
      fields: the content columns to count; by default all of them.
      tokenizer: `tiktoken:ENCODING`, `file:PATH/tokenizer.json` (relative to the recipe), `hub:OWNER/NAME[@REVISION]`
        or `package:NAME[/PATH]`, a Python package that carries a tokenizer.json.

    Reads the content columns. Rejects with `max_tokens`; detail: "2130 tokens".
    """

    limit: int
    fields: tuple[str, ...] = CONTENT
    tokenizer: str = DEFAULT_TOKENIZER
    shorthand: ClassVar[str] = "limit"

    def __post_init__(self) -> None:
        check_fields(self.fields)
        if not self.fields:
            raise ValueError("fields: name at least one content column")
        if len(set(self.fields)) < len(self.fields):
            raise ValueError(f"fields: one of {', '.join(self.fields)} is named twice")
        if self.limit < 1:
            raise ValueError(f"limit is {self.limit}; it must be 1 or more")
        parse(self.tokenizer)

    def resolved(self, base: str) -> Self:
        """Return the rule with the tokenizer's path resolved; ValueError where it names nothing."""
        return replace(self, tokenizer=check(self.tokenizer, base))

    def pinned(self) -> Self:
        """Return the rule with the tokenizer pinned to a commit, where it is the Hub's."""
        return replace(self, tokenizer=pinned(self.tokenizer))

    def content(self) -> str:
        """Return what identifies the tokenizer."""
        return content_hash(self.tokenizer)

    def judge(self, batch: pa.RecordBatch) -> Verdict:
        counts = token_counts(batch, self.tokenizer, self.fields)
        found = {int(row): ("max_tokens", f"{counts[row]} tokens") for row in np.flatnonzero(counts > self.limit)}
        return Verdict.of(batch.num_rows, found)
