import hashlib
import struct
import subprocess
import sys
import zipfile
import zlib
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from moderation.errors import Fault, ImageRefused
from moderation.image.uploads import MAX_BYTES, read_image, read_upload


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def chunk(name: bytes, body: bytes) -> bytes:
    crc = struct.pack(">I", zlib.crc32(name + body))
    return struct.pack(">I", len(body)) + name + body + crc


def blank_png(width: int, height: int) -> bytes:
    """A black picture of one bit a pixel, packed as tightly as the format allows."""
    packer = zlib.compressobj(9)
    row = bytes((width + 7) // 8 + 1)
    pixels = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", pixels)
        + chunk(b"IEND", b"")
    )


@pytest.fixture(scope="module")
def photo() -> Image.Image:
    return Image.radial_gradient("L").resize((60, 40)).convert("RGB")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_three_formats_are_read_as_rgb(kind, photo):
    picture = read_image(encoded(photo, kind))

    assert (picture.mode, picture.size) == ("RGB", (60, 40))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_every_way_to_store_pixels_is_read_as_rgb(mode, photo):
    stored = (
        Image.new("I;16", (60, 40), 65535) if mode == "I;16" else photo.convert(mode)
    )

    picture = read_image(encoded(stored, "PNG"))

    assert picture.mode == "RGB"


def test_sixteen_bits_keep_their_brightness():
    grey = Image.new("I;16", (4, 4), 32768)

    picture = read_image(encoded(grey, "PNG"))

    assert picture.getpixel((0, 0)) == pytest.approx((128, 128, 128), abs=1)


def test_what_is_transparent_is_laid_on_white():
    hidden = Image.new("RGBA", (4, 4), (255, 0, 0, 0))

    picture = read_image(encoded(hidden, "PNG"))

    assert picture.getpixel((0, 0)) == (255, 255, 255)


def test_a_picture_is_turned_upright_and_loses_its_exif(photo):
    exif = Image.Exif()
    exif[0x0112] = 6

    picture = read_image(encoded(photo, "JPEG", exif=exif))

    assert picture.size == (40, 60)
    assert not picture.getexif()


def test_of_an_animation_the_first_frame_is_read():
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    animation = encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:])

    picture = read_image(animation)

    red, _, blue = np.asarray(picture)[4, 4]
    assert red > 200
    assert blue < 50


@pytest.mark.parametrize("kind", ["GIF", "TIFF", "BMP", "ICO"])
def test_other_formats_are_refused(kind, photo):
    with pytest.raises(ImageRefused, match="no JPEG, PNG or WebP"):
        read_image(encoded(photo, kind))


@pytest.mark.parametrize(
    "data",
    [b"not a picture", b"<svg xmlns='http://www.w3.org/2000/svg'/>", bytes(1000)],
)
def test_what_is_no_picture_is_refused(data):
    with pytest.raises(ImageRefused, match="no JPEG, PNG or WebP"):
        read_image(data)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_a_picture_under_the_signature_of_another_format_is_refused(kind, photo):
    with pytest.raises(ImageRefused):
        read_image(b"\x89PNG\r\n\x1a\n" + encoded(photo, kind))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_cut_short_is_refused(kind, photo):
    data = encoded(photo, kind)

    with pytest.raises(ImageRefused):
        read_image(data[: len(data) // 2])


def test_too_many_bytes_are_refused_before_anything_is_read(photo):
    data = encoded(photo, "JPEG") + bytes(MAX_BYTES)

    with pytest.raises(ImageRefused, match=f"at most {MAX_BYTES} bytes"):
        read_image(data)


@pytest.mark.parametrize("side", [4001, 9_000, 19_000])
def test_too_many_pixels_are_refused(side):
    with pytest.raises(ImageRefused, match="at most 16000000 pixels"):
        read_image(blank_png(side, side))


def test_the_largest_picture_is_read():
    picture = read_image(blank_png(4000, 4000))

    assert picture.size == (4000, 4000)


def test_text_that_inflates_inside_a_picture_is_refused():
    bomb = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(50_000_000), 9))
    data = blank_png(8, 8)
    header, rest = data[:33], data[33:]

    with pytest.raises(ImageRefused):
        read_image(header + bomb + rest)


WEIGH = """
import resource, sys
from moderation.errors import ImageRefused
from moderation.image.uploads import read_image
from PIL import JpegImagePlugin, PngImagePlugin, WebPImagePlugin

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

data = sys.stdin.buffer.read()
before = peak()
try:
    read_image(data)
except ImageRefused:
    print(peak() - before)
"""


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_a_bomb_is_refused_without_the_memory_it_asks_for(kind, bombs):
    bomb = bombs[kind]
    assert len(bomb) < 10_000

    weighed = subprocess.run(
        [sys.executable, "-c", WEIGH], input=bomb, capture_output=True, check=True
    )

    assert int(weighed.stdout) < 20_000  # KiB; decoded it would be 240 MB and more


@pytest.fixture(scope="module")
def bombs() -> dict[str, bytes]:
    """Pictures of 81 million pixels in a few thousand bytes."""
    # the 14 bytes of a lossless WebP stream that paints 9000 x 9000 in one colour
    pixels = bytes.fromhex("2f27e3c908071011fd0f4444ff03")
    webp = b"WEBPVP8L" + struct.pack("<I", len(pixels)) + pixels
    return {
        "PNG": blank_png(9_000, 9_000),
        "WEBP": b"RIFF" + struct.pack("<I", len(webp)) + webp,
    }


@given(data=st.data())
def test_damage_anywhere_is_a_picture_or_a_refusal(data):
    kind = data.draw(st.sampled_from(["JPEG", "PNG", "WEBP"]))
    whole = bytearray(encoded(Image.linear_gradient("L").resize((16, 16)), kind))
    hits = st.tuples(st.integers(0, len(whole) - 1), st.integers(0, 255))
    for place, value in data.draw(st.lists(hits, min_size=1, max_size=20)):
        whole[place] = value

    try:
        picture = read_image(bytes(whole))
    except ImageRefused:
        return

    assert picture.mode == "RGB"


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
