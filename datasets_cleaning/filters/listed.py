"""A picture that stands on a list of known ones."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from datasets_cleaning.classifiers import Classifiers, LoadedClassifiers
from datasets_cleaning.filter import Filter
from datasets_cleaning.ledger import Ledger
from datasets_cleaning.measures.files import ListedFiles
from datasets_cleaning.measures.pixels import ListedPictures
from datasets_cleaning.protocols import Codes, Cost, Measure, Subject
from datasets_cleaning.reasons import NOT_JUDGED
from moderation.policy import Policy


class Listed(Filter):
    """Drops a pair whose picture, or its file, is on a list.

    An *optional* one lets a job without lists pass.
    """

    key: ClassVar[str] = "listed"
    meanings: ClassVar[Mapping[str, str]] = {
        "listed": "The picture is on a list of known ones, by SHA-256 or PDQ."
    }
    reasons: ClassVar[tuple[str, ...]] = ("listed", NOT_JUDGED)
    subject: ClassVar[Subject] = Subject.PICTURE
    cost: ClassVar[Cost] = Cost.PERCEPTUAL_HASH
    reads: ClassVar[frozenset[str]] = frozenset({"listed_sha256", "listed_pdq"})

    optional: bool = False

    @classmethod
    def measures(cls, loaded: LoadedClassifiers, policy: Policy) -> Sequence[Measure]:
        """Look-ups of the file and of the picture."""
        return ListedFiles(loaded.lists), ListedPictures(loaded.lists)

    @classmethod
    def available(cls, classifiers: Classifiers) -> bool:
        """True if there is a list."""
        return bool(classifiers.lists)

    @property
    def required(self) -> frozenset[str]:
        """The two columns, unless a job may do without lists."""
        return frozenset() if self.optional else self.reads

    def decide(self, ledger: Ledger, /) -> Codes:
        """1 for what is listed, 2 for what was not looked up [n]."""
        present = [column for column in sorted(self.reads) if column in ledger]
        if not present:
            return np.zeros(len(ledger), np.uint8)
        found = np.logical_or.reduce([ledger.numbers(name) != 0 for name in present])
        missing = ledger.unknown(sorted(self.reads))
        return self.not_judged_where(missing, found.astype(np.uint8))
