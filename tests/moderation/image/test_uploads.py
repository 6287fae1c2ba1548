import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from moderation.errors import ImageRefused
from moderation.image.uploads import MAX_BYTES, read_image
from tests.moderation.image.encodings import blank_png, chunk, encoded


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
