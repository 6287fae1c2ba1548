"""Turn a published Detoxify checkpoint, a pickle, into a folder without one."""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file

from moderation.errors import ModerationError
from moderation.text.detoxify import IDENTITIES, NAMES, known_labels


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
    # the published ones name 7 of 16 outputs
    every = (*classes, *IDENTITIES) if len(classes) == len(NAMES) else classes
    try:
        labels = known_labels(every[:outputs])
    except ValueError as error:
        raise ModerationError(f"{checkpoint}: {error}") from error
    if len(labels) != outputs:
        raise ModerationError(f"{checkpoint} names {len(labels)} of {outputs} outputs")
    to.mkdir(parents=True, exist_ok=True)
    about = json.loads(config.read_text("utf-8"))
    about["id2label"] = dict(enumerate(labels))
    about["label2id"] = {name: i for i, name in enumerate(labels)}
    (to / "config.json").write_text(json.dumps(about, indent=2), "utf-8")
    (to / "tokenizer.json").write_bytes(tokenizer.read_bytes())
    save_file({k: v.contiguous() for k, v in tensors.items()}, to / "model.safetensors")
