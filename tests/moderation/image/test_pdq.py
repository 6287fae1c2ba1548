import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageEnhance

from moderation.image.pdq import PdqHash


def noise(seed: int, size: tuple[int, int], grain: int = 12) -> Image.Image:
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 256, (grain, grain, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)


def distance(one: PdqHash, other: PdqHash) -> int:
    return int(np.bitwise_count(one.bits ^ other.bits).sum())


def stripes(width: int, height: int) -> Image.Image:
    """Computed in whole numbers, so that it is the same everywhere."""
    y, x = np.mgrid[:height, :width]
    channels = ((x * 7 + y * 3) % 256, (x * x // 37 + y * 5) % 256, (y * y // 29) % 256)
    return Image.fromarray(np.stack(channels, axis=2).astype(np.uint8))


@pytest.mark.parametrize(
    ("size", "expected", "quality"),
    [
        (
            (512, 512),
            "9727e000ffffa000aaaae000ffffe000ffffc000ffffc0005a5fe000ffffe000",
            100,
        ),
        (
            (300, 200),
            "0ffa7e00f01f3c2ef0ff3c3ff0fc383f71f8c780ae0f03805405e7c05407e7c0",
            100,
        ),
        (
            (64, 64),
            "f5632a4ffa9055276548ba930aa67548555336a4eaa946aafc54cbc5acaad978",
            100,
        ),
        (
            (40, 500),
            "382623f3ee0663c3fff6cfecaa20abe8aa8363d4ee0a23f438809cf4a8029f74",
            100,
        ),
    ],
)
def test_the_published_program_answers_the_same(size, expected, quality):
    fingerprint = PdqHash.of(stripes(*size))

    assert fingerprint.hex == expected
    assert fingerprint.quality == quality


@pytest.mark.parametrize(
    "change",
    [
        lambda picture: picture.resize((256, 256)),
        lambda picture: picture.resize((1200, 900), Image.Resampling.BICUBIC),
        lambda picture: picture.convert("L"),
        lambda picture: ImageEnhance.Brightness(picture).enhance(0.8),
        lambda picture: picture.quantize(64).convert("RGB"),
    ],
)
def test_small_changes_stay_within_the_bound(change):
    picture = noise(1, (512, 512))

    assert distance(PdqHash.of(picture), PdqHash.of(change(picture))) <= 31


@given(seeds=st.lists(st.integers(0, 10_000), min_size=2, max_size=2, unique=True))
def test_different_pictures_lie_far_apart(seeds):
    one, other = (PdqHash.of(noise(seed, (128, 128))) for seed in seeds)

    assert distance(one, other) > 62


@given(seed=st.integers(0, 10_000), size=st.tuples(*[st.integers(20, 200)] * 2))
def test_half_of_the_bits_are_set(seed, size):
    fingerprint = PdqHash.of(noise(seed, size))

    assert np.bitwise_count(fingerprint.bits).sum() == pytest.approx(128, abs=2)


@pytest.mark.parametrize("turn", Image.Transpose)
def test_a_turned_picture_is_among_the_turned_fingerprints(turn):
    picture = noise(2, (300, 200))
    turned = PdqHash.of(picture.transpose(turn))

    nearest = min(distance(turned, other) for other in PdqHash.dihedral(picture))

    assert nearest <= 2


def test_the_fingerprint_itself_comes_first():
    picture = noise(3, (64, 64))

    assert PdqHash.dihedral(picture)[0].hex == PdqHash.of(picture).hex


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (5000, 1)])
def test_any_size_has_a_fingerprint(size):
    assert len(PdqHash.of(Image.new("RGB", size)).hex) == 64


def test_a_flat_picture_has_no_quality():
    assert PdqHash.of(Image.new("RGB", (200, 200), "teal")).quality == 0


def test_a_rich_picture_has_full_quality():
    assert PdqHash.of(noise(4, (256, 256), grain=32)).quality == 100


@pytest.mark.parametrize("size", [(300, 200), (700, 300)])
def test_pixels_have_the_fingerprint_of_their_picture(size):
    picture = noise(3, size)

    ours = PdqHash.of_pixels(np.asarray(picture))

    theirs = PdqHash.of(picture)
    assert (ours.hex, ours.quality) == (theirs.hex, theirs.quality)
