import pytest
from transformers import CLIPTokenizer, XLMRobertaTokenizer

PROMPTS = ["a cat on a red background", "Кот на красном фоне", "Ёж, щука & 42!", ""]


@pytest.mark.parametrize("prompt", PROMPTS)
def test_transformers_reads_the_clip_tokenizer_as_the_engine_does(trained, prompt):
    theirs = CLIPTokenizer.from_pretrained(trained.tokenizers / "clip")
    ours = trained.vocabularies().clip

    ids = theirs(prompt, padding="max_length", max_length=77, truncation=True).input_ids

    assert ids == ours.encode(prompt).ids


@pytest.mark.parametrize("prompt", PROMPTS)
def test_transformers_reads_the_multilingual_tokenizer_as_the_engine_does(
    trained, prompt
):
    folder = trained.tokenizers / "multilingual"
    theirs = XLMRobertaTokenizer.from_pretrained(folder)
    ours = trained.vocabularies().multilingual

    ids = theirs(prompt, padding="max_length", max_length=77, truncation=True).input_ids

    assert ids == ours.encode(prompt).ids


@pytest.mark.parametrize("prompt", PROMPTS)
def test_every_letter_of_both_languages_is_known(trained, prompt):
    assert "<unk>" not in trained.vocabularies().multilingual.encode(prompt).tokens


def test_clip_ignores_case(trained):
    clip = trained.vocabularies().clip

    assert clip.encode("КОТ").ids == clip.encode("кот").ids
