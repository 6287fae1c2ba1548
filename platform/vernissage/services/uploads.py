"""Uploads: bytes from an untrusted sender become a clean picture with its verdicts."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from PIL.Image import Image

from moderation import ImageGate, Outcome, Verdict
from moderation.errors import Fault, ImageRefused
from moderation.image.uploads import MAX_BYTES, MAX_PIXELS, MAX_SIDE, read_upload
from vernissage.errors import BadInput
from vernissage.messages import N_
from vernissage.services.hash_matching import HashMatcher

FAULTS: Final[Mapping[Fault, str]] = MappingProxyType(
    {
        Fault.EMPTY: N_("The file is empty."),
        Fault.TOO_MANY_BYTES: N_("A picture may have at most %(megabytes)s MB."),
        Fault.TOO_MANY_PIXELS: N_(
            "A picture may have at most %(megapixels)s megapixels and %(side)s pixels"
            " a side. Make it smaller and try again."
        ),
        Fault.NOT_READ_HERE: N_("Only JPEG, PNG and WebP pictures are accepted."),
        Fault.MISLABELLED: N_(
            "The contents of the file do not match its name or type. Save the picture"
            " again and retry."
        ),
        Fault.TRUNCATED: N_("The file is incomplete. Upload it again."),
        Fault.POLYGLOT: N_(
            "The file contains more than a picture. Save the picture again and retry."
        ),
        Fault.BOMB: N_("The file unpacks to far more data than a picture needs."),
        Fault.DAMAGED: N_("The picture is damaged. Save it again and retry."),
    }
)
"""The message to the sender for each fault of an uploaded file."""

_LIMITS: Final = MappingProxyType(
    {
        "megabytes": MAX_BYTES >> 20,
        "megapixels": MAX_PIXELS // 1_000_000,
        "side": MAX_SIDE,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JudgedUpload:
    """An uploaded picture and its verdicts; *data* is the picture, encoded anew."""

    image: Image
    data: bytes
    media_type: str
    verdicts: tuple[Verdict, ...]

    @property
    def outcome(self) -> Outcome:
        """The worst of the verdicts."""
        return max(verdict.outcome for verdict in self.verdicts)


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadReader:
    """Reads and judges uploaded pictures, for web and command line alike."""

    matcher: HashMatcher
    image_gate: ImageGate

    def read(self, data: bytes, *, declared: str | None = None) -> JudgedUpload:
        """The picture in *data*, or BadInput; *declared* is its sender's media type.

        What is on a list is refused without any further look.
        """
        try:
            upload = read_upload(data, declared=declared)
        except ImageRefused as error:
            raise BadInput("image", FAULTS[error.fault], **_LIMITS) from error
        verdicts = self.matcher.match(upload.image, upload.sha256)
        if not any(verdict.refused for verdict in verdicts):
            verdicts = (*verdicts, self.image_gate.judge(upload.image))
        return JudgedUpload(
            image=upload.image,
            data=upload.data,
            media_type=upload.media_type,
            verdicts=verdicts,
        )
