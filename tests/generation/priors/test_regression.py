"""The priors that ask no network: one embedding for each text, whatever the recipe."""

import json
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file, save_file

from generation.checkpoints.regressions import LinearNetwork, ResidualNetwork
from generation.errors import WeightsError
from generation.model_calls import run_alone
from generation.priors.regression import IdentityPrior, RegressionPrior
from generation.recipe import Recipe
from generation.text_encoders import EncodedText

RECIPE = Recipe(seed=5, width=32, height=32)
TEXT, EMBEDDING = 6, 5
HERE = torch.device("cpu")


def linear():
    return LinearNetwork(text=TEXT, embedding=EMBEDDING)


def residual():
    return ResidualNetwork(
        text=TEXT, embedding=EMBEDDING, width=4, blocks=3, expansion=2
    )


def reading(width=TEXT):
    states, mask = torch.randn(1, 77, width), torch.ones(1, 77, dtype=torch.bool)
    return EncodedText(states, torch.randn(1, width), mask)


def trained(prior):
    """*prior* with numbers in every tensor."""
    for tensor in prior.state_dict().values():
        torch.nn.init.uniform_(tensor, 0.5, 1.5)
    return prior.requires_grad_(requires_grad=False).eval()


@pytest.fixture(params=[linear, residual])
def prior(request):
    return trained(request.param())


def load(prior, folder):
    return type(prior).load(folder, device=HERE, dtype=torch.float32)


def test_the_linear_prior_is_an_affine_map_in_standardised_space():
    prior, read = trained(linear()), reading()

    embedding = run_alone(RegressionPrior(prior).embed(read, reading(), RECIPE))

    clean = prior.weight @ read.pooled[0] + prior.bias
    torch.testing.assert_close(embedding[0], clean * prior.clip_std + prior.clip_mean)


def test_residual_blocks_that_add_nothing_change_nothing():
    prior, read = trained(residual()), reading()
    for block in prior.blocks:
        block.down.weight.zero_()
        block.down.bias.zero_()
    standardised = (read.pooled - prior.text_mean) / prior.text_std

    embedding = run_alone(RegressionPrior(prior).embed(read, reading(), RECIPE))

    clean = prior.leave(prior.norm(prior.enter(standardised)))
    torch.testing.assert_close(embedding, clean * prior.clip_std + prior.clip_mean)


def test_without_a_prior_the_text_stands_in_for_its_picture():
    read = reading()

    assert torch.equal(
        run_alone(IdentityPrior().embed(read, read, RECIPE)), read.pooled
    )


@pytest.mark.parametrize("change", [{"seed": 6}, {"prior_guidance": 9}])
def test_neither_seed_nor_guidance_nor_negative_counts(change, prior):
    read = reading()

    first = run_alone(RegressionPrior(prior).embed(read, reading(), RECIPE))
    second = run_alone(
        RegressionPrior(prior).embed(read, reading(), replace(RECIPE, **change))
    )

    assert torch.equal(first, second)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_an_embedding_is_in_full_precision(prior, dtype):
    read = reading()
    expected = run_alone(RegressionPrior(prior).embed(read, read, RECIPE))

    embedding = run_alone(RegressionPrior(prior.to(dtype)).embed(read, read, RECIPE))

    assert embedding.dtype == torch.float32
    assert embedding.shape == (1, EMBEDDING)
    torch.testing.assert_close(embedding, expected, atol=0.1, rtol=0.1)


def test_what_is_saved_is_what_is_loaded(prior, tmp_path):
    prior.save(tmp_path)

    loaded = load(prior, tmp_path)

    read = reading()
    assert (loaded.text, loaded.embedding) == (TEXT, EMBEDDING)
    assert torch.equal(loaded(read.pooled), prior(read.pooled))


def test_half_precision_is_read_in_full(prior, tmp_path):
    prior.half().save(tmp_path)

    assert load(prior, tmp_path).clip_mean.dtype == torch.float32


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_a_file_that_is_missing_is_named(prior, tmp_path, name):
    prior.save(tmp_path)
    (tmp_path / name).unlink()

    with pytest.raises(WeightsError, match=f"{name} is missing"):
        load(prior, tmp_path)


def test_a_file_that_is_cut_short_is_named(prior, tmp_path):
    prior.save(tmp_path)
    file = tmp_path / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-8])

    with pytest.raises(WeightsError, match=r"model\.safetensors is damaged"):
        load(prior, tmp_path)


@pytest.mark.parametrize("harm", ["missing", "unexpected", "misshapen"])
def test_tensors_that_do_not_fit_the_config_are_refused(prior, tmp_path, harm):
    prior.save(tmp_path)
    tensors = load_file(tmp_path / "model.safetensors")
    match harm:
        case "missing":
            del tensors["clip_mean"]
        case "unexpected":
            tensors["clip_median"] = torch.zeros(EMBEDDING)
        case "misshapen":
            tensors["clip_mean"] = torch.zeros(EMBEDDING + 1)
    save_file(tensors, tmp_path / "model.safetensors")

    with pytest.raises(WeightsError, match="disagree about 1 tensors, such as clip_me"):
        load(prior, tmp_path)


@pytest.mark.parametrize(
    "change", [{"text": 0}, {"text": "six"}, {"text": None}, {"depth": 3}]
)
def test_sizes_that_make_no_sense_are_refused(prior, tmp_path, change):
    prior.save(tmp_path)
    file = tmp_path / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | change), "utf-8")

    with pytest.raises(WeightsError, match="does not give the sizes of a"):
        load(prior, tmp_path)


@pytest.mark.parametrize("text", ["{", "7", "[]"])
def test_a_config_that_is_no_object_is_refused(prior, tmp_path, text):
    prior.save(tmp_path)
    (tmp_path / "config.json").write_text(text, "utf-8")

    with pytest.raises(WeightsError, match=r"config\.json"):
        load(prior, tmp_path)


def test_one_kind_is_not_loaded_for_another(tmp_path):
    linear().save(tmp_path)

    with pytest.raises(WeightsError, match="must say kind residual, got 'linear'"):
        load(residual(), tmp_path)
