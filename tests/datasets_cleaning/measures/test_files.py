"""Measures of a picture's file and of its pixels."""

from hashlib import sha256

import numpy as np
import pytest
from PIL import Image, ImageFilter

from datasets_cleaning.measures.files import Digest, Header, ListedFiles
from datasets_cleaning.measures.pixels import (
    Blur,
    Decoded,
    ListedPictures,
    PerceptualHash,
)
from moderation.image.hash_lists import HashEntry, HashKind, HashList
from moderation.image.pdq import PdqHash
from tests.datasets_cleaning.measures.conftest import saved
from tests.datasets_cleaning.specimens import bomb, png


def test_the_header_tells_kind_and_sides_by_content(contents):
    wide = Image.new("RGB", (60, 40))
    files = [saved(wide), saved(wide, "PNG"), saved(wide, "WEBP")]

    told = Header()([contents(data) for data in files])

    assert told["format"] == ("jpeg", "png", "webp")
    assert told["width"] == (60,) * 3
    assert told["height"] == (40,) * 3
    assert told["bytes"] == tuple(map(len, files))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_sides_are_those_of_the_picture_as_it_is_shown(contents, kind):
    exif = Image.Exif()
    exif[0x0112] = 6
    on_its_side = saved(Image.new("RGB", (60, 40)), kind, exif=exif)

    told = Header()([contents(on_its_side)])

    assert (told["width"], told["height"]) == ((40,), (60,))


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "unreadable"),
        (b"GIF89a and so on", "other"),
        (png()[:60], "unreadable"),
        (png() + b"<html>", "unreadable"),
        (None, "unreadable"),
    ],
    ids=["empty", "gif", "torn", "more", "none"],
)
def test_what_is_no_picture_has_no_sides(contents, data, kind):
    told = Header()([contents(data)])

    assert (told["format"], told["width"]) == ((kind,), (None,))


def test_a_picture_decodes_or_it_does_not(contents, photo):
    sound = saved(photo)
    torn = sound[:-3000]

    told = Decoded()([contents(data) for data in (sound, bomb(), torn, b"", None)])

    assert told["decoded"] == [True, False, False, False, False]


def test_what_cannot_be_decoded_is_measured_by_nobody(contents):
    broken = [contents(bomb())]

    assert Blur()(broken) == {"blur": [None]}
    assert PerceptualHash()(broken) == {"pdq": [None], "pdq_quality": [None]}


def test_a_blurred_picture_is_less_sharp(contents, photo):
    soft = photo.filter(ImageFilter.GaussianBlur(6))

    told = Blur()([contents(saved(image)) for image in (photo, soft)])

    assert told["blur"][0] > 20 * told["blur"][1] > 0


def test_a_flat_picture_and_a_line_have_no_edges(contents):
    flat = [Image.new("RGB", size, "grey") for size in ((64, 64), (64, 2))]

    assert Blur()([contents(saved(image, "PNG")) for image in flat])["blur"] == [0, 0]


def test_the_fingerprint_of_a_scaled_picture_is_near_that_of_the_whole(contents, photo):
    large = photo.resize((1280, 854))

    [bits] = PerceptualHash()([contents(saved(large))])["pdq"]

    whole = PdqHash.of(large).bits
    assert np.bitwise_count(np.frombuffer(bits, np.uint8) ^ whole).sum() <= 24


def test_files_and_pictures_are_looked_up_in_lists(contents, photo):
    file, other = saved(photo), saved(Image.new("RGB", (64, 64)))
    lists = HashList.of(
        [
            HashEntry(HashKind.SHA256, sha256(file).hexdigest()),
            HashEntry(HashKind.PDQ, PdqHash.of(photo).hex),
        ]
    )
    again = saved(photo.resize((320, 213)), quality=70)
    contents = [contents(file), contents(again), contents(other), contents(bomb())]

    assert ListedFiles(lists)(contents)["listed_sha256"] == [True, False, False, False]
    assert ListedPictures(lists)(contents)["listed_pdq"] == [True, True, False, None]
    assert Digest()(contents[:1])["sha256"] == [sha256(file).digest()]
