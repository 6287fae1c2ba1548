"""Makes torchvision importable beside a torch that it was not built for.

open_clip needs torchvision, and transformers imports it wherever it is installed. Its
Python half cannot be imported while two operators are unknown, and its compiled half,
which declares them, loads only beside the torch of its own build: the one for CUDA does
not load beside a torch for the CPU. Declared here, the operators exist and compute
nothing; no network of ours calls them.

Importing this module declares them: import it before anything that imports torchvision.
"""

from importlib.util import find_spec
from pathlib import Path

import torch

_SIGNATURE = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


def declare_missing_operators() -> None:
    """Declares torchvision's `nms` and `qnms` where its own code cannot be loaded.

    Idempotent.
    """
    spec = find_spec("torchvision")
    if spec is None or spec.origin is None:
        return
    try:
        compiled = Path(spec.origin).with_name("_C.so")
        torch.ops.load_library(compiled)  # type: ignore[no-untyped-call]
    except OSError:
        for name in ("nms", "qnms"):
            if not hasattr(torch.ops.torchvision, name):
                torch.library.define(f"torchvision::{name}", _SIGNATURE)


declare_missing_operators()
