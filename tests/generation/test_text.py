import pytest
import torch


@pytest.fixture
def readers(engine):
    return engine.imagination.reader, engine.brush.reader


@pytest.mark.parametrize("prompt", ["", "a red cat", "рыжий кот", "words " * 100])
def test_a_prompt_is_read_as_77_tokens(prompt, readers):
    for reader in readers:
        reading = reader.read(prompt)

        assert reading.states.shape[:2] == reading.mask.shape == (1, 77)
        assert reading.pooled.shape == (1, 32)


def test_the_mask_covers_start_end_and_what_lies_between(readers):
    clip, _ = readers

    mask = clip.read("cat").mask

    assert mask.sum() == 5
    assert mask[0, :5].all()


def test_a_prompt_too_long_keeps_its_beginning_and_its_end_token(readers):
    clip, _ = readers

    ids = clip.tokenizer.encode("a" * 100).ids

    assert len(ids) == 77
    assert ids[-1] == clip.tokenizer.token_to_id("<|endoftext|>")


def test_reading_twice_reads_the_same(readers):
    for reader in readers:
        assert torch.equal(reader.read("a cat").pooled, reader.read("a cat").pooled)
