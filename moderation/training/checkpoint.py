"""Turn a published Detoxify checkpoint, a pickle, into a folder without one."""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file

from moderation.errors import ModerationError
from moderation.text.detoxify import IDENTITIES, NAMES

_RENAMED = {
    "toxic": "toxicity",
    "severe_toxic": "severe_toxicity",
    "identity_hate": "identity_attack",
}


def convert(checkpoint: Path, *, tokenizer: Path, config: Path, to: Path) -> None:
    """Write *to* from the *checkpoint*, XLM-R's tokenizer.json and its config.json.

    Only tensors and plain values are unpickled. Raises ModerationError for another
    model.
    """
    content = torch.load(checkpoint, map_location="cpu", weights_only=True)
    try:
        arch = content["config"]["arch"]["args"]
        classes = content["config"]["dataset"]["args"]["classes"]
        tensors, outputs = content["state_dict"], int(arch["num_classes"])
    except (KeyError, TypeError) as error:
        raise ModerationError(
            f"{checkpoint} is no Detoxify checkpoint: {error}"
        ) from error
    known = tuple(_RENAMED.get(name, name) for name in classes)
    labels = (NAMES + IDENTITIES)[:outputs]
    if len(labels) != outputs or known[: len(NAMES)] != labels[: len(NAMES)]:
        raise ModerationError(f"{checkpoint} has the classes {known}, wanted {labels}")
    to.mkdir(parents=True, exist_ok=True)
    about = json.loads(config.read_text("utf-8"))
    about["id2label"] = dict(enumerate(labels))
    about["label2id"] = {name: i for i, name in enumerate(labels)}
    (to / "config.json").write_text(json.dumps(about, indent=2), "utf-8")
    (to / "tokenizer.json").write_bytes(tokenizer.read_bytes())
    save_file({k: v.contiguous() for k, v in tensors.items()}, to / "model.safetensors")
