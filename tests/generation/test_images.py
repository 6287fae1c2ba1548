from io import BytesIO

import numpy as np
import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL.Image import Transpose

from generation.errors import ImageError
from generation.images import to_mask, to_rgb

ORIENTATION = 0x0112
sides = st.integers(16, 90)
seeds = st.integers(0, 2**32 - 1)


def noise(width, height, seed=0):
    shades = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    return PIL.Image.fromarray(shades)


def grey(width=40, height=30):
    return PIL.Image.linear_gradient("L").resize((width, height))


def speckled(width, height, seed=0, share=0.02):
    white = np.random.default_rng(seed).random((height, width)) < share
    white[height // 2, width // 2] = True
    return PIL.Image.fromarray(np.where(white, 255, 0).astype(np.uint8))


def apart(one, other):
    """The largest difference of two pictures' shades."""
    return np.abs(np.asarray(one).astype(int) - np.asarray(other).astype(int)).max()


def filed(image, **options):
    """*image* as it comes back from a PNG file."""
    file = BytesIO()
    image.save(file, "PNG", **options)
    return PIL.Image.open(file)


@pytest.mark.parametrize(
    "mode", ["L", "RGB", "RGBX", "RGBA", "LA", "La", "RGBa", "CMYK", "YCbCr"]
)
def test_every_mode_of_eight_bits_is_read(mode):
    source = grey().convert("LA") if mode == "La" else grey().convert("RGB")

    read = to_rgb(source.convert(mode))

    assert read.mode == "RGB"
    assert apart(read, grey().convert("RGB")) <= 2


def test_a_palette_is_looked_up():
    image = noise(16, 16).quantize(256)

    assert apart(to_rgb(image), image.convert("RGB")) == 0


@pytest.mark.parametrize("mode", ["LAB", "HSV", "PA"])
def test_rare_modes_are_read(mode):
    assert to_rgb(PIL.Image.new(mode, (40, 30))).mode == "RGB"


def test_a_picture_of_one_bit_is_black_and_white():
    read = to_rgb(grey().convert("1"))

    assert set(np.unique(np.asarray(read))) == {0, 255}


@pytest.mark.parametrize("mode", ["I;16", "I;16B", "I;16L", "I"])
def test_sixteen_bits_are_scaled(mode):
    shades = np.linspace(0, 65535, 1200).reshape(30, 40).astype(np.uint16)
    source = PIL.Image.fromarray(shades)
    if mode != "I;16":
        order = ">u2" if mode == "I;16B" else "i4" if mode == "I" else "<u2"
        source = PIL.Image.frombytes(mode, (40, 30), shades.astype(order).tobytes())

    read = np.asarray(to_rgb(source))

    np.testing.assert_array_equal(read[..., 0], np.rint(shades / 257))


@pytest.mark.parametrize("white", [1, 255, 65535])
def test_floats_are_scaled_by_the_least_white_that_holds_them(white):
    shades = np.linspace(0, white, 1200, dtype=np.float32).reshape(30, 40)

    read = np.asarray(to_rgb(PIL.Image.fromarray(shades)))

    np.testing.assert_allclose(read[..., 1], shades / white * 255, atol=0.51)


def test_integers_of_eight_bits_stay_as_they_are():
    assert apart(to_rgb(grey().convert("I")), grey().convert("RGB")) == 0


@pytest.mark.parametrize("shade", [-1, 65536, np.nan, np.inf])
def test_shades_of_no_known_range_are_refused(shade):
    shades = np.full((30, 40), shade, np.float32)

    with pytest.raises(ImageError, match=r"mode F must lie within .* 0\.\.65535, got"):
        to_rgb(PIL.Image.fromarray(shades))


def test_what_is_transparent_is_white():
    image = noise(40, 30).convert("RGBA")
    image.putalpha(PIL.Image.linear_gradient("L").resize((40, 30)))

    read = np.asarray(to_rgb(image)).astype(float)

    colour, alpha = np.split(np.asarray(image).astype(float), [3], axis=-1)
    np.testing.assert_allclose(
        read, colour * alpha / 255 + 255 - alpha, rtol=0, atol=1.01
    )


@pytest.mark.parametrize("mode", ["P", "L", "RGB"])
def test_a_colour_that_a_file_declares_transparent_is_white(mode):
    image = PIL.Image.new("RGB", (40, 30), "black").convert(mode)
    transparent = (0, 0, 0) if mode == "RGB" else image.getpixel((0, 0))

    read = to_rgb(filed(image, transparency=transparent))

    assert read.getextrema() == ((255, 255),) * 3


@pytest.mark.parametrize("deep", [False, True], ids=["8 bits", "16 bits"])
def test_a_picture_is_turned_upright(deep):
    image = grey().convert("L")
    if deep:
        image = PIL.Image.fromarray(np.asarray(image).astype(np.uint16) * 257)
    exif = PIL.Image.Exif()
    exif[ORIENTATION] = 6

    read = to_rgb(filed(image, exif=exif))

    assert apart(read, grey().transpose(Transpose.ROTATE_270).convert("RGB")) == 0


def test_nothing_but_the_picture_is_kept_of_a_file():
    exif = PIL.Image.Exif()
    exif[ORIENTATION] = 3
    source = filed(noise(40, 30), exif=exif, icc_profile=b"colours", dpi=(300, 300))

    read = to_rgb(source)

    assert read.info == {}
    assert dict(read.getexif()) == {}


@given(sides, sides, seeds)
def test_reading_a_picture_twice_changes_nothing(width, height, seed):
    read = to_rgb(noise(width, height, seed))

    assert apart(to_rgb(read), read) == 0


@pytest.mark.parametrize(
    ("size", "complaint"),
    [
        ((15, 40), "16 to 8192 px, got 15 x 40"),
        ((0, 0), "16 to 8192 px, got 0 x 0"),
        ((8193, 4000), "16 to 8192 px, got 8193 x 4000"),
        ((8192, 8192), "at most 64000000 pixels, got 8192 x 8192"),
        ((129, 16), "at most 8 times the shorter, got 129 x 16"),
    ],
)
def test_a_picture_of_no_usable_size_is_refused(size, complaint):
    with pytest.raises(ImageError, match=complaint):
        to_rgb(PIL.Image.new("1", size))


def test_a_damaged_file_is_refused():
    file = BytesIO()
    noise(64, 64).save(file, "PNG")
    cut = BytesIO(file.getvalue()[:2000])

    with pytest.raises(ImageError, match="damaged"):
        to_rgb(PIL.Image.open(cut))


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "RGBA", "LA", "P", "I", "F"])
def test_the_white_of_a_mask_of_any_mode_repaints(mode):
    mask = speckled(40, 30).convert("L")

    read = to_mask(mask.convert(mode), noise(40, 30))

    assert read.mode == "L"
    assert apart(read, mask) == 0


def test_a_mask_is_white_from_half_brightness_on():
    shades = np.arange(1200, dtype=np.uint16).reshape(30, 40) + 32168

    read = to_mask(PIL.Image.fromarray(shades), noise(40, 30))

    np.testing.assert_array_equal(np.asarray(read), np.where(shades >= 32768, 255, 0))


def test_what_is_transparent_in_a_mask_is_not_white():
    strokes = PIL.Image.new("RGBA", (40, 30), (255, 255, 255, 0))
    strokes.paste((255, 255, 255, 255), (3, 4, 10, 12))

    read = to_mask(strokes, noise(40, 30))

    assert read.getbbox() == (3, 4, 10, 12)


def test_a_mask_of_another_size_is_refused():
    mask = PIL.Image.new("L", (30, 40), "white")

    with pytest.raises(ImageError, match="its picture, 40 x 30, got 30 x 40"):
        to_mask(mask, noise(40, 30))


def test_a_mask_without_white_is_refused():
    mask = PIL.Image.new("L", (40, 30), 127)

    with pytest.raises(ImageError, match=r"nothing to repaint.* 127 of 255"):
        to_mask(mask, noise(40, 30))
