"""The published Detoxify multilingual classifier (XLM-R), read from a folder."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Self

from moderation.errors import ClassifierUnavailable
from moderation.protocols import Scores
from moderation.verdict import Category

NAMES = (
    "toxicity",
    "severe_toxicity",
    "obscene",
    "identity_attack",
    "insult",
    "threat",
    "sexual_explicit",
)
IDENTITIES = (
    "male",
    "female",
    "homosexual_gay_or_lesbian",
    "christian",
    "jewish",
    "muslim",
    "black",
    "white",
    "psychiatric_or_mental_illness",
)

_CATEGORY: Mapping[str, Category] = {
    "toxicity": Category.TOXIC,
    "severe_toxicity": Category.TOXIC,
    "obscene": Category.TOXIC,
    "identity_attack": Category.HATE,
    "insult": Category.HARASSMENT,
    "threat": Category.VIOLENCE,
    "sexual_explicit": Category.SEXUAL,
}
_LAYOUTS = tuple(map(frozenset, (NAMES[:1], NAMES, NAMES + IDENTITIES)))
_OLD_NAMES = {
    "toxic": "toxicity",
    "severe_toxic": "severe_toxicity",
    "identity_hate": "identity_attack",
}
_WINDOW, _STRIDE = 510, 384  # tokens, without the two that mark start and end
_BATCH = 4096  # tokens, padding included, that the network reads at a time

Windows = Sequence[Sequence[int]]
Batch = Sequence[tuple[int, list[int]]]  # a text's number, the tokens of a window


@dataclass(frozen=True, slots=True, kw_only=True)
class Detoxify:
    """Scores a text by the worst of its windows of 512 tokens.

    *probabilities* takes token ids, n windows of any lengths, to independent
    probabilities [n, labels].
    """

    version: str
    labels: Sequence[str]
    tokens: Callable[[str], Sequence[int]]
    edges: tuple[int, int]
    probabilities: Callable[[Windows], Sequence[Sequence[float]]]

    @classmethod
    def load(cls, folder: Path, *, device: str = "cpu", int8: bool = False) -> Self:
        """The classifier in *folder*: config, tokenizer and safetensors, no network.

        With *int8* its matrices are rounded to bytes, for the processor alone. Raises
        ClassifierUnavailable saying what does not fit.
        """
        try:
            return cls._load(folder, device, int8=int8)
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise ClassifierUnavailable(
                f"cannot load Detoxify from {folder}: {error}"
            ) from error

    @classmethod
    def _load(cls, folder: Path, device: str, *, int8: bool) -> Self:
        from tokenizers import Tokenizer  # noqa: PLC0415  # only a screener needs it

        from moderation.text.xlm_roberta import XlmRoberta  # noqa: PLC0415  # torch

        tokenizer = Tokenizer.from_str((folder / "tokenizer.json").read_text("utf-8"))
        tokenizer.no_truncation()
        network = XlmRoberta.load(folder, device=device, int8=int8)
        digest = _digest(folder / "model.safetensors")
        return cls(
            version=f"detoxify-{digest}{'+int8' if int8 else ''}",
            labels=known_labels(network.labels),
            tokens=lambda text: tokenizer.encode(text, add_special_tokens=False).ids,
            edges=network.edges,
            probabilities=network.probabilities,
        )

    def scores(self, text: str, /) -> Scores:
        """Probability per category, the worst over windows and labels."""
        return self.scores_many([text])[0]

    def scores_many(self, texts: Sequence[str], /) -> list[Scores]:
        """The `scores` of each of *texts*, for jobs that have many: far faster.

        Windows of like length are read together, so that little is padded.
        """
        windows = [
            (number, [self.edges[0], *window, self.edges[1]])
            for number, text in enumerate(texts)
            for window in _windows(self.tokens(text))
        ]
        windows.sort(key=lambda window: len(window[1]))
        worst: list[dict[Category, float]] = [{} for _ in texts]
        for batch in _batches(windows):
            answers = self.probabilities([ids for _, ids in batch])
            for (number, _), answer in zip(batch, answers, strict=True):
                self._note(answer, worst[number])
        return [*worst]

    def _note(self, answer: Sequence[float], worst: dict[Category, float]) -> None:
        for label, probability in zip(self.labels, answer, strict=True):
            if category := _CATEGORY.get(label):
                worst[category] = max(probability, worst.get(category, 0.0))


def known_labels(names: Sequence[str]) -> tuple[str, ...]:
    """*names* of outputs, in their order and under today's names.

    Raises ValueError unless they are the 1, 7 or 16 that are known.
    """
    labels = tuple(_OLD_NAMES.get(name, name) for name in names)
    if len(set(labels)) < len(labels) or frozenset(labels) not in _LAYOUTS:
        raise ValueError(f"its labels are {labels}, not 1, 7 or 16 that are known")
    return labels


def _batches(windows: Batch) -> Iterator[Batch]:
    """*windows*, the shortest first, cut where padding them would exceed _BATCH."""
    start = 0
    for stop, (_, ids) in enumerate(windows):
        if (stop + 1 - start) * len(ids) > _BATCH:
            yield windows[start:stop]
            start = stop
    if windows:
        yield windows[start:]


def _windows(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """Overlapping stretches that leave none of *ids* out; one if there are none."""
    for start in range(0, max(1, len(ids) - _WINDOW + _STRIDE), _STRIDE):
        yield ids[start : start + _WINDOW]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        digest = sha256()
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()[:12]
