import json
import random
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from transforms.translate.engines import Answer, EngineError, MissingExtra, UnsupportedPair, ctranslate2
from transforms.translate.engines.ctranslate2 import CTranslate2, Family

library = pytest.importorskip("ctranslate2")
sentencepiece = pytest.importorskip("sentencepiece")

TEXT = "the cat sat on a mat and saw how many red apples Tom has in his basket , while X0X X1X cost 3 . 0 5 7"
WORDS = TEXT.split()
LANGUAGES: dict[Family, list[str]] = {
    "nllb": ["eng_Latn", "por_Latn", "zho_Hant"],
    "m2m100": ["__en__", "__pt__"],
    "opus": [">>por<<", ">>pt_BR<<"],
}
DIMENSION = 16


def train_pieces(folder: Path, names: list[str]) -> list[str]:
    """Make a small SentencePiece model; return its pieces."""
    draw = random.Random(1)
    lines = [" ".join(draw.sample(WORDS, 8)) for _ in range(300)]
    (folder / "lines.txt").write_text("\n".join(lines), "utf-8")
    sentencepiece.SentencePieceTrainer.train(
        input=str(folder / "lines.txt"), model_prefix=str(folder / "small"), vocab_size=56, minloglevel=2
    )
    (folder / "lines.txt").unlink()
    (folder / "small.vocab").unlink()
    for name in names:
        shutil.copy(folder / "small.model", folder / name)
    (folder / "small.model").unlink()
    processor = sentencepiece.SentencePieceProcessor(model_file=str(folder / names[0]))
    return [processor.id_to_piece(at) for at in range(3, processor.get_piece_size())]


def write_model(folder: Path, tokens: list[str], adds_end: bool = False) -> None:
    """Write a Transformer of one layer with random weights."""
    draw = np.random.default_rng(1)

    def weights(*shape: int) -> Any:
        return draw.normal(0, 0.5, shape).astype(np.float32)

    def linear(layer: Any, out: int, into: int) -> None:
        layer.weight, layer.bias = weights(out, into), weights(out)

    def norm(layer: Any) -> None:
        layer.gamma, layer.beta = np.ones(DIMENSION, np.float32), np.zeros(DIMENSION, np.float32)

    size = DIMENSION
    spec = library.specs.TransformerSpec.from_config(1, 2, pre_norm=True)
    for part in (spec.encoder, spec.decoder):
        embeddings = part.embeddings[0] if isinstance(part.embeddings, list) else part.embeddings
        embeddings.weight = weights(len(tokens), size)
        norm(part.layer_norm)
        for layer in part.layer:
            norm(layer.self_attention.layer_norm)
            linear(layer.self_attention.linear[0], 3 * size, size)
            linear(layer.self_attention.linear[1], size, size)
            if part is spec.decoder:
                norm(layer.attention.layer_norm)
                linear(layer.attention.linear[0], size, size)
                linear(layer.attention.linear[1], 2 * size, size)
                linear(layer.attention.linear[2], size, size)
            norm(layer.ffn.layer_norm)
            linear(layer.ffn.linear_0, 4 * size, size)
            linear(layer.ffn.linear_1, size, 4 * size)
    linear(spec.decoder.projection, len(tokens), size)
    spec.decoder.projection.bias += [{"</s>": 4, "<unk>": -9}.get(token, 0) for token in tokens]
    spec.config.add_source_eos = adds_end
    spec.register_source_vocabulary(tokens)
    spec.register_target_vocabulary(tokens)
    spec.validate()
    spec.optimize()
    spec.save(str(folder))


def make_folder(folder: Path, family: Family, languages: list[str] | None = None, adds_end: bool = False) -> Path:
    folder.mkdir(parents=True)
    names = ["source.spm", "target.spm"] if family == "opus" else ["sentencepiece.bpe.model"]
    pieces = train_pieces(folder, names)
    tokens = ["<s>", "<pad>", "</s>", "<unk>", *pieces, *(LANGUAGES[family] if languages is None else languages)]
    write_model(folder, tokens, adds_end)
    return folder


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("models")
    made: dict[str, Path] = {family: make_folder(root / family, family) for family in LANGUAGES}
    return {**made, "bilingual": make_folder(root / "bilingual", "opus", [], adds_end=True)}


def spelled(models: dict[str, Path], text: str) -> list[str]:
    """Return a text as pieces of the models' vocabulary."""
    processor = sentencepiece.SentencePieceProcessor(model_file=str(models["nllb"] / "sentencepiece.bpe.model"))
    pieces: list[str] = processor.encode(text, out_type=str)
    return pieces


class Recorder:
    """Stands for the library's translator: remembers what it is asked, and answers as it is told."""

    def __init__(self, *hypotheses: list[str]) -> None:
        self.hypotheses = hypotheses
        self.asked: list[list[str]] = []
        self.options: dict[str, Any] = {}

    def translate_batch(self, asked: list[list[str]], **options: Any) -> list[Any]:
        self.asked, self.options = asked, options
        return [SimpleNamespace(hypotheses=[tokens]) for tokens in self.hypotheses]


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Any:
    def use(*hypotheses: list[str]) -> Recorder:
        recorder = Recorder(*hypotheses)
        monkeypatch.setattr(ctranslate2, "_LOADED", {})
        monkeypatch.setattr(library, "Translator", lambda *_, **__: recorder)
        return recorder

    return use


