import hashlib
import struct
import zipfile
import zlib
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from moderation.errors import Fault, ImageRefused
from moderation.image.uploads import read_image, read_upload
from tests.moderation.image.encodings import blank_png, chunk, encoded


def fault(data: bytes, **options: str) -> Fault | None:
    """Why *data* is refused, or None."""
    try:
        read_upload(data, **options)
    except ImageRefused as refused:
        return refused.fault
    return None


def zip_of(page: bytes) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("index.html", page)
    return buffer.getvalue()


def with_chunk(png: bytes, name: bytes, body: bytes) -> bytes:
    """*png* with one more chunk behind its header."""
    return png[:33] + chunk(name, body) + png[33:]


def with_segment(jpeg: bytes, marker: int, body: bytes) -> bytes:
    """*jpeg* with one more segment behind its start."""
    head = struct.pack(">BBH", 0xFF, marker, len(body) + 2)
    return jpeg[:2] + head + body + jpeg[2:]


def riff(*chunks: bytes) -> bytes:
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


KINDS = ("JPEG", "PNG", "WEBP")
MEGABYTES = bytes(50_000_000)


@pytest.mark.parametrize("kind", KINDS)
def test_a_sound_picture_has_no_fault(kind, photo):
    assert fault(encoded(photo, kind)) is None


def test_an_empty_file_is_named():
    assert fault(b"") is Fault.EMPTY


@pytest.mark.parametrize("kind", ["GIF", "TIFF", "BMP"])
def test_a_renamed_file_of_another_kind_is_named(kind, photo):
    assert fault(encoded(photo, kind), declared="image/jpeg") is Fault.NOT_READ_HERE


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_under_a_wrong_name_is_mislabelled(kind, photo):
    wrong = "image/png" if kind == "JPEG" else "image/jpeg"

    assert fault(encoded(photo, kind), declared=wrong) is Fault.MISLABELLED


@pytest.mark.parametrize(
    "declared", ["image/jpeg", "IMAGE/JPG; q=1", "application/octet-stream", ""]
)
def test_a_right_name_or_none_is_no_fault(declared, photo):
    assert fault(encoded(photo, "JPEG"), declared=declared) is None


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.3, 0.6, 0.99])
def test_a_file_cut_short_is_named(kind, share, photo):
    data = encoded(photo, kind)

    assert fault(data[: int(len(data) * share)]) is Fault.TRUNCATED


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "behind", [zip_of(b"<html>"), b"<script>alert(1)</script>", b"MZ" + bytes(99), b"x"]
)
def test_bytes_behind_the_picture_are_refused(kind, behind, photo):
    assert fault(encoded(photo, kind) + behind) is Fault.POLYGLOT


@pytest.mark.parametrize("kind", KINDS)
def test_padding_of_nothing_is_no_fault(kind, photo):
    assert fault(encoded(photo, kind) + bytes(64)) is None


@pytest.mark.parametrize("hidden", [b"<!DOCTYPE html><p>", b"<?php x();", b"%PDF-1.7"])
def test_a_page_in_the_metadata_is_refused(hidden, photo):
    jpeg, png = (encoded(photo, kind) for kind in ("JPEG", "PNG"))
    webp = encoded(photo, "WEBP", xmp=b"<x>" + hidden)

    assert fault(with_segment(jpeg, 0xFE, hidden)) is Fault.POLYGLOT
    assert fault(with_chunk(png, b"tEXt", b"a\0" + hidden)) is Fault.POLYGLOT
    assert fault(webp) is Fault.POLYGLOT


def test_an_archive_in_the_metadata_is_refused(photo):
    archive = zip_of(b"a page")
    jpeg = with_segment(encoded(photo, "JPEG"), 0xFE, archive)
    assert zipfile.is_zipfile(BytesIO(jpeg))

    assert fault(jpeg) is Fault.POLYGLOT


def test_the_further_pictures_of_a_phone_are_left_out(photo):
    gain_map = Image.new("RGB", (8, 8))
    announced = encoded(photo, "MPO", save_all=True, append_images=[gain_map])
    companion = encoded(gain_map, "JPEG")

    assert read_upload(announced).image.size == photo.size
    assert fault(announced + b"PK") is Fault.POLYGLOT
    assert fault(encoded(photo, "JPEG") + companion) is Fault.POLYGLOT


