"""What can go wrong while judging.

* ModerationError
  * PolicyError
  * ClassifierUnavailable
  * ImageRefused
"""


class ModerationError(Exception):
    """Base class of everything this package raises on purpose."""


class PolicyError(ModerationError):
    """A policy file contradicts itself or names an unknown category."""


class ClassifierUnavailable(ModerationError):  # noqa: N818  # reads as what it is
    """A classifier could not answer; its gate then asks for a human."""


class ImageRefused(ModerationError):  # noqa: N818  # reads as what it is
    """A file is no picture that we read; the message may be shown to its sender."""
