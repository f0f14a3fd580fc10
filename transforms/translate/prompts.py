"""Prompts: how language models are asked for a translation; templates are data (`prompts.toml`)."""

import json
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from transforms.example import digest
from transforms.files import read_bytes
from transforms.formats.languages import language_name
from transforms.read.files import resolve
from transforms.translate.engines import Query

PACKAGED = "prompts.toml"

_REASONS = {
    "chatter": "it said more than the translation",
    "control_character": "it had a control character",
    "cut": "it was too long",
    "digits": "a number was missing or changed",
    "echo": "it left the text, or part of it, untranslated",
    "empty": "it was empty",
    "encoding": "its characters were garbled",
    "glossary": "a term was not translated as asked",
    "line_break": "the number of lines had changed",
    "placeholder_altered": "a marker was changed",
    "placeholder_lost": "a marker was missing",
    "placeholder_repeated": "a marker stood there twice",
    "placeholder_unknown": "it had a marker that the text has not",
    "reply_format": "it was not such an array",
    "wrong_language": "it was in another language",
}
"""Reasons as a model is told them."""


@dataclass(frozen=True)
class Prompt:
    """A template of messages.

    Attributes:
      system: the system message; none is sent where it is empty.
      user: what stands before one text, with `{source}` and `{target}` for the names of the languages.
      several: what stands before a JSON array of texts.
      terms: what stands before the pairs of a glossary that a text has.
      again: what is added where an earlier answer couldn't be used, with `{reason}` for why.
    """

    system: str
    user: str
    several: str
    terms: str = "Use these translations of terms:"
    again: str = "An earlier answer could not be used ({reason}). Follow the instructions above to the letter."

    def messages(self, query: Query) -> list[dict[str, str]]:
        """Return the messages for a query. The text stands last, after a blank line."""
        one = len(query.texts) == 1
        ask = _filled(self.user if one else self.several, query.source, query.target)
        if query.terms:
            ask += "\n" + "\n".join([self.terms, *(f"{term} = {wanted}" for term, wanted in query.terms)])
        if query.again:
            ask += "\n" + self.again.replace("{reason}", _REASONS.get(query.again, query.again.replace("_", " ")))
        texts = query.texts[0] if one else json.dumps(list(query.texts), ensure_ascii=False)
        system = [{"role": "system", "content": _filled(self.system, query.source, query.target)}]
        return [*(system if self.system else []), {"role": "user", "content": f"{ask}\n\n{texts}"}]

    def signature(self) -> str:
        """Return a hash of the template."""
        return digest(self.system, self.user, self.several, self.terms, self.again).hex()[:12]


@cache
def load_prompt(name: str) -> Prompt:
    """Return a template: a packaged one by its name, or one that `resolve_prompt` has read.

    Raises ValueError where there is none of this name, or it lacks a part.
    """
    if name.startswith("{"):
        return Prompt(**json.loads(name))
    return _prompt(files("transforms.translate").joinpath(PACKAGED).read_text("utf-8"), name, name)


def resolve_prompt(name: str, base: str) -> str:
    """Return what `load_prompt` makes of a name anywhere: that of a file, `path/to/file.toml:name`, is read now.

    Args:
      name: a packaged template's name, or a file's and a name in it.
      base: the folder from which a relative path is taken.

    Raises ValueError where the file can't be read, or holds no such template.
    """
    path, _, inside = name.rpartition(":")
    if not path or name.startswith("{"):
        return name
    try:
        text = read_bytes(str(resolve(base, path))).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"prompt is {name!r}: {path} can't be read ({error})") from None
    return json.dumps(vars(_prompt(text, inside, name)), ensure_ascii=False)


def is_file(name: str) -> bool:
    """Say whether a prompt is a file's, which has to be read first."""
    return ":" in name and not name.startswith("{")


def _prompt(text: str, inside: str, name: str) -> Prompt:
    try:
        prompts = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"prompt is {name!r}: it can't be read as TOML ({error})") from None
    if not isinstance(prompts.get(inside), dict):
        raise ValueError(f"prompt is {name!r}: there are {', '.join(prompts)}")
    given = prompts[inside]
    if wrong := next((key for key, value in given.items() if not isinstance(value, str)), None):
        raise ValueError(f"prompt {name!r} has {wrong} = {given[wrong]!r}: it must be text, in quotes")
    try:
        return Prompt(**given)
    except TypeError:
        raise ValueError(f"prompt {name!r} must have system, user and several, and may have terms and again") from None


def _filled(template: str, source: str, target: str) -> str:
    names = {"{source}": source, "{target}": target}
    for mark, tag in names.items():
        template = template.replace(mark, language_name(tag, "plain") or tag)
    return template
