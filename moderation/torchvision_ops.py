"""Makes torchvision importable next to a torch of another build.

open_clip needs torchvision, and transformers takes it wherever it finds it. Built for
CUDA and installed beside a torch for the CPU, torchvision cannot load its compiled
half; its Python half then stops over two operators which only that half declares.
"""

from importlib.util import find_spec
from pathlib import Path

import torch

_SIGNATURE = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


def declare_missing_operators() -> None:
    """Declares torchvision's `nms` and `qnms` where its own code cannot be loaded.

    No encoder calls them. Repeating the call changes nothing.
    """
    package = find_spec("torchvision")
    if package is None or package.origin is None:
        return
    try:
        torch.ops.load_library(  # type: ignore[no-untyped-call]
            Path(package.origin).with_name("_C.so")
        )
    except OSError:
        for name in ("nms", "qnms"):
            if not hasattr(torch.ops.torchvision, name):
                torch.library.define(f"torchvision::{name}", _SIGNATURE)
