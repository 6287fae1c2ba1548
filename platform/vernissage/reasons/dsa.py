"""The vocabulary of the DSA Transparency Database, as far as this site needs it.

Names are those of its submission interface, version 2 (July 2025).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from moderation import Category, Subject

VISIBILITY: Final = "DECISION_VISIBILITY_CONTENT_DISABLED"
"""Access is disabled for everybody; reviewers alone can look."""
GROUND: Final = "DECISION_GROUND_INCOMPATIBLE_CONTENT"
SOURCE: Final = "SOURCE_VOLUNTARY"
REDRESS: Final = "REDRESS_INTERNAL_MECHANISM"
"""Article 17(3)(f); the interface itself has no field for it any more."""

FULLY: Final = "AUTOMATED_DECISION_FULLY"
PARTIALLY: Final = "AUTOMATED_DECISION_PARTIALLY"
NOT_AUTOMATED: Final = "AUTOMATED_DECISION_NOT_AUTOMATED"

CONTENT: Final[Mapping[Subject, str]] = MappingProxyType(
    {
        Subject.PROMPT: "CONTENT_TYPE_TEXT",
        Subject.EMBEDDING: "CONTENT_TYPE_SYNTHETIC_MEDIA",
        Subject.PICTURE: "CONTENT_TYPE_SYNTHETIC_MEDIA",
        Subject.UPLOAD: "CONTENT_TYPE_IMAGE",
    }
)

OTHER: Final = "STATEMENT_CATEGORY_OTHER_VIOLATION_TC"
CATEGORIES: Final[Mapping[Category, str]] = MappingProxyType(
    {
        Category.SEXUAL: OTHER,
        Category.MINORS: "STATEMENT_CATEGORY_PROTECTION_OF_MINORS",
        Category.VIOLENCE: "STATEMENT_CATEGORY_VIOLENCE",
        Category.HATE: "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH",
        Category.HARASSMENT: "STATEMENT_CATEGORY_CYBER_VIOLENCE",
        Category.SELF_HARM: "STATEMENT_CATEGORY_SELF_HARM",
        Category.ILLEGAL: "STATEMENT_CATEGORY_UNSAFE_AND_PROHIBITED_PRODUCTS",
        Category.SHOCKING: "STATEMENT_CATEGORY_VIOLENCE",
        Category.TOXIC: "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH",
        Category.UNSAFE: OTHER,
    }
)

KEYWORDS: Final[Mapping[Category, str]] = MappingProxyType(
    {
        Category.SEXUAL: "KEYWORD_ADULT_SEXUAL_MATERIAL",
        Category.HARASSMENT: "KEYWORD_CYBER_HARASSMENT",
        Category.ILLEGAL: "KEYWORD_PROHIBITED_PRODUCTS",
    }
)
"""Keywords that say the same as our category, and not more."""

LANGUAGES: Final[Mapping[str, str]] = MappingProxyType({"en": "EN", "ru": "RU"})

TERRITORY: Final = (
    *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR"),
    *("HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT"),
    *("RO", "SE", "SI", "SK"),
)
"""The European Economic Area: what is refused is refused everywhere."""
