"""Pictures that strangers send, read safely.

Kind, sides and where the picture ends come from the file's own marks; only what passes
there is decoded.
"""

import re
import struct
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO

import numpy as np
import PIL.Image
from PIL.Image import Image, Transpose

from moderation.errors import Fault, ImageRefused
from moderation.image.containers import Container, parse_container

MAX_BYTES = 16 * 2**20
MAX_PIXELS = 16_000_000
MAX_SIDE = 16_384

_ORIENTATION = 0x0112  # the EXIF tag
_TURNS = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
_MARKUP = re.compile(
    rb"<(?:!doctype\s+html|html|script|iframe|svg)\b|<\?php\b|%PDF-", re.IGNORECASE
)
_ZIP_END = b"PK\5\6"
_ZIP_ENTRY = b"PK\1\2"
_ZIP_TAIL = 22 + 0xFFFF  # bytes before the end in which a reader of ZIP files looks
_MEDIA = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
_ALIASES = {"image/jpg": "image/jpeg", "image/pjpeg": "image/jpeg"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Upload:
    """A stranger's picture: *data* is it anew, with none of the bytes that were sent.

    *sha256* is that of the file as it was sent, for lists of known files.
    """

    image: Image
    data: bytes
    media_type: str
    sha256: str


def read_upload(data: bytes, *, declared: str | None = None) -> Upload:
    """The picture in *data*, or ImageRefused.

    *declared* is the media type its sender gave: a file of another kind is refused,
    unless it says nothing (application/octet-stream).
    """
    found = inspected(data)
    said = (declared or "").partition(";")[0].strip().lower()
    kind = _MEDIA[found.kind]
    if (
        said not in {"", "application/octet-stream"}
        and _ALIASES.get(said, said) != kind
    ):
        raise ImageRefused(f"the file is {kind}, not {said}", Fault.MISLABELLED)
    image = _decoded(data, found)
    # what came without loss stays without: masks are PNG files
    made = "PNG" if found.kind == "PNG" else "JPEG"
    return Upload(
        image=image,
        data=_encoded(image, made),
        media_type=_MEDIA[made],
        sha256=sha256(data).hexdigest(),
    )


def read_image(data: bytes) -> Image:
    """The first frame of *data* as an upright RGB picture, or ImageRefused.

    What is transparent is laid on white. Nothing else of the file is kept: no EXIF, no
    text, no colour profile.
    """
    return _decoded(data, inspected(data))


def inspected(data: bytes) -> Container:
    """The container that *data* is, nothing decoded yet; or ImageRefused."""
    if not data:
        raise ImageRefused("the file is empty", Fault.EMPTY)
    if len(data) > MAX_BYTES:
        raise ImageRefused(
            f"a picture has at most {MAX_BYTES} bytes, this one has {len(data)}",
            Fault.TOO_MANY_BYTES,
        )
    found = parse_container(data)
    if found.width * found.height > MAX_PIXELS or (
        max(found.width, found.height) > MAX_SIDE
    ):
        raise ImageRefused(
            f"a picture has at most {MAX_PIXELS} pixels and {MAX_SIDE} a side,"
            f" this one has {found.width} x {found.height}",
            Fault.TOO_MANY_PIXELS,
        )
    if second := _polyglot_fault(data, found):
        raise ImageRefused(second, Fault.POLYGLOT)
    return found


def _polyglot_fault(data: bytes, found: Container) -> str | None:
    """The thing that *data* is besides a picture, or None."""
    if behind := data[found.end :].strip(b"\0"):
        return f"the file goes on for {len(behind)} bytes after its picture"
    tail = data[-_ZIP_TAIL:]
    start = tail.rfind(_ZIP_END)
    if start >= 0 and len(tail) - start >= 22:  # noqa: PLR2004  # the end record
        entries, size = struct.unpack_from("<HI", tail, start + 10)
        first = len(data) - len(tail) + start - size
        if entries == 0 or data.startswith(_ZIP_ENTRY, max(first, 0)):
            return "the file is a ZIP archive, too"
    if any(map(_MARKUP.search, found.metadata)):
        return "the file is a web page or a document, too"
    return None


def _decoded(data: bytes, found: Container) -> Image:
    try:
        with PIL.Image.open(BytesIO(data), formats=(found.kind,)) as image:
            _check_size(image, found)
            turn = _TURNS.get(image.getexif().get(_ORIENTATION, 1))
            flat = _on_white(image)
            upright = flat if turn is None else flat.transpose(turn)
            upright.info.clear()  # profiles and comments would be saved again
            return upright
    except ImageRefused:
        raise
    except Exception as error:
        # a decoder meets hostile bytes here: it fails in more ways than it documents
        fault = Fault.TRUNCATED if "truncated" in str(error) else Fault.DAMAGED
        raise ImageRefused(f"the picture is damaged: {error}", fault) from error


def _check_size(image: Image, found: Container) -> None:
    """Refuse a picture of another size than was allowed."""
    if image.size != (found.width, found.height):
        raise ImageRefused(
            f"the file says {found.width} x {found.height} and shows"
            f" {image.width} x {image.height}",
            Fault.MISLABELLED,
        )


def _on_white(image: Image) -> Image:
    """*image* as RGB, the way a browser shows it on a white page."""
    if image.mode.startswith("I;16"):
        # Pillow would not scale sixteen bits to eight: it makes all but black white
        image = PIL.Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if not image.has_transparency_data:
        return image.convert("RGB")
    page = PIL.Image.new("RGBA", image.size, "white")
    return PIL.Image.alpha_composite(page, image.convert("RGBA")).convert("RGB")


def _encoded(image: Image, kind: str) -> bytes:
    buffer = BytesIO()
    options = {"compress_level": 1} if kind == "PNG" else {"quality": 95}
    image.save(buffer, kind, **options)
    return buffer.getvalue()
