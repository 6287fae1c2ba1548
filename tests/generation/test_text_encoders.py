import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from generation.checkpoints.networks import (
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    MultilingualCLIP,
)
from generation.checkpoints.tokenizers import clip_tokenizer, multilingual_tokenizer
from generation.text_encoders import ClipTextEncoder, MultilingualTextEncoder

LONG = ["a" * 100, "a red cat " * 100, "рыжий кот " * 100, "кот cat, " * 60, "я" * 200]


@pytest.fixture(scope="module")
def clip(toy) -> ClipTextEncoder:
    half = toy / "prior"
    tokenizer = clip_tokenizer(half / "tokenizer", length=77)
    encoder = CLIPTextModelWithProjection.from_pretrained(half / "text_encoder")
    return ClipTextEncoder(
        tokenizer, encoder.requires_grad_(requires_grad=False).eval()
    )


@pytest.fixture(scope="module")
def multilingual(toy) -> MultilingualTextEncoder:
    half = toy / "decoder"
    encoder = MultilingualCLIP.from_pretrained(half / "text_encoder")
    tokenizer = multilingual_tokenizer(half / "tokenizer", pad=1)
    return MultilingualTextEncoder(
        tokenizer, encoder.requires_grad_(requires_grad=False).eval()
    )


@pytest.fixture(scope="module")
def encoders(clip, multilingual):
    return clip, multilingual


@pytest.mark.parametrize("prompt", ["", "a red cat", "рыжий кот", "words " * 100])
def test_a_prompt_is_read_as_77_tokens(prompt, encoders):
    for encoder in encoders:
        reading = encoder.encode(prompt)

        assert reading.states.shape[:2] == reading.mask.shape == (1, 77)
        assert reading.pooled.shape == (1, 32)


def test_the_mask_covers_start_end_and_what_lies_between(clip):
    mask = clip.encode("cat").mask

    assert mask.sum() == 5
    assert mask[0, :5].all()


@pytest.mark.parametrize("prompt", LONG)
def test_a_prompt_too_long_keeps_its_beginning_and_its_end_token(prompt, encoders):
    for encoder, end in zip(encoders, ["<|endoftext|>", "</s>"], strict=True):
        ids = encoder.tokenizer.encode(prompt).ids

        assert len(ids) == 77
        assert ids[-1] == encoder.tokenizer.token_to_id(end)


@pytest.mark.parametrize("prompt", LONG)
def test_what_was_not_read_is_named(prompt, encoders):
    for encoder in encoders:
        cut = encoder.encode(prompt).truncated

        assert cut
        assert prompt.endswith(cut)


@pytest.mark.parametrize(("letters", "cut"), [(75, ""), (76, "a"), (80, "aaaaa")])
def test_the_end_of_a_prompt_is_cut_to_the_letter(letters, cut, clip):
    assert clip.encode("a" * letters).truncated == cut


@given(prompt=st.text("ab яй ёé,.猫🦊", max_size=300))
def test_without_what_was_cut_a_prompt_reads_the_same(prompt, encoders):
    for encoder in encoders:
        reading = encoder.encode(prompt)
        read = prompt.removesuffix(reading.truncated) if reading.truncated else prompt

        assert encoder.encode(read).truncated == ""
        if all(letter.isascii() for letter in read):
            torch.testing.assert_close(encoder.encode(read).states, reading.states)


def test_a_tokenizer_saved_with_padding_of_its_own_still_pads_with_its_end(
    toy, tmp_path
):
    published = CLIPTokenizer.from_pretrained(toy / "prior" / "tokenizer")
    published.backend_tokenizer.enable_padding(pad_id=5, length=9)
    published.backend_tokenizer.save(str(tmp_path / "tokenizer.json"))

    tokenizer = clip_tokenizer(tmp_path, length=77)

    assert tokenizer.encode("cat").ids[-1] == tokenizer.token_to_id("<|endoftext|>")


def test_a_prompt_that_was_read_lately_is_not_read_again(encoders):
    for encoder in encoders:
        first = encoder.encode("a cat")

        assert encoder.encode("a cat") is first


def test_reading_anew_reads_the_same(encoders):
    for encoder in encoders:
        first = encoder.encode("a fox").pooled

        encoder.cache.values.clear()

        assert torch.equal(encoder.encode("a fox").pooled, first)
