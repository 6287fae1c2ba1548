"""Each filter minds its own column, at its own threshold."""

import pytest

from datasets_cleaning.filters.blurred import Blurred
from datasets_cleaning.filters.caption_empty import CaptionEmpty
from datasets_cleaning.filters.caption_language import CaptionLanguage
from datasets_cleaning.filters.caption_mismatch import CaptionMismatch
from datasets_cleaning.filters.caption_too_long import CaptionTooLong
from datasets_cleaning.filters.image_aspect import ImageAspect
from datasets_cleaning.filters.image_too_large import ImageTooLarge
from datasets_cleaning.filters.image_too_small import ImageTooSmall
from datasets_cleaning.filters.image_type import ImageType
from datasets_cleaning.filters.image_unreadable import (
    ImageUnreadable,
    PixelsUnreadable,
)
from datasets_cleaning.filters.listed import Listed
from datasets_cleaning.filters.low_aesthetics import LowAesthetics
from datasets_cleaning.filters.personal_data import PersonalData
from datasets_cleaning.filters.watermarked import Watermarked
from tests.datasets_cleaning.ledgers import decided, ledger


@pytest.mark.parametrize(
    ("own", "columns", "expected"),
    [
        (CaptionEmpty(), {"caption_length": [0, 1]}, [1, 0]),
        (CaptionTooLong(characters=4), {"caption_length": [4, 5]}, [0, 1]),
        (
            CaptionLanguage(languages=("en", "ru")),
            {"language": ["en", "other", "ru"]},
            [0, 1, 0],
        ),
        (PersonalData(kinds=("phone",)), {"personal": [0, 1, 2, 7]}, [0, 0, 1, 1]),
        (ImageType(types=("jpeg",)), {"format": ["jpeg", "webp", "other"]}, [0, 1, 1]),
        (
            ImageTooSmall(shorter_side=64),
            {"width": [64, 200], "height": [64, 63]},
            [0, 1],
        ),
        (
            ImageTooLarge(longer_side=100),
            {"width": [100, 9], "height": [5, 101]},
            [0, 1],
        ),
        (ImageAspect(ratio=2), {"width": [200, 9], "height": [100, 19]}, [0, 1]),
        (PixelsUnreadable(), {"decoded": [True, False]}, [0, 1]),
        (Blurred(sharpness=10), {"blur": [9.9, 10.0]}, [1, 0]),
        (CaptionMismatch(cosine=0.2), {"similarity": [0.25, -0.5]}, [0, 1]),
        (LowAesthetics(aesthetics=4.5), {"aesthetics": [4.0, 5.0]}, [1, 0]),
        (Watermarked(probability=0.5), {"watermark": [30_000, 40_000]}, [0, 1]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_filter_drops_what_is_past_its_threshold(own, columns, expected):
    assert list(own.decide(ledger(**columns))) == expected


def test_what_no_header_can_tell_is_unreadable_and_no_wrong_type():
    files = ledger(format=["png", "unreadable", "other"])

    assert decided(ImageUnreadable(), files) == [
        None,
        "image_unreadable",
        "image_unreadable",
    ]
    assert decided(ImageType(types=("png",)), files) == [None, None, "image_type"]


def test_a_picture_is_listed_by_its_file_or_by_its_looks():
    found = ledger(listed_sha256=[True, False, False], listed_pdq=[False, True, False])

    assert decided(Listed(), found) == ["listed", "listed", None]


def test_where_a_job_has_no_lists_only_an_optional_filter_lets_pass():
    nobody_looked = ledger(width=[1])

    assert decided(Listed(optional=True), nobody_looked) == [None]
    assert Listed().required == {"listed_sha256", "listed_pdq"}


def test_what_should_have_been_looked_up_and_was_not_is_not_judged():
    half = ledger(listed_sha256=[False, True], listed_pdq=[None, None])

    assert decided(Listed(optional=True), half) == ["not_judged", "not_judged"]