@pytest.mark.parametrize(
    ("model", "before", "forced", "end"),
    [
        ("nllb", ["eng_Latn"], ["por_Latn"], ["</s>"]),
        ("m2m100", ["__en__"], ["__pt__"], ["</s>"]),
        ("opus", [">>por<<"], [], ["</s>"]),
        ("bilingual", [], [], []),  # the library ends the source itself
    ],
)
def test_tokens_follow_the_familys_conventions(
    models: dict[str, Path], stand_in: Any, model: str, before: list[str], forced: list[str], end: list[str]
) -> None:
    recorder = stand_in([*forced, *spelled(models, "the cat"), "</s>"])
    (answer,) = CTranslate2(str(models[model])).translate(["the cat"], "en", "pt")
    asked = recorder.asked[0]
    assert asked[: len(before)] == before
    assert asked[len(asked) - len(end) :] == end
    assert asked[len(before) : len(asked) - len(end)] == spelled(models, "the cat")
    assert recorder.options["target_prefix"] == ([forced] if forced else None)
    assert recorder.options["max_batch_size"] == 1
    assert answer == Answer("the cat", None, len(asked), 1 + len(spelled(models, "the cat")))


@pytest.mark.parametrize("model", ["nllb", "m2m100", "opus", "bilingual"])
def test_a_real_model_answers_the_same_in_any_order(models: dict[str, Path], model: str) -> None:
    draw = random.Random(2)
    texts = [" ".join(draw.sample(WORDS, draw.randrange(1, 9))) for _ in range(40)]
    engine = CTranslate2(str(models[model]), threads=2)
    first = dict(zip(texts, engine.translate(texts, "en", "pt"), strict=True))
    shuffled = draw.sample(texts, len(texts))
    assert dict(zip(shuffled, engine.translate(shuffled, "en", "pt"), strict=True)) == first
    assert [engine.translate([text], "en", "pt")[0] for text in texts] == [first[text] for text in texts]
    assert any(answer.text for answer in first.values())
    for answer in first.values():
        assert answer.failure in {None, "cut", "unencodable"}
        assert not any(token in answer.text for token in ("</s>", "_Latn", "__", ">>"))


@pytest.mark.parametrize(
    ("hypothesis", "failure"),
    [
        (["por_Latn", "\u2581the"], "cut"),
        (["por_Latn"], "cut"),
        (["por_Latn", "\u2581the", "<unk>", "</s>"], "unencodable"),
        (["por_Latn", "\u2581the", "madeupword0", "</s>"], "unencodable"),
        (["por_Latn", "\u2581the", "</s>"], None),
    ],
)
def test_what_is_no_translation_is_a_failure(
    models: dict[str, Path], stand_in: Any, hypothesis: list[str], failure: str | None
) -> None:
    stand_in(hypothesis)
    (answer,) = CTranslate2(str(models["nllb"])).translate(["the cat"], "en", "pt")
    assert (answer.failure, answer.text) == (failure, "" if failure else "the")
    assert answer.input_tokens > 2


def test_a_translation_without_an_end_is_cut(models: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctranslate2, "MAX_TOKENS", 8)  # of random weights, few translations end so soon
    texts = [" ".join(WORDS[at : at + 3]) for at in range(20)]
    answers = CTranslate2(str(models["nllb"])).translate(texts, "en", "pt")
    assert "cut" in {answer.failure for answer in answers}


def test_too_long_texts_are_not_asked(models: dict[str, Path], stand_in: Any) -> None:
    recorder = stand_in(["por_Latn", "\u2581the", "</s>"])
    answers = CTranslate2(str(models["nllb"])).translate(["the cat " * 300, "the cat", ""], "en", "pt")
    assert [answer.failure for answer in answers] == ["too_long", None, None]
    assert [answer.text for answer in answers] == ["", "the", ""]
    assert len(recorder.asked) == 1


def test_unknown_characters_are_protected(models: dict[str, Path], stand_in: Any) -> None:
    engine = CTranslate2(str(models["nllb"]))
    recorder = stand_in(["por_Latn", *spelled(models, "X0X the cat"), "</s>"])
    (answer,) = engine.translate(["the cat \u041f\u0440\u0438"], "en", "pt")
    assert answer.text == "\u041f\u0440\u0438 the cat"
    assert not any("\u041f" in token for token in recorder.asked[0])
    stand_in(["por_Latn", *spelled(models, "the cat"), "</s>"])
    assert engine.translate(["the cat \u041f\u0440\u0438"], "en", "pt")[0].failure == "unencodable"


