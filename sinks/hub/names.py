"""Names on the Hub, as far as they can be judged without asking it."""

import re

REPOSITORY = re.compile(r"(?!.*(--|\.\.|\.git$))[A-Za-z0-9][\w.-]{0,95}/\w(?:[\w.-]{0,94}\w)?", re.ASCII)
"""Names of repositories: an owner and a name."""

REFERENCE = re.compile(r"(?!.*(\.\.|//|\.lock$|[./]$))\w[\w./-]*", re.ASCII)
"""Names of branches and tags; git takes others, which the Hub doesn't."""

BY_SIGNATURE = "signature"
"""The name that asks for a tag made of the run signature."""


def check_names(repo: str, revision: str, tag: str) -> None:
    """Raise ValueError where a name can't be one on the Hub; an empty tag is none."""
    if not REPOSITORY.fullmatch(repo):
        raise ValueError(f"repo {repo!r}: expected OWNER/NAME, a user or an organisation and a name")
    for what, name in (("revision", revision), ("tag", tag or "main")):
        if not REFERENCE.fullmatch(name):
            raise ValueError(f"{what} {name!r}: expected letters, digits and . _ - /, such as v1.0")


def tag_of(signature: str) -> str:
    """Return the run signature as a tag: without the name, and without characters that git doesn't take.

    `name:a|seed:17|recipe:26631cfe` is `seed-17_recipe-26631cfe`.
    """
    fields = [field for field in signature.split("|") if not field.startswith("name:")]
    return re.sub(r"[^A-Za-z0-9._-]+", "-", "_".join(fields)).strip("-.")
