import json
from dataclasses import dataclass

import pytest

from transforms.read.files import SourceError
from transforms.rules.digits import Digits
from transforms.third_parties import ThirdPartyError, naming_third_parties


@dataclass(frozen=True)
class Theirs:
    """A class of another package: not of transforms, sinks or pipeline."""


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (KeyError("colour"), "KeyError: 'colour'"),
        (ZeroDivisionError("by\n  zero"), "ZeroDivisionError: by zero"),
        (RuntimeError(), "RuntimeError"),
    ],
)
def test_the_class_the_exception_and_the_place_are_told(error: Exception, said: str) -> None:
    with pytest.raises(ThirdPartyError) as caught, naming_third_parties(Theirs()):
        raise error
    line = caught.traceback[0].lineno + 1
    place = f"(test_third_parties.py, line {line + 1})"
    assert str(caught.value) == f"{__name__}.Theirs, of another package, failed: {said} {place}"
    assert caught.value.__cause__ is error


def test_the_place_is_theirs_where_a_library_raises() -> None:
    with pytest.raises(ThirdPartyError) as caught, naming_third_parties(Theirs()):
        json.loads("{")
    assert "JSONDecodeError: " in str(caught.value)
    assert "(test_third_parties.py, line " in str(caught.value)


@pytest.mark.parametrize("error", [SourceError("x.csv: broken"), FileNotFoundError("x"), ThirdPartyError("another's")])
def test_errors_that_tell_more_stay_what_they_are(error: Exception) -> None:
    with pytest.raises(type(error)) as caught, naming_third_parties(Theirs()):
        raise error
    assert caught.value is error


def test_what_fails_in_langloom_is_nobody_elses_fault() -> None:
    with pytest.raises(KeyError), naming_third_parties(Digits()):
        raise KeyError("ours")
