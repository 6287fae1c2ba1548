"""How the translator's network spells: in pieces of words, numbered."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from sentencepiece import SentencePieceProcessor

from generation.errors import WeightsError

END: Final = "</s>"
UNKNOWN: Final = "<unk>"
SILENT: Final = frozenset({END, UNKNOWN, "<pad>"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """Pieces of the two languages, which share their *numbers*.

    transformers' MarianTokenizer does the same, but asks for a package that it makes
    no use of, and takes what a visitor spells «</s>» for the end of the text.
    """

    source: SentencePieceProcessor
    target: SentencePieceProcessor
    numbers: dict[str, int]
    pieces: dict[int, str]

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The spelling in *folder*: source.spm, target.spm and vocab.json."""
        numbers = _numbers(folder / "vocab.json")
        return cls(
            source=_pieces(folder / "source.spm"),
            target=_pieces(folder / "target.spm"),
            numbers=numbers,
            pieces={number: piece for piece, number in numbers.items()},
        )

    @property
    def end(self) -> int:
        """The number that ends every text."""
        return self.numbers[END]

    def spell(self, text: str) -> list[int]:
        """The numbers of *text* in the source language, without an end."""
        unknown = self.numbers[UNKNOWN]
        return [
            unknown if piece in SILENT else self.numbers.get(piece, unknown)
            for piece in self.source.encode(text, out_type=str)
        ]

    def read(self, numbers: Sequence[int]) -> str:
        """The text in the target language that *numbers* stand for."""
        pieces = [self.pieces[number] for number in numbers]
        pieces = [piece for piece in pieces if piece not in SILENT]
        text: str = self.target.decode_pieces(pieces)
        return text.replace("▁", " ").strip()


def _numbers(file: Path) -> dict[str, int]:
    try:
        numbers: dict[str, int] = json.loads(file.read_text("utf-8"))
    except FileNotFoundError as error:
        raise WeightsError(f"{file} is missing: fetch it again") from error
    except ValueError as error:
        raise WeightsError(f"{file} is not JSON ({error}): fetch it again") from error
    for piece in (END, UNKNOWN):
        if piece not in numbers:
            raise WeightsError(f"{file} has no {piece}: fetch it again")
    if set(numbers.values()) != set(range(len(numbers))):
        raise WeightsError(f"{file} does not number its pieces from 0: fetch it again")
    return numbers


def _pieces(file: Path) -> SentencePieceProcessor:
    if not file.is_file():
        raise WeightsError(f"{file} is missing: fetch it again")
    pieces = SentencePieceProcessor()
    try:
        pieces.LoadFromSerializedProto(file.read_bytes())
    except RuntimeError as error:
        raise WeightsError(f"{file} is damaged ({error}): fetch it again") from error
    return pieces
