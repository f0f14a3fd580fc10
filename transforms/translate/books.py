"""The books that are kept while an engine is asked, whatever its driver."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from transforms.translate.journal import Journal
from transforms.translate.purse import Purse
from transforms.translate.service import Service
from transforms.translate.usage import Tally, Usage
from transforms.translate.wanted import Fail


@dataclass(frozen=True)
class Books:
    """What a driver writes down.

    Attributes:
      journal: translations, each before the next request starts.
      purse: what may be spent, is reserved and was paid.
      usages: what the engine did, by target language.
      tally: what is going on, for the display.
      fail: takes a segment that the engine has no translation for, and why.
      services: what is known of services, by engine.
    """

    journal: Journal
    purse: Purse
    usages: Mapping[str, Usage]
    tally: Tally
    fail: Fail
    services: dict[str, Service] = field(default_factory=dict)
