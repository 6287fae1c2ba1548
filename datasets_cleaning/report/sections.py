"""The parts of a report's page, each as HTML of its own."""

from collections.abc import Iterable, Sequence
from html import escape
from itertools import pairwise
from typing import Final

from datasets_cleaning.catalogue import meaning
from datasets_cleaning.intervals import Share
from datasets_cleaning.report.charts import PERCENT, bar
from datasets_cleaning.report.slices import SHOWN, SIGMAS
from datasets_cleaning.report.statistics import Statistics

_AFTER: Final = {
    "seen": "seen",
    "structure": "after structure",
    "captions": "after captions",
    "pictures": "after pictures",
    "duplicates": "after duplicates",
    "the rest": "kept",
}


def sums(facts: Statistics) -> str:
    """The figures that one looks for first."""
    doubtful = sum(facts.tallies.get(name, 0) for name in facts.borderline)
    found = {
        "pairs": facts.pairs,
        "kept": facts.kept,
        "dropped": facts.pairs - facts.kept,
        "doubtful, for a person": doubtful,
    }
    items = "".join(f"<li><b>{n:,}</b>{name}</li>" for name, n in found.items())
    judged, all_ = len(facts.settled.shards), len(facts.settled.job.content["shards"])
    missing = (
        f'<p class="trouble">{all_ - judged} of {all_} shards are not judged: nothing'
        " of them is counted here.</p>"
        if judged < all_
        else ""
    )
    return f'<ul class="sums">{items}</ul>{missing}'


def funnel(facts: Statistics) -> str:
    """What is left after each stage."""
    steps = list(facts.funnel.items())
    rows = [_step(facts, *steps[0], steps[0][1])]
    rows += [
        _step(facts, name, n, before) for (_, before), (name, n) in pairwise(steps)
    ]
    heads = ("", "", ">pairs", ">of them", ">lost")
    return f"<h2>From seen to kept</h2>{table(heads, rows)}"


def _step(facts: Statistics, name: str, left: int, before: int) -> Sequence[str]:
    share = Share(left, facts.pairs).value
    lost = f"{before - left:,}" if before > left else ""
    return _AFTER[name], bar(share), f"{left:,}", f"{share:.1%}", lost


def reasons(facts: Statistics) -> str:
    """Every reason with what it means."""
    rows = [
        (
            _code(name),
            escape(meaning(name))
            + (" <small>(doubtful)</small>" * (name in facts.borderline)),
            f"{count:,}",
            f"{Share(count, facts.pairs).value:.2%}",
        )
        for name, count in facts.tallies.items()
    ]
    none = "<p>Nothing was dropped.</p>"
    body = table(("reason", "what it means", ">pairs", ">of all"), rows)
    return f"<h2>Reasons</h2>{body if rows else none}"


def heat(facts: Statistics) -> str:
    """Reasons by language: which part of a language's pairs each takes."""
    seen = {name: share.of for name, share in facts.slices["language"]}
    names, rows = list(seen), []
    for reason in facts.tallies:
        cells = [
            _warm(Share(facts.reasons.get((reason, name), 0), seen[name]))
            for name in names
        ]
        rows.append((_code(reason), *cells))
    if not rows:
        return ""
    heads = ("reason", *(f">{escape(name)}" for name in names))
    return (
        "<h2>Reasons by language</h2><p>Of the pairs with a caption in that language,"
        " the share that is dropped for each reason.</p>"
        + table(heads, rows, kind="heat")
    )


def _warm(share: Share) -> str:
    if not share.count:
        return "·"
    heat_ = min(1.0, share.value**0.5)
    return (
        f'<span style="padding:0.1rem 0.4rem;background:color-mix(in srgb, var(--red)'
        f' {PERCENT * 0.6 * heat_:.0f}%, transparent)" title="{share.count:,} pairs">'
        f"{share.value:.2%}</span>"
    )


def _code(name: str) -> str:
    """A reason or a file's *name*, which may break where it has joints."""
    text = escape(name)
    for joint in ":_/":
        text = text.replace(joint, f"{joint}<wbr>")
    return f"<code>{text}</code>"


def slices(facts: Statistics) -> str:
    """Drop rates with their intervals."""
    said = "where the true one lies in 19 of 20 cases (Wilson)"
    parts = [
        f"<h2>Who is dropped more often</h2><p>The share, and in red {said}.</p>",
    ]
    for kind, own in facts.slices.items():
        rows = [(escape(name), *_rate(share)) for name, share in own]
        parts.append(f"<h3>By {kind}</h3>" + table((kind, *_RATE), rows))
    return "".join(parts)


_RATE: Final = ("dropped", ">share", ">from – to", ">pairs")


def _rate(share: Share) -> Sequence[str]:
    low, high = share.interval
    return (
        bar(share.value, low=low, high=high),
        f"{share.value:.1%}",
        f"{low:.1%} – {high:.1%}",
        f"{share.of:,}",
    )


