"""A caption that would teach a model how to reach somebody."""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from datasets_cleaning.classifiers import LoadedClassifiers
from datasets_cleaning.filter import Filter
from datasets_cleaning.ledger import Ledger
from datasets_cleaning.measures.personal_data import KINDS, Personal
from datasets_cleaning.protocols import Codes, Cost, Measure, Subject
from moderation.policy import Policy


class PersonalData(Filter):
    """Drops a pair whose caption holds one of *kinds* of personal data."""

    key: ClassVar[str] = "personal_data"
    meanings: ClassVar[Mapping[str, str]] = {
        "personal_data": "The caption holds an e-mail address, a telephone or a card"
        " number; names and addresses of houses are not recognised."
    }
    subject: ClassVar[Subject] = Subject.CAPTION
    cost: ClassVar[Cost] = Cost.PATTERNS
    reads: ClassVar[frozenset[str]] = frozenset({"personal"})

    kinds: Annotated[
        tuple[Literal["email", "phone", "card"], ...], Field(min_length=1, strict=False)
    ]

    @classmethod
    def measures(cls, loaded: LoadedClassifiers, policy: Policy) -> Sequence[Measure]:
        """The mask of kinds."""
        return (Personal(),)

    def decide(self, ledger: Ledger, /) -> Codes:
        """1 for each such row [n]."""
        mask = sum(KINDS[kind] for kind in self.kinds)
        return np.asarray(ledger.numbers("personal") & mask != 0, np.uint8)
