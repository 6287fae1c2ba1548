"""Messages for visitors: each is English with a Russian translation."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from babel.support import NullTranslations, Translations

from moderation import Category, Gate, Subject

DOMAIN: Final = "vernissage"
LOCALE: Final = Path(__file__).parent / "locale"
LANGUAGES: Final[Mapping[str, str]] = MappingProxyType(
    {"en": "English", "ru": "Русский"}
)
"""The languages of the site, by code; English needs no catalogue."""


def N_(message: str) -> str:  # noqa: N802  # gettext's own name for it
    """Mark *message* for the catalogue; the reader's language is chosen later."""
    return message


@cache
def translator(language: str) -> NullTranslations:
    """The catalogue of *language*; English, where there is none."""
    return Translations.load(str(LOCALE), [language], domain=DOMAIN)


def state_label(state: str) -> str:
    """The message that names *state*."""
    return _STATES[state]


def category_label(category: Category) -> str:
    """The message that names *category*."""
    return _CATEGORIES[category]


def gate_label(gate: str) -> str:
    """The message that names *gate*."""
    return GATES[Gate(gate)]


def refusal(gate: str) -> str:
    """The message that explains a refusal by *gate*."""
    return _REFUSALS[Gate(gate)]


def judged_label(judged: str) -> str:
    """The message that names the *judged* subject."""
    return _JUDGED[Subject(judged)]


def decider(*, by_person: bool) -> str:
    """The message that says whether a person decided, or a gate alone."""
    return _BY_A_PERSON if by_person else _BY_A_MACHINE


def facts(judged: str, *, by_person: bool) -> str:
    """The message on the subject and the judge of a refusal."""
    return _SEEN_BY_A_PERSON if by_person else _FACTS[Subject(judged)]


def outcome_label(outcome: str) -> str:
    """The message that names *outcome*."""
    return _OUTCOMES[outcome]


def advice(category: Category) -> str:
    """The message with the reason for *category* and the change to make."""
    return _ADVICE[category]


GATES: Final[Mapping[Gate, str]] = MappingProxyType(
    {
        Gate.PROMPT: N_("Prompt"),
        Gate.SCREENING: N_("Prompt, second check"),
        Gate.EMBEDDING: N_("Idea of the picture"),
        Gate.HASH: N_("Lists of banned pictures"),
        Gate.IMAGE: N_("Picture"),
        Gate.JOINT: N_("Prompt and picture together"),
        Gate.UPLOAD: N_("Uploaded picture"),
        Gate.HUMAN: N_("Reviewer"),
    }
)
"""The messages that name the gates, in the order in which an artwork passes them."""

_REFUSALS: Final[Mapping[Gate, str]] = MappingProxyType(
    {
        Gate.PROMPT: N_("The prompt was refused, so nothing was painted."),
        Gate.SCREENING: N_("The prompt was refused, so nothing was painted."),
        Gate.EMBEDDING: N_(
            "This prompt would lead to a picture that we do not show, so nothing was"
            " painted."
        ),
        Gate.HASH: N_(
            "The picture matches one on our lists of banned pictures, so we do not"
            " show it. Other words or another seed may help."
        ),
        Gate.IMAGE: N_(
            "The picture turned out to be something we do not show. Other words or"
            " another seed may help."
        ),
        Gate.JOINT: N_(
            "Together, the picture and its prompt are something we do not show. Other"
            " words may help."
        ),
        Gate.UPLOAD: N_("The uploaded picture was refused."),
        Gate.HUMAN: N_("A reviewer looked at this picture and decided not to show it."),
    }
)

_JUDGED: Final[Mapping[Subject, str]] = MappingProxyType(
    {
        Subject.PROMPT: N_("The prompt"),
        Subject.EMBEDDING: N_("The idea of the picture, before it was painted"),
        Subject.PICTURE: N_("The finished picture"),
        Subject.UPLOAD: N_("The uploaded picture"),
    }
)

_BY_A_MACHINE: Final = N_("An automatic check")
_BY_A_PERSON: Final = N_("A person")

_FACTS: Final[Mapping[Subject, str]] = MappingProxyType(
    {
        Subject.PROMPT: N_(
            "The prompt was checked automatically before anything was painted."
        ),
        Subject.EMBEDDING: N_(
            "The idea of the picture was checked automatically before it was painted."
        ),
        Subject.PICTURE: N_("The finished picture was checked automatically."),
        Subject.UPLOAD: N_("The uploaded picture was checked automatically."),
    }
)
_SEEN_BY_A_PERSON: Final = N_("A person looked at the finished picture.")

_OUTCOMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "allow": N_("approved"),
        "review": N_("sent to review"),
        "refuse": N_("refused"),
    }
)

_STATES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "submitted": N_("Received"),
        "screening": N_("Being checked"),
        "queued": N_("In the queue"),
        "painting": N_("Being painted"),
        "in_review": N_("In review"),
        "published": N_("Ready"),
        "refused": N_("Refused"),
        "appealed": N_("Under appeal"),
        "failed": N_("Failed"),
        "cancelled": N_("Cancelled"),
    }
)

_CATEGORIES: Final[Mapping[Category, str]] = MappingProxyType(
    {
        Category.SEXUAL: N_("Nudity or sex"),
        Category.MINORS: N_("Child safety"),
        Category.VIOLENCE: N_("Violence or weapons"),
        Category.HATE: N_("Hatred"),
        Category.HARASSMENT: N_("Harassment"),
        Category.SELF_HARM: N_("Self-harm"),
        Category.ILLEGAL: N_("Illegal things"),
        Category.SHOCKING: N_("Shocking scenes"),
        Category.TOXIC: N_("Insulting language"),
        Category.UNSAFE: N_("Unsafe content"),
    }
)

_ADVICE: Final[Mapping[Category, str]] = MappingProxyType(
    {
        Category.SEXUAL: N_(
            "We do not paint nudity or sex. Leave out what is intimate, or dress the"
            " people in your scene, and try again."
        ),
        Category.MINORS: N_(
            "We never paint children in a sexual or harmful scene. Describe a different"
            " scene altogether."
        ),
        Category.VIOLENCE: N_(
            "We do not paint weapons, wounds or attacks. Try the same subject without"
            " the weapon and without the harm."
        ),
        Category.HATE: N_(
            "We do not paint hatred of people for who they are. Leave out the slur or"
            " the symbol and describe the people themselves."
        ),
        Category.HARASSMENT: N_(
            "We do not paint pictures meant to humiliate or threaten somebody. Describe"
            " the scene without the person you are angry with."
        ),
        Category.SELF_HARM: N_(
            "We do not paint self-harm. If you are having a hard time, please talk to"
            " someone you trust. We are glad to paint you any other picture."
        ),
        Category.ILLEGAL: N_(
            "We do not paint drugs, tobacco or crimes. Replace them with something"
            " harmless and try again."
        ),
        Category.SHOCKING: N_(
            "We do not paint blood, corpses or gore. A gloomy mood is fine: describe it"
            " without the gruesome detail."
        ),
        Category.TOXIC: N_(
            "The wording sounds like an insult. Say the same thing in kinder words."
        ),
        Category.UNSAFE: N_(
            "As a whole, this looks unsafe to us. Describe the scene in other, plainer"
            " words and leave out anything that could do harm."
        ),
    }
)
