"""Lets torchvision be imported beside a torch that it was not built for.

transformers imports torchvision wherever it is installed. Its Python half refuses to
be imported while two operators are unknown, and its compiled half, which declares
them, loads only beside the torch of its own build: the one for CUDA does not load
beside a torch for the CPU. Declared here, the operators exist and still compute
nothing, which is all that a painter asks of them.

Importing this module declares them; import it before transformers and diffusers.
"""

from importlib.util import find_spec
from pathlib import Path

import torch

_NMS = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


def _declare_what_is_missing() -> None:
    """Prefers torchvision's own operators; declares them where these cannot load."""
    spec = find_spec("torchvision")
    if spec is None or spec.origin is None:
        return
    try:
        compiled = Path(spec.origin).with_name("_C.so")
        torch.ops.load_library(compiled)  # type: ignore[no-untyped-call]
    except OSError:
        for name in ("nms", "qnms"):
            if not hasattr(torch.ops.torchvision, name):
                torch.library.define(f"torchvision::{name}", _NMS)


_declare_what_is_missing()
