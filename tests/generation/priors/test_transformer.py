import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from generation.checkpoints.networks import PriorTransformer
from generation.model_calls import Question
from generation.priors.transformer import PriorNetwork
from generation.text_encoders import Reading
from tests.generation.toy import EMBEDDING

PROMPTS = ["", "a red cat", "dogs", "a long tale " * 40]

rows = st.lists(st.sampled_from(PROMPTS), min_size=1, max_size=3)
asked = st.tuples(rows, st.integers(0, 999), st.integers(0, 99))


def noisy(seed, width=EMBEDDING):
    return torch.randn(1, width, generator=torch.Generator().manual_seed(seed))


def question(network, readings, timestep, seed):
    return Question(
        network=network,
        memory=network.prepare(readings),
        sample=noisy(seed, network.embedding),
        timestep=timestep,
    )


def afresh(published, readings, timestep, seed):
    """What the network itself answers, padding and all."""
    sample = noisy(seed, published.config["embedding_dim"])
    return published(
        sample.expand(len(readings), -1),
        timestep,
        proj_embedding=torch.cat([reading.pooled for reading in readings]),
        encoder_hidden_states=torch.cat([reading.states for reading in readings]),
        attention_mask=torch.cat([reading.mask for reading in readings]),
    ).predicted_image_embedding


@pytest.mark.parametrize("prompts", [["a red cat"], ["", "a red cat"], PROMPTS])
@pytest.mark.parametrize("timestep", [999, 42, 0])
def test_what_is_remembered_changes_no_answer(
    prompts, timestep, network, published, reader
):
    readings = [reader.read(prompt) for prompt in prompts]

    [answer] = network.answer([question(network, readings, timestep, 1)])

    expected = afresh(published, readings, timestep, 1)
    torch.testing.assert_close(answer, expected, atol=1e-5, rtol=0)


@given(askers=st.lists(asked, min_size=1, max_size=5))
@settings(max_examples=20)
def test_everyone_is_answered_as_if_alone(askers, network, published, reader):
    known = [
        ([reader.read(prompt) for prompt in prompts], timestep, seed)
        for prompts, timestep, seed in askers
    ]

    answers = network.answer([question(network, *asker) for asker in known])

    for answer, asker in zip(answers, known, strict=True):
        expected = afresh(published, *asker)
        torch.testing.assert_close(answer, expected, atol=1e-4, rtol=0)


@given(groups=st.lists(st.sets(st.integers(0, 3), min_size=1), max_size=6))
@settings(max_examples=20)
def test_requests_join_and_leave_between_passes(groups, network, reader):
    questions = [
        question(network, [reader.read(""), reader.read(prompt)], 500, seed)
        for seed, prompt in enumerate(PROMPTS)
    ]
    alone = [network.answer([asked])[0] for asked in questions]

    for group in map(sorted, groups):
        answers = network.answer([questions[index] for index in group])

        for index, answer in zip(group, answers, strict=True):
            torch.testing.assert_close(answer, alone[index], atol=1e-5, rtol=0)


def test_nothing_is_gathered_again_while_the_same_requests_ask(network, reader):
    questions = [question(network, [reader.read(prompt)], 9, 1) for prompt in PROMPTS]

    network.answer(questions)
    table = questions[0].memory.table
    network.answer(questions)

    assert questions[0].memory.table is table


def test_the_empty_prompt_is_remembered_for_everybody(network, reader):
    memory = network.prepare([reader.read(""), reader.read("a red cat")])

    assert memory.prefixes[0] is network.nothing
    assert memory.prefixes[1] is not network.nothing


def test_padding_is_not_remembered(network, reader):
    reading = reader.read("a red cat")

    [prefix] = network.prepare([reading]).prefixes

    assert prefix.shape[-2] == reading.mask.sum() + 1


def test_sizes_are_those_of_the_network():
    """Kandinsky 2.2 differs from 2.1 in the width of its embeddings alone."""
    wide = 48
    published = PriorTransformer(
        num_attention_heads=2, attention_head_dim=8, embedding_dim=wide, num_layers=1
    ).eval()
    states, mask = torch.randn(1, 77, wide), torch.ones(1, 77, dtype=torch.bool)
    reading = Reading(states, torch.randn(1, wide), mask)
    network = PriorNetwork.of(published, reading)

    [answer] = network.answer([question(network, [reading], 7, 1)])

    expected = afresh(published, [reading], 7, 1)
    torch.testing.assert_close(answer, expected, atol=1e-5, rtol=0)


def test_nothing_is_kept_for_learning(network, reader):
    [answer] = network.answer([question(network, [reader.read("cat")], 3, 1)])

    assert not answer.requires_grad