def test_unknown_characters_beside_placeholders(models: dict[str, Path], stand_in: Any) -> None:
    stand_in(["por_Latn", *spelled(models, "the X0X X1X"), "</s>"])
    (answer,) = CTranslate2(str(models["nllb"])).translate(["X0X the \u041f\u0440"], "en", "pt")
    assert answer.text == "the X0X \u041f\u0440"


def test_tokens_in_a_text_are_no_tokens(models: dict[str, Path]) -> None:
    (answer,) = CTranslate2(str(models["opus"])).translate([">>pt_BR<< the </s> <unk> cat"], "en", "pt")
    assert answer.failure in {None, "cut", "unencodable"}


def test_check_says_what_is_missing(models: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    CTranslate2(str(models["nllb"])).check("en", "zh-TW")
    CTranslate2(str(models["opus"])).check("en", "pt-BR")
    CTranslate2(str(models["bilingual"])).check("en", "de")
    CTranslate2(str(models["bilingual"]), pair=("en", "de")).check("en", "de-AT")
    for model, target, message in [
        ("nllb", "de", "lacks deu_Latn"),
        ("nllb", "tlh", "nllb has no tlh"),
        ("m2m100", "de", "lacks __de__"),
        ("opus", "de", "opus has por, pt_BR"),
    ]:
        with pytest.raises(UnsupportedPair, match=message):
            CTranslate2(str(models[model])).check("en", target)
    with pytest.raises(UnsupportedPair, match="has en to de"):
        CTranslate2(str(models["bilingual"]), pair=("en", "de")).check("de", "en")
    with pytest.raises(FileNotFoundError, match="not a folder"):
        CTranslate2(str(tmp_path / "none")).check("en", "pt")
    with pytest.raises(FileNotFoundError, match=r"lacks model\.bin"):
        CTranslate2(str(tmp_path)).check("en", "pt")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r'needs the library ctranslate2: pip install "langloom\[ctranslate2\]"'):
        CTranslate2(str(models["nllb"])).check("en", "pt")


def test_a_brazilian_token_is_found(models: dict[str, Path], stand_in: Any, tmp_path: Path) -> None:
    recorder = stand_in(["\u2581the", "</s>"])
    folder = make_folder(tmp_path / "brazil", "opus", [">>pt_BR<<", ">>fr<<"])
    for target, token in [("pt-BR", ">>pt_BR<<"), ("fr", ">>fr<<"), ("fra", ">>fr<<")]:
        CTranslate2(str(folder)).translate(["the"], "en", target)
        assert recorder.asked[0][0] == token


def test_incomplete_folders(models: dict[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(models["nllb"], folder)
    (folder / "sentencepiece.bpe.model").rename(folder / "kept")
    with pytest.raises(FileNotFoundError, match="and has none: copy them"):
        CTranslate2(str(folder)).check("en", "pt")
    (folder / "kept").rename(folder / "any.model")
    CTranslate2(str(folder)).check("en", "pt")
    tokens = json.loads((folder / "shared_vocabulary.json").read_text("utf-8"))
    (folder / "shared_vocabulary.json").unlink()
    with pytest.raises(FileNotFoundError, match="lacks source_vocabulary"):
        CTranslate2(str(folder)).check("en", "pt")
    (folder / "shared_vocabulary.txt").write_text("\n".join(tokens), "utf-8")  # as older versions wrote it
    CTranslate2(str(folder)).check("en", "pt")
    (folder / "shared_vocabulary.txt").write_text("\n".join(tokens[:-3]), "utf-8")
    with pytest.raises(FileNotFoundError, match="of no known family"):
        CTranslate2(str(folder)).check("en", "pt")
    CTranslate2(str(folder), family="opus").check("en", "pt")


def test_the_signature_is_the_contents(models: dict[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    shutil.copytree(models["nllb"], folder)
    engine = CTranslate2(str(folder))
    signature = engine.signature_of("en", "pt")
    assert signature == CTranslate2(str(models["nllb"]), threads=3, shards=2).signature_of("en", "pt")
    assert signature.endswith(":nllb:beam2:together1:cpu:default")
    assert CTranslate2(str(folder), beam_size=4).signature_of("en", "pt") != signature
    config = json.loads((folder / "config.json").read_text("utf-8"))
    (folder / "config.json").write_text(json.dumps({**config, "add_source_eos": True}), "utf-8")
    assert engine.signature_of("en", "pt") != signature


def test_what_cant_be_loaded_stops_the_run(models: dict[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    shutil.copytree(models["nllb"], folder)
    (folder / "model.bin").write_bytes(b"nonsense")
    with pytest.raises(EngineError, match="can't load"):
        CTranslate2(str(folder)).translate(["the"], "en", "pt")


def test_parameters() -> None:
    with pytest.raises(ValueError, match="beam_size is 0: it must be 1 or more"):
        CTranslate2("model", beam_size=0)
    assert CTranslate2("model").deterministic
    assert not CTranslate2("model", together=64).deterministic
    assert CTranslate2("model", together=64).batch == 64
    assert (CTranslate2("model").groups(8), CTranslate2("model", shards=3).groups(8)) == (1, 3)
