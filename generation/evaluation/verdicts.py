"""Both judges over many pictures."""

from collections.abc import Sequence
from typing import Final

from PIL import Image

from generation.evaluation.experiment import Trial
from generation.evaluation.probes import Question

BY_CLIP: Final = "right, by CLIP"
BY_LIKENESS: Final = "right, by likeness"


def judged(
    trial: Trial, asked: Sequence[Question], pictures: Sequence[Image.Image]
) -> tuple[list[bool], list[bool]]:
    """Whether each picture shows what was asked for: by CLIP, and by likeness."""
    both = list(zip(asked, pictures, strict=True))
    clip = [trial.judge.best(p, q.sentences) == 0 for q, p in both]
    # fresh poses: the first few seeds are those of the drawn pictures
    likeness = [
        trial.likeness.best(p, q.candidates, seed=len(both) + place) == 0
        for place, (q, p) in enumerate(both)
    ]
    return clip, likeness
