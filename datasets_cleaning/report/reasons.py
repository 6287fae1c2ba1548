"""What reasons mean, and which part of the work finds them."""

from collections.abc import Mapping
from typing import Final

from datasets_cleaning.pair import FAULTS

STAGES: Final = ("structure", "captions", "pictures", "duplicates", "the rest")
"""In the order of the funnel; the rest is what nobody judged or a person dropped."""

_OF_PICTURES: Final = ("image", "joint", "listed", "unlike", "blurred")
_OF_QUALITY: Final = ("watermarked", "plain")

_MEANINGS: Final[Mapping[str, str]] = {
    "structure:cut_short": "the shard ends too early",
    "structure:damaged": "a header or a row that is none",
    "structure:trailing_data": "bytes behind the end of the tar",
    "structure:link": "a link; none is followed",
    "structure:not_a_file": "a device, a pipe or a sparse file",
    "structure:unsafe_name": "a name that leads elsewhere or is no UTF-8",
    "structure:too_large": "a file of a size that is never read",
    "structure:duplicate_member": "two files of one name",
    "structure:several_images": "more than one picture",
    "structure:several_captions": "more than one caption",
    "structure:unknown_member": "a file of a kind that nobody judges",
    "image_missing": "no picture",
    "image_unavailable": "the picture could not be fetched",
    "caption_missing": "no caption",
    "caption_unreadable": "no UTF-8 text",
    "caption_empty": "nothing visible",
    "caption_too_long": "more characters than the plan allows",
    "caption_language": "a language that the plan does not take",
    "personal_data": "an e-mail address, a telephone or a card number",
    "caption": "the prompt gate would refuse the caption",
    "caption_review": "the prompt gate would ask a person",
    "image_type": "by its content no file of a type that the plan takes",
    "image_unreadable": "damaged, a bomb, or something besides a picture",
    "image_too_small": "too few pixels",
    "image_too_large": "too many pixels",
    "image_aspect": "too long a strip",
    "listed": "on a list of known pictures",
    "image": "the image gate would refuse the picture",
    "image_review": "the image gate would ask a person",
    "joint": "caption and picture together are refused",
    "joint_review": "caption and picture together are doubtful",
    "unlike": "the caption does not fit the picture",
    "blurred": "not sharp",
    "watermarked": "a watermark",
    "plain": "below the plan's bar for beauty",
    "duplicate:exact": "the same bytes again",
    "duplicate:near": "the same picture again, by its PDQ hash",
    "duplicate:alike": "the same scene again, by its embedding",
    "duplicate:of_dropped": "a copy of a picture that was dropped for safety",
    "override": "a person said so",
    "not_judged": "something could not be found out",
}


def stage(reason: str) -> str:
    """Which of `STAGES` drops a pair for *reason*."""
    head = reason.partition(":")[0]
    if reason in FAULTS or head == "structure" or reason == "image_unavailable":
        return "structure"
    if head.startswith("caption") or head == "personal_data":
        return "captions"
    if head.startswith(_OF_PICTURES) or head in _OF_QUALITY:
        return "pictures"
    return "duplicates" if head == "duplicate" else "the rest"


def meaning(reason: str) -> str:
    """The *reason* in a few words."""
    head, _, category = reason.partition(":")
    if reason in _MEANINGS:
        return _MEANINGS[reason]
    return f"{_MEANINGS.get(head, head)}: {category.replace('_', ' ')}"
