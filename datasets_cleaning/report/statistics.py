"""Statistics of a report, counted in one pass over a job's ledgers and verdicts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, Final

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

from datasets_cleaning.audit import Audit, estimate
from datasets_cleaning.catalogue import catalogue, meaning
from datasets_cleaning.category_scores import columns
from datasets_cleaning.intervals import Share
from datasets_cleaning.job_state import FinalVerdicts
from datasets_cleaning.manifest import CODE_VERSION
from datasets_cleaning.reasons import DATASET_REASONS, FAULTS
from datasets_cleaning.report.histograms import SUBJECTS, Histograms
from datasets_cleaning.report.slices import Outlier, Slices, languages, outliers
from datasets_cleaning.verdicts import borderline

FORMAT: Final = 2
"""The format of `report.json`."""

STAGES: Final = ("structure", "captions", "pictures", "duplicates", "the rest")
"""The funnel in its order; the rest was not judged, or dropped by a person."""

SIZES: Final = (2, 3, 4, 5, 10, 100)
"""From how many pictures on a cluster of duplicates is counted with the larger ones."""


@dataclass(slots=True, kw_only=True)
class Statistics:
    """All of a report but its drawings."""

    final: FinalVerdicts
    pairs: int
    reasons: Mapping[tuple[str, str], int]
    borderline: frozenset[str]
    slices: Mapping[str, Sequence[tuple[str, Share]]]
    outliers: Sequence[Outlier]
    histograms: Histograms
    clusters: Mapping[str, int]
    unsafe: int
    seconds: Mapping[str, float]
    audit: Audit | None

    @property
    def tallies(self) -> dict[str, int]:
        """Counts of dropped pairs by reason, the most frequent first."""
        sums = Counter[str]()
        for (reason, _), count in self.reasons.items():
            sums[reason] += count
        return dict(sums.most_common())

    @property
    def kept(self) -> int:
        """The count of kept pairs."""
        return self.pairs - sum(self.tallies.values())

    @property
    def funnel(self) -> dict[str, int]:
        """Counts of the pairs left after each of `STAGES`."""
        lost = Counter[str]()
        for reason, count in self.tallies.items():
            lost[stage(reason)] += count
        left = accumulate((-lost[name] for name in STAGES), initial=self.pairs)
        return dict(zip(("seen", *STAGES), left, strict=True))

    @property
    def bound(self) -> str:
        """The stage that took the most time; empty where nobody knows."""
        return max(self.seconds, key=lambda name: self.seconds[name], default="")

    def facts(self) -> dict[str, Any]:
        """All facts, for `report.json`."""
        job = self.final.job.content
        return {
            "format": FORMAT,
            "source": job["source"],
            "plan": job["plan"],
            "policy": self.final.job.plan.policy.version,
            "versions": job["versions"],
            "code_version": CODE_VERSION,
            "options": job["options"],
            "shards": {"all": len(job["shards"]), "judged": len(self.final.shards)},
            "pairs": self.pairs,
            "kept": self.kept,
            "borderline": sum(self.tallies.get(name, 0) for name in self.borderline),
            "funnel": self.funnel,
            "reasons": [
                {"reason": name, "meaning": meaning(name), "pairs": count}
                for name, count in self.tallies.items()
            ],
            "by_language": [
                {"reason": reason, "language": language, "pairs": count}
                for (reason, language), count in sorted(self.reasons.items())
            ],
            "slices": {
                kind: [{"slice": name, **rate_facts(share)} for name, share in own]
                for kind, own in self.slices.items()
            },
            "outliers": [outlier.facts() for outlier in self.outliers],
            "scores": [own.facts() for own in self.histograms.found.values()],
            "duplicates": {"clusters": self.clusters, "unsafe": self.unsafe},
            "seconds": {name: round(own, 3) for name, own in self.seconds.items()},
            "bound": self.bound,
            "audit": self.audit.facts() if self.audit else None,
        }


def rate_facts(share: Share) -> dict[str, Any]:
    """A rate of drops with its interval."""
    low, high = share.interval
    return {
        "pairs": share.of,
        "dropped": share.count,
        "share": round(share.value, 6),
        "interval": [round(low, 6), round(high, 6)],
    }


def stage(reason: str) -> str:
    """The one of `STAGES` that drops a pair for *reason*."""
    if reason in FAULTS:
        return "structure"
    head = reason.partition(":")[0]
    if reason in DATASET_REASONS and head == "duplicate":
        return "duplicates"
    for kind in catalogue().values():
        if head in kind.meanings:
            return kind.subject.value
    return "the rest"


def _columns() -> list[str]:
    """The columns of a ledger that are counted."""
    plain = (each.reads for each in catalogue().values() if each.score)
    subjects = (column for subject in SUBJECTS for column in columns(subject))
    found = {"key", "language", "width", "height", *subjects}.union(*plain)
    return sorted(found)


@dataclass(slots=True)
class _Counts:
    """Sums over the shards."""

    histograms: Histograms
    slices: Slices = field(default_factory=Slices)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    shards: list[tuple[str, Share]] = field(default_factory=list)


def collect(final: FinalVerdicts) -> Statistics:
    """The statistics of *final* verdicts."""
    counts, names = _Counts(Histograms(final.job.plan)), final.reasons
    for number, ledger, codes in final.ledgers(_columns()):
        name = final.job.names[number]
        counts.histograms.add(ledger)
        counts.slices.add(ledger, codes, name)
        counts.shards.append((name, Share(int((codes > 0).sum()), len(codes))))
        language_of = languages(ledger)
        rows = np.flatnonzero(codes)
        counts.reasons.update((names[codes[row]], language_of[row]) for row in rows)
    clusters, unsafe = _clusters(final)
    return Statistics(
        final=final,
        pairs=sum(share.of for _, share in counts.shards),
        reasons=counts.reasons,
        borderline=borderline(final.job.plan.filters),
        slices=counts.slices.rates(),
        outliers=outliers(counts.shards),
        histograms=counts.histograms,
        clusters=clusters,
        unsafe=unsafe,
        seconds=_seconds(final),
        audit=estimate(final),
    )


def _clusters(final: FinalVerdicts) -> tuple[dict[str, int], int]:
    """Counts of clusters of duplicates by size, and of the unsafe ones."""
    table = pq.read_table(final.job.to.duplicates, columns=["cluster", "unsafe"])
    sums = table.group_by("cluster").aggregate([("unsafe", "count"), ("unsafe", "max")])
    sizes = np.asarray(sums["unsafe_count"])
    places = np.searchsorted(SIZES, sizes, "right") - 1
    times = np.bincount(places, minlength=len(SIZES))
    return {
        _span(place): int(count) for place, count in enumerate(times) if count
    }, int(pc.sum(sums["unsafe_max"]).as_py() or 0)


def _span(place: int) -> str:
    low = SIZES[place]
    if place + 1 == len(SIZES):
        return f"from {low}"
    high = SIZES[place + 1] - 1
    return str(low) if low == high else f"{low} to {high}"


def _seconds(final: FinalVerdicts) -> dict[str, float]:
    """Seconds of the workers by stage, the dearest first."""
    sums: dict[str, float] = {}
    for manifest in final.shards.values():
        for name, own in manifest["seconds"].items():
            sums[name] = sums.get(name, 0.0) + own
    rest = sums.pop("all", 0.0) - sum(sums.values())
    if rest > 0:
        sums["pairing and files"] = rest
    return dict(sorted(sums.items(), key=lambda item: -item[1]))
