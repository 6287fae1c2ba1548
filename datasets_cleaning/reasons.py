"""Reasons to drop a pair that no filter gives, each with its meaning for people.

A filter carries its own reasons. A code on the disk is a place in the list of all, so
the order here stays as it is.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

FAULTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "structure:cut_short": "The shard ends too early.",
        "structure:damaged": "A header or a row is none.",
        "structure:trailing_data": "Bytes follow the end mark of the tar.",
        "structure:link": "A link stands in place of a file; none is followed.",
        "structure:not_a_file": "A device, a pipe or a sparse file is never opened.",
        "structure:unsafe_name": "A name leads elsewhere or is no UTF-8.",
        "structure:too_large": "A file is larger than any that is read.",
        "structure:duplicate_member": "Two files have one name.",
        "structure:several_images": "The pair has more than one picture.",
        "structure:several_captions": "The pair has more than one caption.",
        "structure:unknown_member": "A file is of a kind that nothing here judges.",
        "image_missing": "The pair has no picture.",
        "image_unavailable": "The picture could not be fetched.",
        "caption_missing": "The pair has no caption.",
        "caption_unreadable": "The caption is no UTF-8 text.",
    }
)
"""Reasons that a source gives, in the order in which they stand in a pair."""

NOT_JUDGED: Final = "not_judged"
"""Reason to drop a pair of which something could not be found out."""

DATASET_REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "duplicate:exact": "The same bytes are kept once already.",
        "duplicate:near": "The same picture, by its PDQ hash, is kept once already.",
        "duplicate:semantic": "The same scene, by its embedding, is kept once already.",
        "duplicate:of_dropped": "It copies a picture that was dropped for safety or by"
        " a person.",
        "override": "A person said so.",
    }
)
"""Reasons that are given over a whole data set, after all filters."""

MEANINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **FAULTS,
        NOT_JUDGED: "Something could not be found out, and unjudged pairs are not"
        " kept.",
        **DATASET_REASONS,
    }
)
