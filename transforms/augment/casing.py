"""Upper case and title case."""

import re

_FIRST = re.compile(r"(?<!\S)\S")


def upper_case(text: str) -> str:
    """Return the text in upper case, as Unicode has it (`ß` becomes `SS`)."""
    return text.upper()


def title_case(text: str) -> str:
    """Return the text with the first character of each word in upper case.

    Words are what white space separates; the rest of them, and the white space, stay as they are. (OpusTrainer's
    README says that the rest becomes lower case; its code leaves it, and makes white space single spaces.)
    """
    return _FIRST.sub(lambda match: match[0].upper(), text)