@pytest.mark.parametrize(
    ("name", "start"),
    [(b"zTXt", b"a\0\0"), (b"iTXt", b"a\0\1\0en\0\0"), (b"iCCP", b"a\0\0")],
)
def test_packed_text_without_end_is_a_bomb(name, start):
    body = start + zlib.compress(MEGABYTES, 9)

    assert fault(with_chunk(blank_png(8, 8), name, body)) is Fault.BOMB


def test_many_small_texts_are_a_bomb_together():
    body = b"a\0\0" + zlib.compress(MEGABYTES[:1_000_000], 9)
    data = blank_png(8, 8)
    texts = chunk(b"zTXt", body) * 100

    assert fault(data[:33] + texts + data[33:]) is Fault.BOMB


@pytest.mark.parametrize(
    "data",
    [
        blank_png(8, 8)[:33] + chunk(b"tEXt", b"a\0b") * 30_000 + blank_png(8, 8)[33:],
        b"\xff\xd8" + b"\xff\xfe\0\x02" * 30_000 + b"\xff\xd9",
        riff(*[b"VP8X" + struct.pack("<IIHBHB", 10, 0, 7, 0, 7, 0)] * 30_000),
    ],
    ids=KINDS,
)
def test_a_file_in_countless_pieces_is_a_bomb(data):
    assert fault(data) is Fault.BOMB


def test_a_jpeg_of_countless_scans_is_a_bomb(photo):
    data = encoded(photo, "JPEG", progressive=True)
    last = data[data.rindex(b"\xff\xda") : -2]

    assert fault(data[:-2] + last * 20 + data[-2:]) is None
    assert fault(data[:-2] + last * 100 + data[-2:]) is Fault.BOMB


def test_a_header_of_absurd_size_is_refused():
    sides = struct.pack(">IIBBBBB", 2**31 - 1, 2**31 - 1, 8, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", sides) + chunk(b"IEND", b"")

    assert fault(data) is Fault.TOO_MANY_PIXELS


@pytest.mark.parametrize("size", [(20_000, 1), (1, 20_000)])
def test_a_line_of_pixels_is_refused(size):
    assert fault(blank_png(*size)) is Fault.TOO_MANY_PIXELS


def test_a_picture_larger_than_its_header_says_is_refused(photo):
    webp = encoded(photo, "WEBP")
    small = b"VP8X" + struct.pack("<IIHBHB", 10, 0, 7, 0, 7, 0)

    assert fault(riff(small, webp[12:])) in {Fault.MISLABELLED, Fault.DAMAGED}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_turned_upright(kind, orientation):
    upright = Image.new("RGB", (64, 32), "white")
    upright.paste("red", (0, 0, 16, 16))
    exif = Image.Exif()
    exif[0x0112] = orientation
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(undo[orientation]) if orientation > 1 else upright

    picture = read_image(encoded(stored, kind, exif=exif))

    assert picture.size == (64, 32)
    assert np.abs(np.asarray(picture, int) - np.asarray(upright)).mean() < 8


def test_cmyk_keeps_its_colours():
    ink = Image.new("RGB", (16, 16), (200, 40, 90)).convert("CMYK")

    picture = read_image(encoded(ink, "JPEG", quality=95))

    assert picture.getpixel((8, 8)) == pytest.approx((200, 40, 90), abs=12)


@pytest.mark.parametrize(
    ("kind", "made"),
    [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/jpeg")],
)
def test_an_upload_is_made_anew_without_what_it_carried(kind, made, photo):
    secret = b"somewhere at home"
    exif = Image.Exif()
    exif[0x010E] = secret.decode()
    sent = encoded(photo, kind, exif=exif, icc_profile=secret * 20, xmp=secret)
    assert secret in sent

    upload = read_upload(sent)

    again = Image.open(BytesIO(upload.data))
    assert upload.media_type == made == Image.MIME[str(again.format)]
    assert secret not in upload.data
    assert not again.getexif()
    assert "icc_profile" not in again.info
    assert again.size == upload.image.size == photo.size
    assert upload.sha256 == hashlib.sha256(sent).hexdigest()


def test_a_png_is_made_anew_without_loss(photo):
    upload = read_upload(encoded(photo, "PNG"))

    assert np.array_equal(np.asarray(Image.open(BytesIO(upload.data))), photo)


@given(data=st.binary(max_size=200), kind=st.sampled_from(KINDS))
def test_anything_behind_a_signature_is_refused_in_order(data, kind):
    start = {
        "JPEG": b"\xff\xd8\xff",
        "PNG": b"\x89PNG\r\n\x1a\n",
        "WEBP": b"RIFF" + struct.pack("<I", len(data) + 4) + b"WEBP",
    }

    assert fault(start[kind] + data) is not None
