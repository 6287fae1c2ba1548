"""The text classifiers that ship with the package."""

from moderation.protocols import TextClassifier
from moderation.text.lexicon import Lexicon
from moderation.text.linear import LinearClassifier


def bundled_classifiers() -> tuple[TextClassifier, ...]:
    """The lexicon and the linear classifier, freshly read."""
    return Lexicon.bundled(), LinearClassifier.bundled()