def outliers(facts: Statistics) -> str:
    """Shards that lose far more or fewer pairs than others."""
    rows = [
        (_code(one.name), *_rate(one.share), f"{one.sigmas:+.1f} σ")
        for one in facts.outliers[:SHOWN]
    ]
    more = len(facts.outliers) - len(rows)
    said = (
        f"<p>Drop rates more than {SIGMAS:g} standard deviations of a binomial from the"
        " mean of all shards: 3 of 1,000 would be there by chance.</p>"
        + table(("shard", *_RATE, ">off"), rows)
        + (f"<p>{more} more are in report.json.</p>" if more else "")
    )
    none = "<p>No shard stands out.</p>"
    return f"<h2>Shards that stand out</h2>{said if rows else none}"


def duplicates(facts: Statistics) -> str:
    """How large the clusters are."""
    most = max(facts.clusters.values(), default=0)
    rows = [
        (f"{size} pictures", bar(Share(count, most).value), f"{count:,}")
        for size, count in facts.clusters.items()
    ]
    said = table(("cluster of", "", ">clusters"), rows) + (
        f"<p>{facts.unsafe:,} of them have a picture that was dropped for safety or by"
        " a person: nothing of such a cluster is kept unless a person says so.</p>"
    )
    none = "<p>None were found, or the plan looks for none.</p>"
    return f"<h2>Duplicates</h2>{said if rows else none}"


def audit(facts: Statistics) -> str:
    """What slips through, by a person's sample."""
    own = facts.audit
    if own is None or not own.misses.of:
        begun = f" {own.open} pairs wait in audit.csv." if own else ""
        return (
            "<h2>What slips through</h2><p>Nobody knows: no sample of what is kept was"
            f" looked at.{begun}</p>"
        )
    low, high = own.misses.interval
    return (
        "<h2>What slips through</h2><p>A person looked at"
        f" {own.misses.of:,} random kept pairs and would not have kept"
        f" {own.misses.count:,}:"
        f" {own.misses.value:.2%}, in 19 of 20 cases between {low:.2%} and {high:.2%}"
        f" (Wilson). That makes {low * own.kept:,.0f} to {high * own.kept:,.0f} of the"
        f" {own.kept:,} pairs that are kept.</p>"
        + (f"<p>{own.open:,} of the sample are not looked at.</p>" if own.open else "")
        + (f"<p>{own.gone:,} of it are not kept any more.</p>" if own.gone else "")
    )


def throughput(facts: Statistics) -> str:
    """Where the workers' time went."""
    total = sum(facts.seconds.values())
    if not total:
        return ""
    rows = [
        (
            escape(name),
            bar(own / total),
            f"{own / total:.1%}",
            f"{own / max(facts.pairs, 1) * 1e6:,.0f}",
            f"{facts.pairs / own:,.0f}" if own else "",
        )
        for name, own in facts.seconds.items()
    ]
    heads = ("stage", "", ">of the time", ">µs a pair", ">pairs/s, it alone")
    return (
        f"<h2>Throughput</h2><p>{facts.pairs / total:,.0f} pairs per second and worker;"
        f" <b>{escape(facts.bound)}</b> bounds it. A picture is decoded by the first"
        " stage that looks at its pixels.</p>" + table(heads, rows)
    )


def settings(facts: Statistics) -> str:
    """What the job was begun with."""
    said = facts.facts()
    lines = {
        "source": said["source"],
        "plan": f"{said['plan']['version']} ({said['plan']['sha256'][:12]})",
        "policy": said["policy"],
        "shards": f"{said['shards']['judged']} of {said['shards']['all']} judged",
        "code": said["code_version"],
        **said["versions"],
    }
    items = "".join(
        f"<dt>{escape(str(name))}</dt><dd>{escape(str(value))}</dd>"
        for name, value in lines.items()
    )
    plan = escape(said["plan"]["text"])
    return f"<h2>The job</h2><dl>{items}</dl><h3>Its plan</h3><pre>{plan}</pre>"


def table(
    heads: Iterable[str], rows: Iterable[Sequence[str]], *, kind: str = ""
) -> str:
    """A table of HTML cells; a head that begins with ">" is one of numbers."""
    kinds = [
        (' class="number"', head[1:]) if head.startswith(">") else ("", head)
        for head in heads
    ]
    top = "".join(f"<th{own}>{name}</th>" for own, name in kinds)
    body = "".join(
        "<tr>"
        + "".join(
            f"<td{own}>{cell}</td>" for (own, _), cell in zip(kinds, row, strict=True)
        )
        + "</tr>"
        for row in rows
    )
    return (
        f'<div class="wide"><table class="{kind}"><thead><tr>{top}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )
