import json
import warnings
from pathlib import Path
from shutil import copytree

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from transformers import MarianConfig, MarianTokenizer

from generation.checkpoints.networks import MarianMTModel
from generation.errors import WeightsError
from generation.translation import Translator, is_russian
from tests.generation.toy_translator import PHRASES, save_toy_translator

SENTENCES = [*PHRASES, "синий кот спит", "Лиса", "снег, дом и ёж", "a fox, рыжий"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A translator's weights; nobody writes into them."""
    return save_toy_translator(tmp_path_factory.mktemp("translators") / "toy")


@pytest.fixture(scope="module")
def translator(folder: Path) -> Translator:
    return Translator.load(folder)


@pytest.fixture(scope="module")
def published_tokenizer(folder: Path) -> MarianTokenizer:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Recommended: pip install sacremoses")
        tokenizer: MarianTokenizer = MarianTokenizer.from_pretrained(folder)
        return tokenizer


@pytest.fixture
def own_folder(folder: Path, tmp_path: Path) -> Path:
    """The same weights in a folder that the test may damage."""
    return copytree(folder, tmp_path / "translator")


@pytest.mark.parametrize(("russian", "english"), PHRASES.items())
def test_it_says_what_it_learnt(russian, english, translator):
    assert translator.translate(russian) == english


@pytest.mark.parametrize("text", SENTENCES)
def test_it_spells_as_transformers_does(text, translator, published_tokenizer):
    ours = [*translator.tokenizer.encode(text), translator.tokenizer.end]

    assert ours == published_tokenizer(text).input_ids


@given(numbers=st.lists(st.integers(2, 40), max_size=20))
def test_it_reads_as_transformers_does(numbers, translator, published_tokenizer):
    published = published_tokenizer.decode(numbers, skip_special_tokens=True)

    assert translator.tokenizer.decode(numbers) == published


@pytest.mark.parametrize("text", SENTENCES)
def test_it_translates_as_transformers_does(
    text, folder, translator, published_tokenizer
):
    asked = published_tokenizer(text, return_tensors="pt")
    network = MarianMTModel.from_pretrained(folder).eval()

    [published] = network.generate(**asked, do_sample=False, max_length=60)
    ours = translator.translate(text)

    english = published_tokenizer.decode(published, skip_special_tokens=True)
    assert ours == (english if text.endswith(".") else english.rstrip("."))


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("", ""),
        (" a red cat, 4k ", " a red cat, 4k "),
        ("рыжий кот, oil on canvas, 4k", "a red cat, oil on canvas, 4k"),
        ("oil on canvas, рыжий кот", "oil on canvas, a red cat"),
        ("рыжий кот, который спит; 16:9", "a red cat that sleeps; 16:9"),
        ("Лиса спит. Идёт снег.", "A fox sleeps. It snows."),
        ("  синий дом\nA fox.", "  a blue house\nA fox."),
    ],
)
def test_what_is_russian_is_translated_and_the_rest_stays(text, english, translator):
    assert translator.english(text) == english


@given(text=st.text(st.characters(max_codepoint=0x24F)))
def test_what_has_no_cyrillic_letter_stays_as_it_is(text, translator):
    assert translator.english(text) == text


@pytest.mark.parametrize(
    ("text", "russian"),
    [
        ("рыжий кот", True),
        ("кот cat", True),
        ("кот cats", False),
        ("a cat", False),
        ("猫 и кот", True),
        ("4k, 16:9", False),
        ("", False),
    ],
)
def test_half_of_the_letters_decide(text, russian):
    assert is_russian(text) == russian


def test_a_spelt_end_does_not_end_the_text(translator):
    assert translator.tokenizer.end not in translator.tokenizer.encode("кот</s>кот")


def test_a_sentence_longer_than_the_network_reads_is_translated_in_parts(translator):
    english = translator.translate("рыжий кот " * 40)

    assert len(english.split()) > 3


def test_no_answer_is_longer_than_the_source_deserves(translator):
    assert len(translator.translate("ъ")) <= 18


def test_what_was_translated_lately_is_not_translated_again(translator):
    first = translator.translate("синий дом")

    assert translator.translate("синий дом") is first


@pytest.mark.parametrize(
    "name", ["source.spm", "target.spm", "vocab.json", "config.json"]
)
def test_a_missing_file_is_named(name, own_folder):
    (own_folder / name).unlink()

    with pytest.raises(WeightsError, match=f"{name} is missing"):
        Translator.load(own_folder)


@pytest.mark.parametrize(
    "name", ["source.spm", "target.spm", "vocab.json", "model.safetensors"]
)
def test_a_file_cut_short_is_named(name, own_folder):
    file = own_folder / name
    file.write_bytes(file.read_bytes()[:200])

    with pytest.raises(WeightsError, match=name):
        Translator.load(own_folder)


@pytest.mark.parametrize(
    ("name", "entries", "said"),
    [
        ("generation_config.json", {"decoder_start_token_id": 999}, "begins with"),
        ("generation_config.json", {"eos_token_id": 1}, "ends with"),
    ],
)
def test_parts_that_do_not_fit_are_refused(name, entries, said, own_folder):
    file = own_folder / name
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | entries), "utf-8")

    with pytest.raises(WeightsError, match=said):
        Translator.load(own_folder)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda numbers: numbers | {"extra": len(numbers)}, "vocab_size"),
        (lambda numbers: numbers | {"extra": 9999}, "does not number"),
        (lambda numbers: {k: v for k, v in numbers.items() if k != "</s>"}, "no </s>"),
    ],
)
def test_a_vocabulary_that_does_not_fit_is_refused(change, said, own_folder):
    file = own_folder / "vocab.json"
    numbers = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps(change(numbers)), "utf-8")

    with pytest.raises(WeightsError, match=said):
        Translator.load(own_folder)


def test_a_network_with_two_vocabularies_is_refused(own_folder):
    config = MarianConfig.from_pretrained(
        own_folder, share_encoder_decoder_embeddings=False
    )
    MarianMTModel(config).save_pretrained(own_folder)

    with pytest.raises(WeightsError, match="share_encoder_decoder_embeddings False"):
        Translator.load(own_folder)


def test_weights_that_repeat_what_is_tied_are_taken(own_folder):
    _untie(own_folder / "model.safetensors")

    translator = Translator.load(own_folder)

    assert translator.translate("рыжий кот") == "a red cat"


def test_half_precision_weights_are_taken(own_folder):
    file = own_folder / "model.safetensors"
    halves = {name: tensor.half() for name, tensor in load_file(file).items()}
    save_file(halves, file, metadata={"format": "pt"})

    translator = Translator.load(own_folder)

    assert translator.network.dtype is torch.float32


def _untie(file):
    """Writes out what the network shares, as old converters did."""
    weights = load_file(file)
    for name in ("lm_head", "model.encoder.embed_tokens", "model.decoder.embed_tokens"):
        weights[f"{name}.weight"] = weights["model.shared.weight"].clone()
    save_file(weights, file, metadata={"format": "pt"})
