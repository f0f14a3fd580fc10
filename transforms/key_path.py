"""Where in plain data (parsed YAML, TOML or JSON) a value stands."""

KeyPath = tuple[str | int, ...]
"""The way to a value: keys of mappings, and places in lists from 0."""


class MalformedError(ValueError):
    """A file's data isn't what it should be.

    Attributes:
      path: the keys that lead to what is wrong.
      message: what is wrong there.
    """

    def __init__(self, path: KeyPath, message: str) -> None:
        super().__init__(": ".join([".".join(map(str, path)), message] if path else [message]))
        self.path, self.message = path, message
