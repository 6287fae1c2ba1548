"""The loop that one would write: webdataset, Pillow, one call for each sample."""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from PIL import Image
from webdataset import WebDataset

from moderation import PromptGate
from moderation.image.pdq import PdqHash

SIDE: Final = 224


def samples(paths: Sequence[Path]) -> Iterator[dict[str, Any]]:
    """Samples that webdataset finds in the tars at *paths*, undecoded."""
    yield from WebDataset([str(path) for path in paths], shardshuffle=False)


def walk_all(paths: Sequence[Path]) -> int:
    """Read every file of the tars at *paths*; how many pairs there are."""
    return sum(1 for sample in samples(paths) if sample["jpg"] and sample["txt"])


def square(data: bytes) -> NDArray[np.uint8]:
    """The middle of a picture as CLIP's own code cuts it: Pillow, bicubic."""
    return _cut(Image.open(BytesIO(data)).convert("RGB"))


def _cut(image: Image.Image) -> NDArray[np.uint8]:
    scale = SIDE / min(image.size)
    small = image.resize(
        (round(image.width * scale), round(image.height * scale)),
        Image.Resampling.BICUBIC,
    )
    left, top = (small.width - SIDE) // 2, (small.height - SIDE) // 2
    return np.asarray(small.crop((left, top, left + SIDE, top + SIDE)))


def judge_all(paths: Sequence[Path], gate: PromptGate, to: Path) -> int:
    """Take every pair of *paths* through the stage, into a Parquet file *to*."""
    rows = []
    for sample in samples(paths):
        image = Image.open(BytesIO(sample["jpg"])).convert("RGB")
        found = PdqHash.of(image)
        verdict = gate.judge(sample["txt"].decode())
        rows.append(
            {
                "key": sample["__key__"],
                "sha256": sha256(sample["jpg"]).digest(),
                "width": image.width,
                "height": image.height,
                "pdq": found.bits.tobytes(),
                "quality": found.quality,
                "mean": float(_cut(image).mean()),
                **{str(name): score for name, score in verdict.scores.items()},
            }
        )
    pq.write_table(pa.Table.from_pylist(rows), to)
    return len(rows)
