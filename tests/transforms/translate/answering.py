"""An engine in this process that answers by a function of the text, for the tests of what asks engines."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from transforms.translate.cutting import Unit
from transforms.translate.engines import Answer, Kind


@dataclass(frozen=True)
class Answering:
    """Keeps what it was sent; every answer that is a text uses 3 tokens of input and 4 of output."""

    answer: Callable[[str], str | Answer] = field(compare=False)
    signature: str = "fake"
    placeholders: tuple[str, ...] = ("X{}X", "Z{}Q")
    deterministic: bool = True
    batch: int = 2
    sent: list[str] = field(default_factory=list, compare=False)

    kind: ClassVar[Kind] = "mt"
    unit: ClassVar[Unit] = "line"

    def groups(self, cores: int) -> int:
        return 1

    def signature_of(self, source: str, target: str) -> str:
        return self.signature

    def check(self, source: str, target: str) -> None: ...

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[Answer]:
        self.sent.extend(texts)
        answers = [self.answer(text) for text in texts]
        return [answer if isinstance(answer, Answer) else Answer(answer, None, 3, 4) for answer in answers]
