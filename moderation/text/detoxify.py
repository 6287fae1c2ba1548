"""The published Detoxify multilingual classifier (XLM-R), read from a folder."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from moderation.errors import ClassifierUnavailable
from moderation.protocols import Scores
from moderation.verdict import Category

if TYPE_CHECKING:  # torch takes seconds to import and only a screener needs it
    from torch import Tensor

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
_LAYOUTS = (NAMES[:1], NAMES, NAMES + IDENTITIES)
_LEGACY = frozenset(
    {
        "roberta.embeddings.position_ids",
        "roberta.pooler.dense.weight",
        "roberta.pooler.dense.bias",
    }
)
_WINDOW, _STRIDE = 510, 384  # tokens, without the two that mark start and end


@dataclass(frozen=True, slots=True, kw_only=True)
class Detoxify:
    """Scores a text by the worst of its windows of 512 tokens.

    *probabilities* takes token ids [1, n] to independent probabilities [1, labels].
    """

    version: str
    labels: Sequence[str]
    tokens: Callable[[str], Sequence[int]]
    edges: tuple[int, int]
    probabilities: "Callable[[Sequence[int]], Tensor]"

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The classifier in *folder*: config, tokenizer and safetensors, no network.

        Raises ClassifierUnavailable saying what does not fit.
        """
        try:
            return cls._load(folder)
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise ClassifierUnavailable(
                f"cannot load Detoxify from {folder}: {error}"
            ) from error

    @classmethod
    def _load(cls, folder: Path) -> Self:
        import torch  # noqa: PLC0415  # see above
        from tokenizers import Tokenizer  # noqa: PLC0415

        tokenizer = Tokenizer.from_str((folder / "tokenizer.json").read_text("utf-8"))
        tokenizer.no_truncation()
        network, labels = _network(folder)

        def probabilities(ids: Sequence[int]) -> "Tensor":
            with torch.inference_mode():
                logits: Tensor = network(input_ids=torch.tensor([ids])).logits
                return logits.sigmoid()[0]

        return cls(
            version=f"detoxify-{_digest(folder / 'model.safetensors')}",
            labels=labels,
            tokens=lambda text: tokenizer.encode(text, add_special_tokens=False).ids,
            edges=(network.config.bos_token_id, network.config.eos_token_id),
            probabilities=probabilities,
        )

    def scores(self, text: str, /) -> Scores:
        """Probability per category, the worst over windows and labels."""
        worst: dict[Category, float] = {}
        start, end = self.edges
        for window in _windows(self.tokens(text)):
            answer = self.probabilities([start, *window, end]).tolist()
            for label, probability in zip(self.labels, answer, strict=True):
                if category := _CATEGORY.get(label):
                    worst[category] = max(probability, worst.get(category, 0.0))
        return worst


def _network(folder: Path) -> tuple[Any, tuple[str, ...]]:
    """The network in evaluation mode and its labels, in the order of its outputs."""
    from moderation.torchvision_ops import (  # noqa: PLC0415
        declare_missing_operators,
    )

    declare_missing_operators()
    from safetensors.torch import load_file  # noqa: PLC0415
    from transformers import (  # noqa: PLC0415
        XLMRobertaConfig,
        XLMRobertaForSequenceClassification,
    )

    config = XLMRobertaConfig.from_pretrained(folder, local_files_only=True)
    labels = tuple(name for _, name in sorted(dict(config.id2label or {}).items()))
    if labels not in _LAYOUTS:
        raise ValueError(f"its labels are {labels}, not 1, 7 or 16 that are known")
    network = XLMRobertaForSequenceClassification(config)
    loaded = network.load_state_dict(
        load_file(folder / "model.safetensors"), strict=False
    )
    if wrong := [*loaded.missing_keys, *(set(loaded.unexpected_keys) - _LEGACY)]:
        raise ValueError(f"its tensors do not fit, look at {sorted(wrong)}")
    network.train(mode=False)
    return network, labels


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
