from collections.abc import Callable

import pytest

from datasets_cleaning.plan import Plan
from datasets_cleaning.protocols import Filter
from moderation import ImageGate, Policy, PromptGate
from moderation.protocols import ImageClassifier, TextClassifier
from tests.fakes import Scorer

Filters = Callable[..., tuple[Filter, ...]]


@pytest.fixture
def filters(policy: Policy) -> Filters:
    """The bundled plan's filters over whatever classifiers a test names."""

    def of(
        *, text: TextClassifier | None = None, image: ImageClassifier | None = None
    ) -> tuple[Filter, ...]:
        return Plan.bundled().filters(
            captions=PromptGate(
                name="text", classifiers=[text or Scorer()], policy=policy
            ),
            images=ImageGate(
                name="image", classifiers=[image or Scorer()], policy=policy
            ),
        )

    return of
