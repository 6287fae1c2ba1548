"""The stages of a job in this process and on one thread."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Final

import pyarrow as pa

from datasets_cleaning.decode import pixels
from datasets_cleaning.destination import Destination
from datasets_cleaning.filters.image_judged import ImageJudged
from datasets_cleaning.filters.joint_judged import JointJudged
from datasets_cleaning.isolation import attempt
from datasets_cleaning.manifest import Manifest
from datasets_cleaning.measures.captions import Caption, CaptionScores
from datasets_cleaning.measures.files import Digest, Header
from datasets_cleaning.measures.pixels import Decoded, PerceptualHash
from datasets_cleaning.measuring import Measurer
from datasets_cleaning.pair_contents import LazyPairContents
from datasets_cleaning.plan import Plan
from datasets_cleaning.protocols import (
    Cost,
    Measure,
    PairContents,
    Phase,
    Task,
    TaskResult,
)
from datasets_cleaning.shard_judging import judge_shard
from datasets_cleaning.sources import open_source
from moderation.bundled import bundled_classifiers
from moderation.image.preprocessing import Preprocessing, square_views, views
from moderation.image.uploads import inspected, read_image

CLIP: Final = Preprocessing(
    side=224,
    crop=224,
    mean=(0.48145466, 0.4578275, 0.40821073),
    std=(0.26862954, 0.26130258, 0.27577711),
)
BASIS: Final = {"plan": "bench", "versions": {}, "embeddings": False}

GUARDED: Final = 0.03
"""The share of pictures whose score lies so near a threshold that they are decoded
again, the exact way: 1 to 3 % of photographs."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The views that an encoder is shown of each picture: the middle, and the whole."""

    cost: ClassVar[Cost] = Cost.IMAGE_NETWORK
    version: ClassVar[str] = "cut"
    columns: ClassVar[Mapping[str, pa.DataType]] = {"embedding_shown": pa.uint8()}

    def __call__(self, contents: Sequence[PairContents]) -> Mapping[str, Sequence[Any]]:
        """The count of views of each."""
        shown = [len(square_views(pair.pixels, CLIP)) for pair in contents]
        return {"embedding_shown": shown}


def measurer(*, cut: bool) -> Measurer:
    """The stage without a network, with or without what it would be shown.

    Every pair is measured to its end, as the usual loop does.
    """
    measures: list[Measure] = [Header(), Digest(), Caption()]
    measures += [CaptionScores(bundled_classifiers()), Decoded(), PerceptualHash()]
    filters = Plan.bundled().filters
    return Measurer(
        measures=(*measures, Cut()) if cut else tuple(measures),
        filters=[f for f in filters if not isinstance(f, ImageJudged | JointJudged)],
        open_contents=LazyPairContents,
        score_all=True,
    )


def judge_all(folder: Path, by: Measurer, to: Path) -> int:
    """Judge every shard in *folder* into *to*; how many pairs there are."""
    shards = open_source(str(folder)).shards()
    manifests = [
        judge_shard(shard, measurer=by, basis=BASIS, to=Destination(to))
        for shard in shards
    ]
    return sum(int(manifest["count"]) for manifest in manifests)


def walk_all(folder: Path) -> int:
    """Read every file of every pair of the shards in *folder*; how many pairs."""
    count = 0
    for shard in open_source(str(folder)).shards():
        with shard.open() as pairs:
            for pair in pairs:
                files = (pair.image, *pair.companions)
                count += all(file is not None and file.read() for file in files)
    return count


def cut_views(data: bytes, *, again: bool) -> int:
    """Both views of a picture, quickly; and *again* the exact way, near a threshold."""
    quick = len(square_views(pixels(data, inspected(data)), CLIP))
    if again:
        for view in views(read_image(data)):
            CLIP(view)
    return quick


def cut_middle(data: bytes, *, again: bool) -> int:
    """The middle alone, which is what the usual loop cuts."""
    picture = pixels(data, inspected(data))
    short = min(picture.shape[:2])
    top, left = ((length - short) // 2 for length in picture.shape[:2])
    quick = len(square_views(picture[top : top + short, left : left + short], CLIP))
    if again:
        CLIP(read_image(data))
    return quick


@dataclass
class BenchWorker:
    """The stage as a worker process does it, over the shards in *folder*."""

    folder: Path
    to: Path
    made: list[Measurer] = field(default_factory=list)

    def __call__(self, task: Task) -> TaskResult:
        """Judge a shard, and say who did; the classifiers are read at the first."""
        return attempt(task, lambda: self._do(task.number))

    def _do(self, number: int) -> Manifest:
        if not self.made:
            self.made.append(measurer(cut=True))
        shard = open_source(str(self.folder)).shards()[number]
        made = judge_shard(
            shard, measurer=self.made[0], basis=BASIS, to=Destination(self.to)
        )
        return {**made, "process": os.getpid()}


PAGE: Final = os.sysconf("SC_PAGE_SIZE")


def memory_after_shards(source: Path, to: Path, count: int) -> list[int]:
    """The bytes in memory after each of *count* shards of *source*."""
    run_task, found = BenchWorker(source, to), []
    for number in range(count):
        run_task(Task(phase=Phase.JUDGE, number=number))
        pages = Path("/proc/self/statm").read_text("ascii").split()[1]
        found.append(int(pages) * PAGE)
    return found
