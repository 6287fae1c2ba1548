"""CLIP's text half: from a caption to its place among the embeddings of pictures.

torch and what stands on it are imported when an encoder is loaded.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from moderation.clip import prepare_imports, read_weights
from moderation.errors import ClassifierUnavailable

Embeddings = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClipText:
    """A text tower with its projection; *tokens* makes ids [n, length] of texts."""

    tower: Callable[[Any], Any]
    tokens: Callable[[Sequence[str]], Any]
    digest: str
    device: str

    @property
    def version(self) -> str:
        """Which weights answer, for the record."""
        return f"clip-text@{self.digest[:12]}"

    def embed(self, texts: Sequence[str]) -> Embeddings:
        """Projected, un-normalised embeddings [n, d]; what is too long is cut."""
        import torch  # noqa: PLC0415  # importing this module stays light

        with torch.inference_mode():
            ids = self.tokens(texts).to(self.device)
            embeddings = self.tower(ids).float().cpu().numpy()
        return np.asarray(embeddings, np.float32)

    @classmethod
    def load(cls, folder: Path, tokenizer: Path, *, device: str = "cpu") -> Self:
        """The tower in *folder* as Kandinsky's prior has it, or ClassifierUnavailable.

        *tokenizer* is the folder of tokenizer.json, or of vocab.json and merges.txt.
        """
        prepare_imports()
        from transformers import (  # noqa: PLC0415  # torch stands behind it
            CLIPTextConfig,
            CLIPTextModelWithProjection,
        )

        weights, digest = read_weights(folder / "model.safetensors")
        # older files carry a table of positions which the network now counts itself
        weights.pop("text_model.embeddings.position_ids", None)
        try:
            config = json.loads((folder / "config.json").read_text("utf-8"))
            model = CLIPTextModelWithProjection(CLIPTextConfig(**config))
            model.float()  # type: ignore[no-untyped-call]  # files may hold halves
            model.load_state_dict(weights)
            length = int(model.config.max_position_embeddings)
            tokens = _tokens(tokenizer, length)
        except (OSError, ValueError, TypeError, RuntimeError) as error:
            raise ClassifierUnavailable(
                f"no CLIP text encoder in {folder} with {tokenizer}: {error}"
            ) from error
        model.train(mode=False).to(device)
        return cls(
            tower=lambda ids: model(ids).text_embeds,
            tokens=tokens,
            digest=digest,
            device=device,
        )

    @classmethod
    def of_open_clip(
        cls,
        file: Path,
        *,
        architecture: str = "ViT-L-14-quickgelu",
        device: str = "cpu",
    ) -> Self:
        """The text tower of the open_clip *file*, or ClassifierUnavailable."""
        prepare_imports()
        import open_clip  # noqa: PLC0415  # heavy

        weights, digest = read_weights(file)
        try:
            model = open_clip.create_model(architecture, pretrained_text=False)
            del model.visual
            text = {n: t for n, t in weights.items() if not n.startswith("visual.")}
            model.load_state_dict(text)
        except (ValueError, RuntimeError) as error:
            raise ClassifierUnavailable(
                f"{file} is no {architecture}: {error}"
            ) from error
        return cls(
            tower=model.train(mode=False).to(device).encode_text,
            tokens=open_clip.get_tokenizer(architecture),
            digest=digest,
            device=device,
        )


def _tokens(folder: Path, length: int) -> Callable[[Sequence[str]], Any]:
    """The tokenizer in *folder*, cutting and filling up to *length* ids."""
    import torch  # noqa: PLC0415  # see above
    from tokenizers import Tokenizer  # noqa: PLC0415  # see above

    if (folder / "tokenizer.json").is_file():
        tokenizer = Tokenizer.from_str((folder / "tokenizer.json").read_text("utf-8"))
    else:
        from transformers import CLIPTokenizer  # noqa: PLC0415  # see above

        for name in ("vocab.json", "merges.txt"):
            if not (folder / name).is_file():
                raise ValueError(f"{folder / name} is missing")
        tokenizer = CLIPTokenizer.from_pretrained(folder).backend_tokenizer
    end = tokenizer.encode("").ids[-1]
    tokenizer.enable_truncation(length)
    tokenizer.enable_padding(
        length=length, pad_id=end, pad_token=tokenizer.id_to_token(end)
    )
    return lambda texts: torch.tensor(
        [e.ids for e in tokenizer.encode_batch(list(texts))]
    )
