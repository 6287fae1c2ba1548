from copy import deepcopy
from dataclasses import replace
from gc import collect
from typing import Any
from weakref import ref

import pytest
import torch

from generation.checkpoints.networks import UNet2DConditionModel
from generation.errors import WeightsError
from generation.model_calls import ModelCall
from generation.text_encoders import EncodedText
from generation.unet import Condition, UNet

EMBEDDING, TEXT = 24, 16
TEXT_AND_IMAGE: dict[str, Any] = {
    "addition_embed_type": "text_image",
    "encoder_hid_dim": TEXT,
    "encoder_hid_dim_type": "text_image_proj",
    "cross_attention_dim": EMBEDDING,
}
IMAGE: dict[str, Any] = {
    "addition_embed_type": "image",
    "encoder_hid_dim": EMBEDDING,
    "encoder_hid_dim_type": "image_proj",
    "cross_attention_dim": 40,
}
TOLERANCE: dict[str, Any] = {"atol": 1e-5, "rtol": 1e-5}


def network(kind=TEXT_AND_IMAGE, *, inputs=4, widths=(32, 64, 64)):
    """Random, also where random initialisation would hide differences."""
    attending = len(widths) - 1
    with torch.random.fork_rng():
        torch.manual_seed(0)
        net = UNet2DConditionModel(
            in_channels=inputs,
            out_channels=8,
            block_out_channels=widths,
            layers_per_block=2,
            down_block_types=(
                "ResnetDownsampleBlock2D",
                *("SimpleCrossAttnDownBlock2D",) * attending,
            ),
            mid_block_type="UNetMidBlock2DSimpleCrossAttn",
            up_block_types=(
                *("SimpleCrossAttnUpBlock2D",) * attending,
                "ResnetUpsampleBlock2D",
            ),
            resnet_time_scale_shift="scale_shift",
            norm_num_groups=8,
            attention_head_dim=8,
            **kind,
        )
        for name, parameter in net.named_parameters():
            if "norm" in name:
                torch.nn.init.normal_(parameter, mean=float("weight" in name), std=0.3)
    return net.requires_grad_(requires_grad=False).eval()


def conditions(rows, seed, *, text=True):
    draw = torch.Generator().manual_seed(seed)
    return [
        Condition(
            torch.randn(1, EMBEDDING, generator=draw),
            EncodedText(
                torch.randn(1, 77, TEXT, generator=draw),
                torch.randn(1, EMBEDDING, generator=draw),
                torch.ones(1, 77, dtype=torch.bool),
            )
            if text
            else None,
        )
        for _ in range(rows)
    ]


def call(unet, told, timestep, *, shape=(8, 16), seed=0, timesteps=None):
    draw = torch.Generator().manual_seed(seed)
    return ModelCall(
        network=unet,
        cache=unet.prepare(told, timesteps or [timestep]),
        sample=torch.randn(1, unet.inputs, *shape, generator=draw),
        timestep=timestep,
    )


def published(net, told, asked):
    """What diffusers' own pass answers, in double precision."""
    rows = len(told)
    readings = [condition.text for condition in told if condition.text]
    added = {"image_embeds": torch.cat([condition.embedding for condition in told])}
    states = None
    if readings:
        added["text_embeds"] = torch.cat([reading.pooled for reading in readings])
        states = torch.cat([reading.states for reading in readings]).double()
    answer = deepcopy(net).double()(
        asked.sample.expand(rows, -1, -1, -1).double(),
        torch.full((rows,), asked.timestep),
        encoder_hidden_states=states,
        added_cond_kwargs={name: value.double() for name, value in added.items()},
    )
    return answer.sample.float()


