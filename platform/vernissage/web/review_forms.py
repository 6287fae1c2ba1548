"""Fields that reviewers' forms share: a choice, a note, the sender, the way back."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final, TypeVar

from flask import redirect, request
from flask.typing import ResponseReturnValue

from vernissage.errors import BadInput
from vernissage.messages import N_
from vernissage.web.auth import reviewer
from vernissage.web.languages import local_path

LONGEST_NOTE: Final = 1000
"""Characters of a note that are kept."""

Choice = TypeVar("Choice")


def chosen(field: str, choices: Mapping[str, Choice]) -> Choice:
    """The one of *choices* that the form names in *field*, or BadInput."""
    name = request.form.get(field, "")
    if name not in choices:
        text = N_("The decision must be one of %(known)s, not %(said)s.")
        raise BadInput(field, text, known=", ".join(choices), said=name)
    return choices[name]


def note() -> str:
    """The note in the form; empty where there is none."""
    return request.form.get("note", "").strip()[:LONGEST_NOTE]


def actor() -> str:
    """The name of the reviewer who sends the form."""
    account = reviewer()
    return account.username if account else ""


def back(default: str) -> ResponseReturnValue:
    """A redirect to the page that the form names, or to *default*."""
    page = local_path(request.form.get("next", default))
    return redirect(page, HTTPStatus.SEE_OTHER)
