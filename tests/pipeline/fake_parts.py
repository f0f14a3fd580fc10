"""Sources, rules, steps and engines that only have parameters: what the recipe language is tested with."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, Self

from sinks.json_lines import JsonLines
from transforms.example import CONTENT
from transforms.translate.chain import chain_of


@dataclass(frozen=True)
class Jsonl:
    files: str | tuple[str, ...]
    shorthand: ClassVar[str] = "files"

    def resolved(self, base: str) -> Self:
        files = (self.files,) if isinstance(self.files, str) else self.files
        return replace(self, files=tuple(f"{base}/{file}" for file in files))

    def lang(self) -> str:
        return ""


@dataclass(frozen=True)
class Csv(Jsonl):
    delimiter: str = ","


@dataclass(frozen=True)
class Hub:
    repo: str
    split: str = "train"
    streaming: bool = False
    shorthand: ClassVar[str] = "repo"

    def resolved(self, base: str) -> Self:
        return self

    def lang(self) -> str:
        return ""


@dataclass(frozen=True)
class Length:
    min_chars: int = 1
    max_chars: int | None = None
    fields: tuple[str, ...] = ("output",)
    shorthand: ClassVar[str] = "min_chars"

    def __post_init__(self) -> None:
        if self.max_chars is not None and self.max_chars < self.min_chars:
            raise ValueError(f"max_chars {self.max_chars} is below min_chars {self.min_chars}")

    def judge(self, batch: Any) -> Any: ...


@dataclass(frozen=True)
class LengthRatio:
    max: float
    on_pairs: ClassVar[bool] = True
    shorthand: ClassVar[str] = "max"

    def judge(self, batch: Any) -> Any: ...


@dataclass(frozen=True)
class Digits:
    on_pairs: ClassVar[bool] = True

    def judge(self, batch: Any) -> Any: ...


@dataclass(frozen=True)
class Normalize:
    spaces: bool = False
    form: Literal["NFC", "NFKC"] = "NFC"

    def rewrite(self, batch: Any) -> Any: ...


@dataclass(frozen=True)
class Format:
    template: str
    wrappers: dict[str, str] | None = None
    shorthand: ClassVar[str] = "template"

    def rewrite(self, batch: Any) -> Any: ...

    def rewritten(self) -> frozenset[str]:
        return frozenset()


@dataclass(frozen=True)
class Pair:
    fields: tuple[str, ...] = ("instruction",)
    task: str = ""
    shorthand: ClassVar[str] = "fields"

    def expand(self, batch: Any) -> Any: ...


@dataclass(frozen=True)
class Deduplicate:
    by: tuple[str, ...] = ("input", "output")
    shorthand: ClassVar[str] = "by"

    def decide(self, parts: Any, context: Any) -> Any: ...


@dataclass(frozen=True)
class Budget:
    usd: float | None = None
    requests: int | None = None


@dataclass(frozen=True)
class Translate:
    to: tuple[str, ...]
    engine: str | tuple[str, ...]
    fields: tuple[str, ...] = CONTENT
    keep_source: bool = False
    budget: Budget | None = None

    best_of: ClassVar[None] = None
    glossary: ClassVar[dict[str, str]] = {}

    def __post_init__(self) -> None:
        if not self.engine:
            raise ValueError("engine is empty")

    @property
    def chain(self) -> tuple[str, ...]:
        return chain_of(self.engine)

    def decide(self, parts: Any, context: Any) -> Any: ...


@dataclass(frozen=True)
class Price:
    input: float
    output: float


@dataclass(frozen=True)
class Openai:
    model: str
    base_url: str = ""
    api_key: str = ""
    concurrency: int = 8
    price: Price | None = None
    extra: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        if self.base_url and not self.base_url.startswith("http"):
            raise ValueError(f"base_url is {self.base_url!r}; it begins with http:// or https://")

    def check(self, source: str, target: str) -> None:
        """Any pair will do."""


@dataclass(frozen=True)
class Firefox:
    model: str
    shorthand: ClassVar[str] = "model"

    def check(self, source: str, target: str) -> None:
        if (source, target) != ("en", "pt"):
            raise ValueError(f"{self.model} translates en to pt, not {source} to {target}")


@dataclass(frozen=True)
class Plain:
    """A sink of another package."""

    ending: str = ".txt"


PARTS: dict[str, dict[str, Any]] = {
    "sources": {"jsonl": Jsonl, "csv": Csv, "hub": Hub},
    "rules": {"length": Length, "length_ratio": LengthRatio, "digits": Digits},
    "steps": {
        "normalize": Normalize,
        "format": Format,
        "pair": Pair,
        "deduplicate": Deduplicate,
        "translate": Translate,
    },
    "engines": {"openai": Openai, "firefox": Firefox},
    "sinks": {"parquet": object, "jsonl": JsonLines, "hub": object, "plain": Plain},
}
