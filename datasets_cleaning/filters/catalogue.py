"""The filters that a plan may name: what each is given, how costly its columns are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from datasets_cleaning.category_scores import LANGUAGES
from datasets_cleaning.filters.blurred import Blurred
from datasets_cleaning.filters.caption_empty import CaptionEmpty
from datasets_cleaning.filters.caption_judged import CaptionJudged, Detoxify
from datasets_cleaning.filters.caption_language import CaptionLanguage
from datasets_cleaning.filters.caption_mismatch import Unlike
from datasets_cleaning.filters.caption_too_long import CaptionTooLong
from datasets_cleaning.filters.image_aspect import ImageAspect
from datasets_cleaning.filters.image_judged import ImageJudged
from datasets_cleaning.filters.image_too_large import ImageTooLarge
from datasets_cleaning.filters.image_too_small import ImageTooSmall
from datasets_cleaning.filters.image_type import ImageType
from datasets_cleaning.filters.image_unreadable import (
    HeaderUnreadable,
    PixelsUnreadable,
)
from datasets_cleaning.filters.joint_judged import JointJudged
from datasets_cleaning.filters.listed import Listed
from datasets_cleaning.filters.low_aesthetics import Plain
from datasets_cleaning.filters.personal_data import PersonalData
from datasets_cleaning.filters.watermarked import Watermarked
from datasets_cleaning.measures.files import TYPES
from datasets_cleaning.measures.personal_data import KINDS
from datasets_cleaning.protocols import Filter
from moderation.policy import Policy

Problem = str | None
"""What is wrong with a value, or None."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One line of the catalogue.

    *make* builds filters of a policy and of what *keys* let a plan say; each stands at
    one of *ranks*, the higher the costlier. An *optional* key may be left out.
    """

    make: Callable[..., tuple[Filter, ...]]
    ranks: tuple[int, ...]
    keys: Mapping[str, Callable[[Any], Problem]] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()
    of_captions: bool = False


def whole(lowest: int) -> Callable[[Any], Problem]:
    """A check for whole numbers."""
    return lambda value: (
        None
        if type(value) is int and value >= lowest
        else f"is a whole number from {lowest}"
    )


def number(lowest: float, highest: float) -> Callable[[Any], Problem]:
    """A check for numbers between two, these included."""
    return lambda value: (
        None
        if type(value) in {int, float} and lowest <= value <= highest
        else f"is a number from {lowest:g} to {highest:g}"
    )


def some(*words: str) -> Callable[[Any], Problem]:
    """A check for a list of some of *words*."""
    return lambda value: (
        None
        if isinstance(value, list) and value and all(word in words for word in value)
        else f"is a list of some of {', '.join(words)}"
    )


def flag(value: Any) -> Problem:
    """A check for true and false."""
    return None if isinstance(value, bool) else "is true or false"


def _one(make: Callable[..., Filter]) -> Callable[..., tuple[Filter, ...]]:
    return lambda _, **values: (
        make(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}),
    )


def _prompt(policy: Policy) -> tuple[Any, ...]:
    return tuple(policy.rules("prompt", language) for language in LANGUAGES)


CATALOGUE: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "image_type": Kind(_one(ImageType), (0,), {"types": some(*TYPES)}),
        "image_unreadable": Kind(
            lambda _: (HeaderUnreadable(), PixelsUnreadable()), (0, 5)
        ),
        "image_too_small": Kind(_one(ImageTooSmall), (0,), {"shorter_side": whole(1)}),
        "image_too_large": Kind(_one(ImageTooLarge), (0,), {"longer_side": whole(1)}),
        "image_aspect": Kind(_one(ImageAspect), (0,), {"ratio": number(1, 1000)}),
        "caption_empty": Kind(_one(CaptionEmpty), (2,), of_captions=True),
        "caption_too_long": Kind(
            _one(CaptionTooLong), (2,), {"characters": whole(1)}, of_captions=True
        ),
        "caption_language": Kind(
            _one(CaptionLanguage),
            (2,),
            {"languages": some(*LANGUAGES)},
            of_captions=True,
        ),
        "personal_data": Kind(
            _one(PersonalData), (3,), {"kinds": some(*KINDS)}, of_captions=True
        ),
        "caption_judged": Kind(
            lambda policy: (CaptionJudged(_prompt(policy)),), (4,), of_captions=True
        ),
        "blurred": Kind(_one(Blurred), (6,), {"sharpness": number(0, 1e6)}),
        "listed": Kind(
            _one(Listed), (7,), {"optional": flag}, optional=frozenset({"optional"})
        ),
        "detoxify": Kind(
            lambda policy, **values: (Detoxify(_prompt(policy), **values),),
            (8,),
            {"optional": flag},
            optional=frozenset({"optional"}),
            of_captions=True,
        ),
        "image_judged": Kind(
            lambda policy: (ImageJudged(policy.rules("image")),), (9,)
        ),
        "joint_judged": Kind(lambda policy: (JointJudged(policy.joint),), (9,)),
        "unlike": Kind(_one(Unlike), (10,), {"cosine": number(-1, 1)}),
        "plain": Kind(_one(Plain), (11,), {"aesthetics": number(-100, 100)}),
        "watermarked": Kind(_one(Watermarked), (12,), {"probability": number(0, 1)}),
    }
)
"""Every filter by its name in a plan, in the order of cost."""
