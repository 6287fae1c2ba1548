"""Errors of judging.

* ModerationError
  * PolicyError
  * ClassifierUnavailable
    * HashListError
  * ImageRefused
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Self


class ModerationError(Exception):
    """Base class of everything this package raises on purpose."""


class PolicyError(ModerationError):
    """A policy file contradicts itself or names an unknown category."""


class ClassifierUnavailable(ModerationError):  # noqa: N818  # reads as what it is
    """A classifier could not answer; its gate then asks for a human."""


class HashListError(ClassifierUnavailable):
    """A list of known pictures is malformed: *problems* has a line for each fault."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)

    def __reduce__(self) -> tuple[type[Self], tuple[tuple[str, ...]]]:
        return type(self), (self.problems,)


class Fault(StrEnum):
    """Reasons for which a file is refused as a picture."""

    EMPTY = "empty"
    TOO_MANY_BYTES = "too_many_bytes"
    TOO_MANY_PIXELS = "too_many_pixels"
    NOT_READ_HERE = "not_read_here"
    """It is neither JPEG nor PNG nor WebP."""
    MISLABELLED = "mislabelled"
    """It is another kind of file than its sender or its signature says."""
    TRUNCATED = "truncated"
    POLYGLOT = "polyglot"
    """It is something else besides a picture, or has bytes after the picture's end."""
    BOMB = "bomb"
    """It unpacks to far more than a picture needs."""
    DAMAGED = "damaged"


class ImageRefused(ModerationError):  # noqa: N818  # reads as what it is
    """A file is no picture that we read; the message may be shown to its sender."""

    def __init__(self, message: str, fault: Fault = Fault.DAMAGED) -> None:
        super().__init__(message)
        self.fault = fault
