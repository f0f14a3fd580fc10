"""Why something isn't published, beside `OutputError`, by what is to be done about it."""


class PublishError(Exception):
    """What was asked for can't be: exit status 2. The text says what is wrong and what to do."""


class HubError(Exception):
    """The Hub refuses, can't be reached, or isn't as expected: exit status 1. The text is for people."""
