"""Personal data in captions: how to write to people, call them, or use their card.

Patterns are for English and Russian texts. They are meant not to take years, dates,
prices or sizes for telephone numbers; a name or an address of a house they do not see.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import pyarrow as pa

from datasets_cleaning.protocols import Cost, PairContents

KINDS: Final[Mapping[str, int]] = {"email": 1, "phone": 2, "card": 4}
"""The bit of each kind in the column `personal`."""

_EMAIL: Final = re.compile(
    r"[^\W_][\w.+-]*@(?:[^\W_][\w-]*\.)+[^\W\d_]{2,}", re.IGNORECASE
)
_PHONE: Final = re.compile(
    r"""(?<![\w.,$€£₽+-])(?:
      (?:\+\s?7|8|7)[\s(-]{0,3}[3489]\d{2}[\s).-]{0,3}\d{3}[\s.-]?\d{2}[\s.-]?\d{2}
    | \+\s?[1-9]\d{0,2}(?:[\s().-]{0,2}\d){8,13}
    | (?:1[\s.-])?(?:\([2-9]\d{2}\)\s?|[2-9]\d{2}[.-])[2-9]\d{2}[\s.-]\d{4}
    )(?![\w-]|[.,]\d)""",
    re.VERBOSE,
)
_CALLED: Final = re.compile(
    r"\b(?:тел|телефону?|моб|звони|звоните|позвоните|вотсап|phone|tel|cell|call|whatsapp)"
    r"(?:\s(?:us|me|at|on|нам|мне|по))*[\s.:№#-]{0,4}\(?\d(?:[\s().-]{0,2}\d){5,13}(?!\w)",
    re.IGNORECASE,
)
_CARD: Final = re.compile(r"(?<![\w.,-])\d(?:[ -]?\d){13,18}(?![\w-]|[.,]\d)")
_ISSUED: Final = re.compile(
    r"4(?:\d{15}|\d{18})|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}"
    r"|6(?:011|5\d\d)\d{12}|62\d{14,17}"
)
"""Beginnings and lengths of the numbers of the great card systems."""


@dataclass(frozen=True, slots=True)
class Personal:
    """The kinds of personal data in a canonical caption, as a mask of `KINDS`."""

    cost: ClassVar[Cost] = Cost.PATTERNS
    version: ClassVar[str] = "personal-1"
    columns: ClassVar[Mapping[str, pa.DataType]] = {"personal": pa.uint8()}

    def __call__(self, contents: Sequence[PairContents]) -> Mapping[str, Sequence[Any]]:
        """A mask for each of *contents*; None where there is no caption."""
        return {
            "personal": [
                None if pair.pair.caption is None else personal(pair.text)
                for pair in contents
            ]
        }


def personal(text: str) -> int:
    """The mask of the `KINDS` that *text* holds."""
    mask = KINDS["email"] if "@" in text and _EMAIL.search(text) else 0
    if sum(c.isdigit() for c in text) < 6:  # noqa: PLR2004  # the shortest number
        return mask
    if _PHONE.search(text) or _CALLED.search(text):
        mask |= KINDS["phone"]
    if any(_is_card(found[0]) for found in _CARD.finditer(text)):
        mask |= KINDS["card"]
    return mask


def _is_card(number: str) -> bool:
    digits = re.sub(r"\D", "", number)
    return _ISSUED.fullmatch(digits) is not None and luhn(digits)


def luhn(digits: str) -> bool:
    """True if the last of *digits* is the check digit of the others (ISO/IEC 7812)."""
    total = 0
    for place, digit in enumerate(map(int, reversed(digits))):
        doubled = digit * (1 + place % 2)
        total += doubled - 9 if doubled > 9 else doubled  # noqa: PLR2004  # its digits
    return total % 10 == 0
