import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from safetensors.torch import save_file

from moderation import Category
from moderation.errors import ClassifierUnavailable, ModerationError
from moderation.image.heads import Head
from moderation.image.networks import directions
from moderation.training.__main__ import main
from moderation.training.concepts import (
    ConceptPhrases,
    concept_head,
    open_clip_text,
    transformers_text,
)
from tests.moderation.networks import (
    CLIPTextConfig,
    CLIPTextModelWithProjection,
    open_clip,
)

WIDTH = 48  # more than the published checker has phrases
ONE = '[concepts]\n"knife" = { threshold = 0.2, category = "violence" }\n'
CARE = '[special]\n"young child" = { threshold = 0.2 }\n'


def crowded(phrases):
    """Directions near one another, as CLIP's text encoder makes them."""
    random = np.random.default_rng(sum(map(len, phrases)))
    return (random.normal(size=(len(phrases), 64)) * 0.5 + 1).astype(np.float32)


@pytest.fixture(scope="session")
def architecture(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of an architecture that reads CLIP's real tokens at toy width."""
    tower = {"layers": 1, "width": 32}
    config = {
        "embed_dim": WIDTH,
        "quick_gelu": True,
        "vision_cfg": tower | {"image_size": 32, "patch_size": 8, "head_width": 16},
        "text_cfg": tower | {"context_length": 77, "vocab_size": 49408, "heads": 2},
    }
    file = tmp_path_factory.mktemp("open_clip") / "reading-quickgelu.json"
    file.write_text(json.dumps(config))
    open_clip.add_model_config(file)
    return file.stem


@pytest.fixture(scope="session")
def clip_file(architecture: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("clip") / "clip.safetensors"
    save_file(open_clip.create_model(architecture).state_dict(), file)
    return file


def test_the_bundled_phrases_are_those_of_the_published_checker():
    phrases = ConceptPhrases.bundled()

    assert (len(phrases.concepts), len(phrases.special)) == (17, 3)
    assert phrases.concepts["naked child"] == (0.22, Category.MINORS)
    assert phrases.categories == (Category.SEXUAL, Category.MINORS)


def test_a_head_is_made_of_phrases(tmp_path):
    made = concept_head(
        ConceptPhrases.bundled(), crowded, name="concepts", encoder="e" * 64
    )
    made.save(tmp_path / "head.safetensors")

    head = Head.load(tmp_path / "head.safetensors")

    assert head.version == made.version
    assert head.categories == (Category.SEXUAL, Category.MINORS)


def test_the_self_test_lies_as_near_as_pictures_do():
    head = concept_head(
        ConceptPhrases.bundled(), crowded, name="concepts", encoder="e" * 64
    )
    known = directions(crowded(list(ConceptPhrases.bundled().concepts)))

    assert (known @ head.harmless[0]).max() == pytest.approx(0.17, abs=0.04)
    assert (known @ head.flagged[0]).max() < 0.3


def test_phrases_of_ones_own_are_looked_for():
    head = concept_head(
        ConceptPhrases.parse(ONE + CARE), crowded, name="own", encoder="e" * 64
    )

    assert head.categories == (Category.VIOLENCE, Category.MINORS)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ONE,
        CARE,
        "[concepts]\n[special]\n",
        ONE.replace("violence", "cutlery") + CARE,
        ONE.replace("0.2", '"much"') + CARE,
        ONE.replace("threshold", "limit") + CARE,
        "concepts = 3",
        "[[",
    ],
)
def test_what_are_no_concepts_is_refused(text):
    with pytest.raises(ModerationError):
        ConceptPhrases.parse(text)


def test_more_phrases_than_dimensions_are_refused():
    def narrow(phrases):
        return crowded(phrases)[:, :8]

    with pytest.raises(ModerationError, match="no room"):
        concept_head(
            ConceptPhrases.bundled(), narrow, name="concepts", encoder="e" * 64
        )


def test_phrases_are_read_by_open_clips_text_encoder(clip_file, architecture):
    embed = open_clip_text(clip_file, architecture=architecture)

    alone, together = embed(["a cat"]), embed(["nude", "a cat"])

    assert together.shape == (2, WIDTH)
    assert together[1] == pytest.approx(alone[0], abs=1e-5)
    assert np.abs(together[0] - together[1]).max() > 1e-3


def test_phrases_are_read_by_the_text_encoder_of_a_folder(tmp_path):
    config = CLIPTextConfig(
        hidden_size=32,
        intermediate_size=37,
        num_hidden_layers=1,
        num_attention_heads=4,
        projection_dim=WIDTH,
        eos_token_id=49407,
    )
    CLIPTextModelWithProjection(config).save_pretrained(tmp_path)

    embeddings = transformers_text(tmp_path)(["nude", "a cat"])

    assert embeddings.shape == (2, WIDTH)


def test_weights_without_words_are_refused(tmp_path, architecture):
    file = tmp_path / "clip.safetensors"
    save_file({}, file)

    with pytest.raises(ClassifierUnavailable, match="no text encoder"):
        open_clip_text(file, architecture=architecture)
    with pytest.raises(ClassifierUnavailable, match="no text encoder"):
        transformers_text(tmp_path)


def test_the_command_makes_a_head_for_the_encoder(clip_file, architecture, tmp_path):
    file, phrases = tmp_path / "heads-own.safetensors", tmp_path / "own.toml"
    phrases.write_text(ONE + CARE)
    options = {"clip": clip_file, "to": file, "concepts": phrases}
    options |= {"architecture": architecture}
    arguments = [f"--{name}={value}" for name, value in options.items()]

    result = CliRunner().invoke(main, ["concepts", *arguments])

    assert result.exit_code == 0, result.output
    assert Head.load(file).version in result.output


def test_the_command_asks_for_the_words_of_a_folder(clip_folder, tmp_path):
    arguments = [f"--clip={clip_folder}", f"--to={tmp_path / 'a.safetensors'}"]

    result = CliRunner().invoke(main, ["concepts", *arguments])

    assert result.exit_code == 2
    assert "--text-encoder" in result.output
