"""Replay of the decision log: the outcomes of artworks under another policy."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final
from uuid import UUID

from moderation import Category, Gate, Outcome, Policy, Subject
from moderation.gates import joint_scores, worst_of
from moderation.language import Language
from moderation.policy import judge
from moderation.protocols import Scores
from vernissage.models.artworks import Decision
from vernissage.reasons.refusals import standing

UNFINISHED: Final = "unfinished"
UNKNOWN: Final = "unknown"
_LANGUAGES: Final[Mapping[str, Language]] = MappingProxyType({"en": "en", "ru": "ru"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayedOutcome:
    """The outcome of an artwork before and after: an outcome's label, or else.

    Before may be UNFINISHED: not every gate had judged. After is UNKNOWN if the gates
    that never judged could still refuse it. *categories* are those that the stricter of
    the two names. *settled* says that a person decided.
    """

    artwork: UUID
    language: str
    before: str
    after: str
    categories: tuple[Category, ...]
    settled: bool

    @property
    def transition(self) -> str:
        """Both outcomes as one text."""
        return f"{self.before} → {self.after}"


@dataclass(slots=True)
class ReplayReport:
    """The changes among all *works*; each of *changed* has another outcome.

    The *settled* ones were decided by a person, and that stays. Of the *unfinished* the
    log does not tell the outcome.
    """

    works: int = 0
    settled: int = 0
    unfinished: int = 0
    changed: list[ReplayedOutcome] = field(default_factory=list)

    def add(self, ending: ReplayedOutcome) -> None:
        """Count *ending*."""
        self.works += 1
        self.settled += ending.settled
        self.unfinished += ending.before == UNFINISHED
        if ending.before != ending.after:
            self.changed.append(ending)

    @property
    def transitions(self) -> Counter[str]:
        """The number of artworks by pair of outcomes."""
        return Counter(ending.transition for ending in self.changed)

    @property
    def languages(self) -> Mapping[str, Counter[str]]:
        """The transitions in each language."""
        return _grouped((e.language, e.transition) for e in self.changed)

    @property
    def categories(self) -> Mapping[str, Counter[str]]:
        """The transitions for each category; an artwork may have several."""
        pairs = ((c.value, e.transition) for e in self.changed for c in e.categories)
        return _grouped(pairs)


def replayed(decisions: Sequence[Decision], policy: Policy) -> ReplayedOutcome:
    """The outcome of one artwork under *policy*; its *decisions* are oldest first.

    A person's decision stays, and outweighs what it outweighed.
    """
    counted = standing(decisions)
    kept = [d for d in counted if d.gate != Gate.JOINT]
    verdicts = [_rejudged(decision, policy) for decision in kept]
    verdicts += _joint(counted, policy)
    before = max(Outcome[d.outcome.upper()] for d in counted)
    after = max(outcome for outcome, _ in verdicts)
    seen = any(
        gate.subject is Subject.PICTURE and gate is not Gate.HUMAN
        for gate in (Gate(d.gate) for d in decisions)
    )
    named = (
        [c for outcome, names in verdicts if outcome is after for c in names]
        if after >= before
        else [
            Category(reason["category"])
            for decision in counted
            for reason in decision.reasons
            if reason["outcome"] == before.label
        ]
    )
    return ReplayedOutcome(
        artwork=decisions[0].artwork_id,
        language=decisions[0].language,
        before=_ended(before, seen=seen, otherwise=UNFINISHED),
        after=_ended(
            after,
            seen=seen,
            otherwise=UNKNOWN if before is Outcome.REFUSE else UNFINISHED,
        ),
        categories=tuple(dict.fromkeys(named)),
        settled=any(d.gate == Gate.HUMAN for d in counted),
    )


def tally(works: Iterable[Sequence[Decision]], policy: Policy) -> ReplayReport:
    """The effect of *policy* on *works*, each the decisions on one artwork."""
    counts = ReplayReport()
    for decisions in works:
        counts.add(replayed(decisions, policy))
    return counts


def _ended(outcome: Outcome, *, seen: bool, otherwise: str) -> str:
    """The final outcome: a refusal at any gate, the others only after the picture."""
    return outcome.label if seen or outcome is Outcome.REFUSE else otherwise


def _rejudged(decision: Decision, policy: Policy) -> tuple[Outcome, Sequence[Category]]:
    table = Gate(decision.gate).table
    if table is None or not decision.judged:
        return Outcome[decision.outcome.upper()], [
            Category(reason["category"]) for reason in decision.reasons
        ]
    spoken = _LANGUAGES.get(decision.language, "other")
    reasons = judge(policy.rules(table, spoken), _scores([decision]))
    worst = worst_of(reasons)
    return worst, [r.category for r in reasons if r.outcome is worst]


def _joint(
    counted: Sequence[Decision], policy: Policy
) -> list[tuple[Outcome, Sequence[Category]]]:
    """The outcomes of the joint rule, computed as the generator does."""
    prompt_decisions = [d for d in counted if Gate(d.gate).subject is Subject.PROMPT]
    found: list[tuple[Outcome, Sequence[Category]]] = []
    for image in (d for d in counted if d.gate == Gate.IMAGE and d.judged):
        scores = joint_scores(_scores(prompt_decisions), _scores([image]))
        scores = {c: s for c, s in scores.items() if c in policy.joint}
        if scores:
            reasons = judge(policy.joint, scores)
            found.append((worst_of(reasons), [r.category for r in reasons]))
    return found


def _scores(decisions: Iterable[Decision]) -> Scores:
    """The worst score of each category on record."""
    worst: dict[Category, float] = {}
    for name, score in ((n, s) for d in decisions for n, s in d.scores.items()):
        worst[Category(name)] = max(score, worst.get(Category(name), 0.0))
    return worst


def _grouped(pairs: Iterable[tuple[str, str]]) -> Mapping[str, Counter[str]]:
    groups: dict[str, Counter[str]] = {}
    for group, transition in pairs:
        groups.setdefault(group, Counter())[transition] += 1
    return dict(sorted(groups.items()))