@pytest.mark.parametrize("rows", [1, 2, 3])
@pytest.mark.parametrize("inputs", [4, 9])
@pytest.mark.parametrize("kind", [TEXT_AND_IMAGE, IMAGE], ids=["2.1", "2.2"])
def test_the_unet_answers_what_diffusers_does(kind, inputs, rows):
    net = network(kind, inputs=inputs)
    unet = UNet.of(net)
    told = conditions(rows, seed=rows, text=kind is TEXT_AND_IMAGE)
    asked = call(unet, told, 437)

    [answer] = unet.predict([asked])

    assert (unet.channels, unet.inputs) == (4, inputs)
    assert answer.dtype == torch.float32
    torch.testing.assert_close(answer, published(net, told, asked), **TOLERANCE)


@pytest.mark.parametrize("shape", [(4, 4), (12, 28), (24, 40)])
def test_wide_layers_answer_what_diffusers_does_at_any_size(shape):
    net = network(widths=(96, 128))
    unet = UNet.of(net)
    told = conditions(2, seed=0)
    asked = call(unet, told, 3, shape=shape)

    [answer] = unet.predict([asked])

    torch.testing.assert_close(answer, published(net, told, asked), **TOLERANCE)


def test_requests_of_one_pass_do_not_see_each_other():
    net = network()
    unet = UNet.of(net)
    told = [conditions(rows, seed=rows) for rows in (2, 1, 3, 2)]
    asked = [
        call(unet, each, timestep, seed=timestep)
        for each, timestep in zip(told, (999, 0, 500, 42), strict=True)
    ]

    together = unet.predict(asked)

    for each, one, answer in zip(told, asked, together, strict=True):
        torch.testing.assert_close(answer, published(net, each, one), **TOLERANCE)


def test_requests_may_join_and_leave_between_passes():
    unet = UNet.of(network())
    first, second = (
        call(unet, conditions(rows, seed=rows), 7, seed=rows) for rows in (2, 1)
    )
    run_alone = [unet.predict([asked])[0] for asked in (first, second)]

    passes = [
        unet.predict(asked) for asked in ([first, second], [second], [second, first])
    ]

    expected = [run_alone, run_alone[1:], run_alone[::-1]]
    for answers, known in zip(passes, expected, strict=True):
        for answer, wanted in zip(answers, known, strict=True):
            torch.testing.assert_close(answer, wanted, **TOLERANCE)


def test_asking_changes_nothing():
    unet = UNet.of(network())
    asked = call(unet, conditions(1, seed=0), 7)
    sample = asked.sample.clone()

    first, second = unet.predict([asked]), unet.predict([asked])

    assert torch.equal(first[0], second[0])
    assert torch.equal(asked.sample, sample)


def test_all_announced_steps_can_be_asked_about_in_any_order():
    net = network(widths=(32, 32))
    unet = UNet.of(net)
    told = conditions(2, seed=0)
    asked = call(unet, told, 0, timesteps=range(999, -1, -5), shape=(4, 4))
    steps = [replace(asked, timestep=timestep) for timestep in (999, 4, 504, 999)]

    answers = [unet.predict([step])[0] for step in steps]

    for step, answer in zip(steps, answers, strict=True):
        torch.testing.assert_close(answer, published(net, told, step), **TOLERANCE)


def test_half_precision_comes_close():
    net = network()
    half = UNet.of(deepcopy(net).to(torch.bfloat16))
    told = conditions(3, seed=0)
    asked = call(half, told, 437)

    [answer] = half.predict([asked])

    assert answer.dtype == torch.float32
    exact = published(net, told, asked)
    assert (answer - exact).square().mean() < 1e-3 * exact.square().mean()


@pytest.mark.parametrize(
    ("name", "value"),
    [("addition_embed_type", "image_hint"), ("resnet_time_scale_shift", "default")],
)
def test_other_networks_are_refused(name, value):
    net = network(widths=(32, 32))
    net.register_to_config(**{name: value})

    with pytest.raises(WeightsError, match=f"{name} .*got '{value}'"):
        UNet.of(net)


def test_the_network_may_be_let_go():
    net = network(widths=(32, 32))
    alive = ref(net)
    unet = UNet.of(net)

    del net
    collect()

    assert alive() is None
    assert len(unet.prepare(conditions(1, seed=0), [1]).context) == 1
