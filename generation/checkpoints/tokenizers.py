"""The tokenizers of the two text encoders, as they are published."""

from pathlib import Path
from typing import Final

from tokenizers import Tokenizer

from generation.checkpoints.networks import CLIPTokenizer
from generation.errors import WeightsError

DECODER_TOKENS: Final = 77


def clip_tokenizer(folder: Path, *, length: int) -> Tokenizer:
    """CLIP's tokenizer in *folder*; pads to *length* ids with its end token."""
    if (folder / "tokenizer.json").is_file():
        tokenizer = _tokenizer(folder)
    elif (folder / "vocab.json").is_file() and (folder / "merges.txt").is_file():
        tokenizer = CLIPTokenizer.from_pretrained(folder).backend_tokenizer
    else:
        raise WeightsError(
            f"{folder} holds neither tokenizer.json nor vocab.json with merges.txt: "
            "fetch it again"
        )
    tokenizer.no_padding()
    return _fixed_length(tokenizer, length=length, pad=tokenizer.encode("").ids[-1])


def multilingual_tokenizer(folder: Path, *, pad: int) -> Tokenizer:
    """XLM-R's tokenizer in *folder*; *pad* is the id its encoder takes for padding."""
    return _fixed_length(_tokenizer(folder), length=DECODER_TOKENS, pad=pad)


def _tokenizer(folder: Path) -> Tokenizer:
    file = folder / "tokenizer.json"
    if not file.is_file():
        raise WeightsError(f"{file} is missing: fetch it again")
    try:
        return Tokenizer.from_file(str(file))
    except Exception as error:  # tokenizers raises nothing narrower
        raise WeightsError(f"{file} is damaged ({error}): fetch it again") from error


def _fixed_length(tokenizer: Tokenizer, *, length: int, pad: int) -> Tokenizer:
    tokenizer.enable_truncation(length)
    tokenizer.enable_padding(
        length=length, pad_id=pad, pad_token=tokenizer.id_to_token(pad)
    )
    return tokenizer
