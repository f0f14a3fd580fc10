"""The registry: every source, rule, step, engine, format and sink by the name that a recipe uses.

Third parties add theirs through entry points of the groups `langloom.sources`, `langloom.rules`, `langloom.steps`,
`langloom.engines`, `langloom.formats` and `langloom.sinks`; a name of langloom's own can't be taken over.
"""

import dataclasses
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, get_type_hints

REGISTRY: dict[str, dict[str, str]] = {
    "sources": {
        "jsonl": "transforms.read.json_lines:JsonLines",
        "json": "transforms.read.json_array:JsonArray",
        "csv": "transforms.read.delimited:Csv",
        "tsv": "transforms.read.delimited:Tsv",
        "parquet": "transforms.read.arrow_files:Parquet",
        "arrow": "transforms.read.arrow_files:Arrow",
        "text": "transforms.read.plain_text:Text",
        "lines": "transforms.read.aligned_lines:Lines",
        "tmx": "transforms.read.tmx:Tmx",
        "hub": "transforms.read.hub:Hub",
    },
    "rules": {
        "length": "transforms.rules.length:Length",
        "length_ratio": "transforms.rules.length:LengthRatio",
        "language": "transforms.rules.language:Language",
        "copy": "transforms.rules.overlap:Copy",
        "digits": "transforms.rules.digits:Digits",
        "final_answer": "transforms.rules.final_answer:FinalAnswer",
        "script": "transforms.rules.script:Script",
        "regex": "transforms.rules.regex:Regex",
        "max_tokens": "transforms.rules.max_tokens:MaxTokens",
        "translatable": "transforms.rules.untranslatable:Translatable",
    },
    "steps": {
        "normalize": "transforms.normalize:Normalize",
        "augment": "transforms.augment.step:Augment",
        "format": "transforms.formats.template:Format",
        "pair": "transforms.pair:Pair",
        "distinct_equations": "transforms.distinct_equations:DistinctEquations",
        "deduplicate": "transforms.deduplicate:Deduplicate",
        "decontaminate": "transforms.decontaminate:Decontaminate",
        "translate": "transforms.translate.step:Translate",
        "round_trip": "transforms.translate.round_trip:RoundTrip",
    },
    "engines": {
        "apertium": "transforms.translate.engines.apertium:Apertium",
        "ctranslate2": "transforms.translate.engines.ctranslate2:CTranslate2",
        "firefox": "transforms.translate.engines.firefox:Firefox",
        "identity": "transforms.translate.engines.identity:Identity",
        "memory": "transforms.translate.engines.memory:OnlyMemory",
        "openai": "transforms.translate.engines.openai:OpenAI",
        "openai_batch": "transforms.translate.engines.openai_batch:OpenAIBatch",
    },
    "formats": {
        "chatflow": "transforms.formats:chatflow.toml",
        "distilling": "transforms.formats:distilling.toml",
        "mathoctopus": "transforms.formats:mathoctopus.toml",
        "parrot": "transforms.formats:parrot.toml",
        "qalign": "transforms.formats:qalign.toml",
        "summarization": "transforms.formats:summarization.toml",
        "x_llama": "transforms.formats:x_llama.toml",
        "x_llama_qa": "transforms.formats:x_llama_qa.toml",
    },
    "sinks": {
        "parquet": "sinks.parquet:Parquet",
        "jsonl": "sinks.json_lines:JsonLines",
        "hub": "sinks.hub.recipe:Hub",
    },
}

METHODS = {
    "sources": {"blocks", "count", "lang", "named", "own_columns", "parameters", "read"},
    "rules": {"judge"},
    "steps": {"rewrite", "expand", "decide", "unfolded"},
    "engines": {"check", "deterministic", "groups", "kind", "placeholders", "signature_of", "unit"},
    "sinks": {"ending", "writer"},
}
"""What a class of each kind must have: methods, attributes or fields; of a step's, one is enough.

Most of a source's come with `Reader`.
"""


class RegistrationError(Exception):
    """What another package registers can't be used: it can't be imported, or isn't what langloom takes (status 2)."""


@cache
def known(kind: str) -> dict[str, str]:
    """Return what is registered under a kind: the name in recipes, and `module:attribute` or `package:file`."""
    found = {
        entry.name: entry.value
        for entry in sorted(entry_points(group=f"langloom.{kind}"), key=lambda e: (e.name, e.value))
    }
    return {**found, **REGISTRY[kind]}


@cache
def find(kind: str, name: str) -> Any:
    """Import and return the class that is registered under this name; KeyError where there is none.

    RegistrationError where it is another package's and can't be used.
    """
    value = known(kind)[name]
    module, _, attribute = value.partition(":")
    if name in REGISTRY[kind]:
        return getattr(import_module(module), attribute)
    registered = f"the {kind.removesuffix('s')} {name!r}, which another package registers as {value},"
    try:
        found = getattr(import_module(module), attribute)
    except Exception as error:  # whatever the code of others raises
        raise RegistrationError(f"{registered} can't be imported: {type(error).__name__}: {error}") from error
    if wrong := _unfit(kind, found):
        raise RegistrationError(f"{registered} {wrong}")
    return found


def _unfit(kind: str, found: Any) -> str:
    """Say why something can't be registered under a kind; empty where it can."""
    if not (isinstance(found, type) and dataclasses.is_dataclass(found)):
        return "is no dataclass, whose fields would be its parameters"
    try:
        get_type_hints(found)
    except (AttributeError, NameError, SyntaxError, TypeError) as error:
        return f"has a field whose type can't be told: {type(error).__name__}: {error}"
    has = METHODS[kind] & {*dir(found), *(field.name for field in dataclasses.fields(found))}
    if has == METHODS[kind] or (has and kind == "steps"):
        return ""
    lacking = " or ".join(sorted(METHODS[kind])) if kind == "steps" else ", ".join(sorted(METHODS[kind] - has))
    return f"lacks {lacking}"
