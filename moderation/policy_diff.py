"""The rules that differ between two policies."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from moderation.policy import Policy, Rules
from moderation.policy_file import LANGUAGES
from moderation.verdict import Category, PolicyTable, Rule

_NEVER: Final = Rule(2.0, 2.0)
"""A rule that no score reaches, for a category without one."""


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A rule of *category* in *table* that is another one *after* than *before*.

    A table is written as in a policy file; None stands for no rule.
    """

    table: str
    category: Category
    before: Rule | None
    after: Rule | None

    @property
    def direction(self) -> str:
        """Stricter, milder, or mixed: one threshold falls and the other rises."""
        before, after = self.before or _NEVER, self.after or _NEVER
        if after.review <= before.review and after.refuse <= before.refuse:
            return "stricter"
        if after.review >= before.review and after.refuse >= before.refuse:
            return "milder"
        return "mixed"


def rule_changes(before: Policy, after: Policy) -> Iterator[RuleChange]:
    """Every rule that differs between two policies, in the order of a file.

    The rules for a language are compared as they count, and named only where they do
    not differ just as those for all prompts do.
    """
    prompt = list(_between("prompt", before.prompt, after.prompt))
    yield from prompt
    alike = {(d.category, d.before, d.after) for d in prompt}
    for language in LANGUAGES:
        rules = before.rules("prompt", language), after.rules("prompt", language)
        for found in _between(f"prompt.{language}", *rules):
            if (found.category, found.before, found.after) not in alike:
                yield found
    for table in (t for t in PolicyTable if t is not PolicyTable.PROMPT):
        yield from _between(table, before.rules(table), after.rules(table))


def _between(table: str, before: Rules, after: Rules) -> Iterator[RuleChange]:
    for category in Category:
        rules = before.get(category), after.get(category)
        if rules[0] != rules[1]:
            yield RuleChange(table, category, *rules)
