import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from generation.checkpoints.networks import PriorTransformer
from generation.model_calls import ModelCall
from generation.priors.transformer import PriorNetwork
from generation.text_encoders import EncodedText
from tests.generation.toy import EMBEDDING

PROMPTS = ["", "a red cat", "dogs", "a long tale " * 40]

rows = st.lists(st.sampled_from(PROMPTS), min_size=1, max_size=3)
asked = st.tuples(rows, st.integers(0, 999), st.integers(0, 99))


def noisy(seed, width=EMBEDDING):
    return torch.randn(1, width, generator=torch.Generator().manual_seed(seed))


def call(network, texts, timestep, seed):
    return ModelCall(
        network=network,
        cache=network.prepare(texts),
        sample=noisy(seed, network.embedding),
        timestep=timestep,
    )


def afresh(published, texts, timestep, seed):
    """What the network itself answers, padding and all."""
    sample = noisy(seed, published.config["embedding_dim"])
    return published(
        sample.expand(len(texts), -1),
        timestep,
        proj_embedding=torch.cat([reading.pooled for reading in texts]),
        encoder_hidden_states=torch.cat([reading.states for reading in texts]),
        attention_mask=torch.cat([reading.mask for reading in texts]),
    ).predicted_image_embedding


@pytest.mark.parametrize("prompts", [["a red cat"], ["", "a red cat"], PROMPTS])
@pytest.mark.parametrize("timestep", [999, 42, 0])
def test_what_is_remembered_changes_no_answer(
    prompts, timestep, network, published, text_encoder
):
    texts = [text_encoder.encode(prompt) for prompt in prompts]

    [answer] = network.predict([call(network, texts, timestep, 1)])

    expected = afresh(published, texts, timestep, 1)
    torch.testing.assert_close(answer, expected, atol=1e-5, rtol=0)


@given(members=st.lists(asked, min_size=1, max_size=5))
@settings(max_examples=20)
def test_everyone_is_answered_as_if_alone(members, network, published, text_encoder):
    known = [
        ([text_encoder.encode(prompt) for prompt in prompts], timestep, seed)
        for prompts, timestep, seed in members
    ]

    answers = network.predict([call(network, *asker) for asker in known])

    for answer, asker in zip(answers, known, strict=True):
        expected = afresh(published, *asker)
        torch.testing.assert_close(answer, expected, atol=1e-4, rtol=0)


@given(groups=st.lists(st.sets(st.integers(0, 3), min_size=1), max_size=6))
@settings(max_examples=20)
def test_requests_join_and_leave_between_passes(groups, network, text_encoder):
    calls = [
        call(network, [text_encoder.encode(""), text_encoder.encode(prompt)], 500, seed)
        for seed, prompt in enumerate(PROMPTS)
    ]
    run_alone = [network.predict([asked])[0] for asked in calls]

    for group in map(sorted, groups):
        answers = network.predict([calls[index] for index in group])

        for index, answer in zip(group, answers, strict=True):
            torch.testing.assert_close(answer, run_alone[index], atol=1e-5, rtol=0)


def test_nothing_is_gathered_again_while_the_same_requests_ask(network, text_encoder):
    calls = [call(network, [text_encoder.encode(prompt)], 9, 1) for prompt in PROMPTS]

    network.predict(calls)
    batch = calls[0].cache.batch
    network.predict(calls)

    assert calls[0].cache.batch is batch


def test_the_empty_prompt_is_remembered_for_everybody(network, text_encoder):
    cache = network.prepare([text_encoder.encode(""), text_encoder.encode("a red cat")])

    assert cache.prefixes[0] is network.empty_prefix
    assert cache.prefixes[1] is not network.empty_prefix


def test_padding_is_not_remembered(network, text_encoder):
    reading = text_encoder.encode("a red cat")

    [prefix] = network.prepare([reading]).prefixes

    assert prefix.shape[-2] == reading.mask.sum() + 1


def test_sizes_are_those_of_the_network():
    """Kandinsky 2.2 differs from 2.1 in the width of its embeddings alone."""
    wide = 48
    published = PriorTransformer(
        num_attention_heads=2, attention_head_dim=8, embedding_dim=wide, num_layers=1
    ).eval()
    states, mask = torch.randn(1, 77, wide), torch.ones(1, 77, dtype=torch.bool)
    reading = EncodedText(states, torch.randn(1, wide), mask)
    network = PriorNetwork.of(published, reading)

    [answer] = network.predict([call(network, [reading], 7, 1)])

    expected = afresh(published, [reading], 7, 1)
    torch.testing.assert_close(answer, expected, atol=1e-5, rtol=0)


def test_nothing_is_kept_for_learning(network, text_encoder):
    [answer] = network.predict([call(network, [text_encoder.encode("cat")], 3, 1)])

    assert not answer.requires_grad
