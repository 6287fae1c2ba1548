"""XLM-R with a classifier on top, read from a folder."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from moderation.text.int8 import as_bytes
from torch_runtime.torchvision_operators import declare_missing_operators

declare_missing_operators()

import torch  # noqa: E402  # after the line above
from transformers import (  # noqa: E402
    XLMRobertaConfig,
    XLMRobertaForSequenceClassification,
)

# written by older releases, which kept what is never read
_LEGACY = frozenset(
    {
        "roberta.embeddings.position_ids",
        "roberta.pooler.dense.weight",
        "roberta.pooler.dense.bias",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class XlmRoberta:
    """A network in evaluation mode, with the names of its outputs in their order.

    *edges* are the tokens that mark the start and the end of a text.
    """

    labels: tuple[str, ...]
    edges: tuple[int, int]
    padding: int
    device: str
    network: Callable[..., Any]

    @classmethod
    def load(cls, folder: Path, *, device: str, int8: bool) -> Self:
        """The network in *folder*, on *device*, with *int8* matrices on a processor.

        Raises OSError, ValueError, KeyError or RuntimeError for what does not fit.
        """
        if int8 and device != "cpu":
            raise ValueError(f"int8 is for the device cpu, not for {device}")
        config: Any = XLMRobertaConfig.from_pretrained(folder, local_files_only=True)
        loaded: Any = XLMRobertaForSequenceClassification.from_pretrained(
            folder,
            config=config,
            dtype=torch.float32,
            local_files_only=True,
            use_safetensors=True,
            output_loading_info=True,
        )
        network, found = loaded
        wrong = {*found["missing_keys"], *(set(found["unexpected_keys"]) - _LEGACY)}
        if wrong:
            raise ValueError(f"its tensors do not fit, look at {sorted(wrong)}")
        network.train(mode=False)
        if int8:
            as_bytes(network)
        names = dict(config.id2label or {})
        return cls(
            labels=tuple(name for _, name in sorted(names.items())),
            edges=(config.bos_token_id, config.eos_token_id),
            padding=config.pad_token_id,
            device=device,
            network=network.to(device),
        )

    def probabilities(self, windows: Sequence[Sequence[int]]) -> list[list[float]]:
        """Independent probabilities [n, labels] of n *windows* of any lengths."""
        longest = max(len(window) for window in windows)
        padded = [[*w, *[self.padding] * (longest - len(w))] for w in windows]
        lengths = torch.tensor([len(window) for window in windows])
        mask = torch.arange(longest) < lengths[:, None]
        with torch.inference_mode():
            logits = self.network(
                input_ids=torch.tensor(padded, device=self.device),
                attention_mask=mask.long().to(self.device),
            ).logits
        probabilities: list[list[float]] = logits.float().sigmoid().tolist()
        return probabilities
