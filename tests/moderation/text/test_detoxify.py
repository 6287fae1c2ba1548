"""The real XLM-R class at toy width, beside the published package."""

import json
import warnings
from pathlib import Path

import pytest
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from moderation import Category
from moderation.errors import ClassifierUnavailable, ModerationError
from moderation.text.detoxify import IDENTITIES, NAMES, Detoxify, known_labels
from moderation.training.detoxify_conversion import convert
from torch_runtime.torchvision_operators import declare_missing_operators

WORDS = ["мир", "hello", "toxic", "кот", "a", "cat", "sex", "угроза"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """XLM-R's config and tokenizer at toy width, and a checkpoint as published."""
    declare_missing_operators()
    import torch  # noqa: PLC0415  # heavy, after the line above
    from transformers import (  # noqa: PLC0415
        XLMRobertaConfig,
        XLMRobertaForSequenceClassification,
    )

    folder = tmp_path_factory.mktemp("xlm-r")
    _save_tokenizer(folder)
    config = XLMRobertaConfig(
        vocab_size=len(WORDS) + 5,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=24,
        max_position_embeddings=514,
        type_vocab_size=1,
        initializer_range=0.8,
        id2label=dict(enumerate([*NAMES, *IDENTITIES])),
    )
    config.save_pretrained(folder)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        state = XLMRobertaForSequenceClassification(config).state_dict()
    arch = {
        "num_classes": 16,
        "model_type": str(folder),
        "model_name": "XLMRobertaForSequenceClassification",
        "tokenizer_name": "XLMRobertaTokenizer",
    }
    content = {
        "config": {
            "arch": {"args": arch},
            "dataset": {"args": {"classes": [*NAMES, *IDENTITIES]}},
        },
        "state_dict": state,
    }
    torch.save(content, folder / "published.ckpt")
    return folder


@pytest.fixture(scope="module")
def converted(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    to = tmp_path_factory.mktemp("detoxify") / "folder"
    convert(
        folder / "published.ckpt",
        tokenizer=folder / "tokenizer.json",
        config=folder / "config.json",
        to=to,
    )
    return to


def _save_tokenizer(folder: Path) -> None:
    hashed_ngrams = [
        "<s>",
        "<pad>",
        "</s>",
        "<unk>",
        *("▁" + word for word in WORDS),
        "<mask>",
    ]
    scores = [(piece, -1.0) for piece in hashed_ngrams]
    tokenizer = Tokenizer(models.Unigram(scores, unk_id=3))
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    about = {"tokenizer_class": "XLMRobertaTokenizer", "model_max_length": 512}
    (folder / "tokenizer_config.json").write_text(json.dumps(about))


@pytest.fixture(scope="module")
def ours(converted: Path) -> Detoxify:
    return Detoxify.load(converted)


def test_it_answers_what_the_published_package_answers(folder, ours):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from detoxify import Detoxify as Published  # type: ignore[import-untyped]  # noqa: PLC0415

        theirs = Published(checkpoint=str(folder / "published.ckpt"))

    for text in ("hello toxic cat", "мир кот угроза", "sex", "a"):
        told, scores = theirs.predict(text), ours.scores(text)
        toxic = max(told[n] for n in ("toxicity", "severe_toxicity", "obscene"))
        assert scores[Category.TOXIC] == pytest.approx(toxic, abs=1e-5)
        assert scores[Category.SEXUAL] == pytest.approx(
            told["sexual_explicit"], abs=1e-5
        )
        assert scores[Category.HATE] == pytest.approx(told["identity_attack"], abs=1e-5)
        assert scores[Category.HARASSMENT] == pytest.approx(told["insult"], abs=1e-5)
        assert scores[Category.VIOLENCE] == pytest.approx(told["threat"], abs=1e-5)


def test_the_end_of_a_long_text_is_read_too(ours):
    calm = ours.scores("мир " * 600)

    assert ours.scores("мир " * 600 + "hello toxic sex угроза") != calm


def test_many_texts_are_scored_together_as_each_alone(ours):
    texts = ["hello toxic cat", "", "мир " * 700 + "sex", "sex", "мир кот угроза " * 9]

    together = ours.scores_many(texts)

    for text, scores in zip(texts, together, strict=True):
        assert scores == pytest.approx(ours.scores(text), abs=1e-5)


def test_no_texts_have_no_scores(ours):
    assert ours.scores_many([]) == []


def test_bytes_answer_nearly_what_floats_answer(converted, ours):
    rounded = Detoxify.load(converted, int8=True)

    assert rounded.version == f"{ours.version}+int8"
    for text in ("hello toxic cat", "мир кот угроза", "мир " * 600 + "sex"):
        assert rounded.scores(text) == pytest.approx(ours.scores(text), abs=0.15)


def test_bytes_are_for_the_processor(converted):
    with pytest.raises(ClassifierUnavailable, match="not for cuda"):
        Detoxify.load(converted, device="cuda", int8=True)


def test_a_device_that_is_not_there_is_named(converted):
    with pytest.raises(ClassifierUnavailable, match="abacus"):
        Detoxify.load(converted, device="abacus")


@pytest.mark.parametrize(
    "names", [NAMES[:1], NAMES, (*NAMES, *IDENTITIES), NAMES[::-1]]
)
def test_outputs_are_known_by_name_in_any_order(names):
    assert known_labels(names) == names


def test_old_names_of_outputs_are_known():
    assert known_labels(["toxic"]) == ("toxicity",)


@pytest.mark.parametrize("names", [(), ("LABEL_0",), NAMES[:6], (NAMES[0],) * 7])
def test_other_outputs_are_refused(names):
    with pytest.raises(ValueError, match="not 1, 7 or 16"):
        known_labels(names)


def test_an_empty_text_is_scored(ours):
    assert all(0 <= score <= 1 for score in ours.scores("").values())


@pytest.mark.parametrize("outputs", [1, 7])
def test_a_checkpoint_with_fewer_outputs_is_converted_by_name(
    folder, tmp_path, outputs
):
    path = shortened(folder, tmp_path, outputs)

    convert(
        path,
        tokenizer=folder / "tokenizer.json",
        config=folder / "config.json",
        to=tmp_path / "to",
    )

    assert Detoxify.load(tmp_path / "to").labels == NAMES[:outputs]


def test_a_checkpoint_that_names_fewer_than_it_has_is_refused(folder, tmp_path):
    path = shortened(folder, tmp_path, 1, claimed=7)

    with pytest.raises(ModerationError, match="names 1 of 7"):
        convert(
            path,
            tokenizer=folder / "tokenizer.json",
            config=folder / "config.json",
            to=tmp_path / "to",
        )


def shortened(
    folder: Path, to: Path, outputs: int, *, claimed: int | None = None
) -> Path:
    """The checkpoint in *folder* with its first *outputs* alone, under old names."""
    import torch  # noqa: PLC0415  # heavy

    content = torch.load(folder / "published.ckpt", weights_only=True)
    for name in ("classifier.out_proj.weight", "classifier.out_proj.bias"):
        content["state_dict"][name] = content["state_dict"][name][:outputs]
    content["config"]["arch"]["args"]["num_classes"] = claimed or outputs
    names = ["toxic", "severe_toxic", *NAMES[2:]][:outputs]
    content["config"]["dataset"]["args"]["classes"] = names
    torch.save(content, to / "short.ckpt")
    return to / "short.ckpt"


def test_the_record_names_the_weights(ours):
    assert ours.version.startswith("detoxify-")


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(ClassifierUnavailable, match="gone"):
        Detoxify.load(tmp_path / "gone")


def test_labels_that_are_not_known_are_refused(converted, tmp_path):
    for file in converted.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    about = json.loads((tmp_path / "config.json").read_text())
    about["id2label"]["0"] = "niceness"
    about["label2id"] = {v: int(k) for k, v in about["id2label"].items()}
    (tmp_path / "config.json").write_text(json.dumps(about))

    with pytest.raises(ClassifierUnavailable, match="niceness"):
        Detoxify.load(tmp_path)


def test_tensors_that_do_not_fit_are_refused(converted, tmp_path):
    from safetensors.torch import load_file, save_file  # noqa: PLC0415  # heavy

    for file in converted.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    tensors = load_file(tmp_path / "model.safetensors")
    tensors.pop("classifier.out_proj.bias")
    save_file(tensors, tmp_path / "model.safetensors")

    with pytest.raises(ClassifierUnavailable, match=r"classifier\.out_proj\.bias"):
        Detoxify.load(tmp_path)
