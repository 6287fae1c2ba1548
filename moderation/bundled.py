"""The text classifiers that ship with the package."""

from moderation.protocols import TextClassifier
from moderation.text.deobfuscation import DeobfuscatingClassifier, deobfuscated
from moderation.text.lexicon import Lexicon
from moderation.text.linear import LinearClassifier

_EVERY_DISGUISE = "n4k3d zhenshina накед г0лая ddoouubblleedd ддвваажжддыы"


def bundled_classifiers() -> tuple[TextClassifier, ...]:
    """The lexicon and the linear classifier, freshly read, over every reading."""
    deobfuscated(_EVERY_DISGUISE)  # the first prompt shall not wait for the tables
    return DeobfuscatingClassifier(Lexicon.bundled()), DeobfuscatingClassifier(
        LinearClassifier.bundled()
    )
