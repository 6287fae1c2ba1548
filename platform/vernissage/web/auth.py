"""Accounts on the web: signing in and out, passwords, required roles."""

from http import HTTPStatus
from secrets import token_hex
from time import time
from typing import Any, Final, cast
from unicodedata import normalize

from flask import (
    Blueprint,
    Flask,
    current_app,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_security import (
    Security,
    UserDatastore,
    current_user,
    hash_password,
    login_user,
    logout_user,
)
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from vernissage.errors import NotAllowed
from vernissage.models.accounts import ADMIN, REVIEWER, Account, Role
from vernissage.web.languages import gettext, local_path

SHORTEST: Final = 12
LONGEST: Final = 256
"""Characters of a password."""
VISIT: Final = 12 * 60 * 60
"""Seconds after which a reviewer signs in again."""

bp = Blueprint("auth", __name__, url_prefix="/desk")


class AccountStore(UserDatastore):
    """The accounts as Flask-Security asks for them, each time in a new session."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        super().__init__(Account, Role)
        self._sessions = sessions

    def find_user(self, case_insensitive: bool = False, **key: Any) -> Account | None:  # noqa: FBT001, FBT002  # the library's signature
        """The account whose one *key* has that value."""
        del case_insensitive
        with self._sessions() as session:
            return session.scalar(select(Account).filter_by(**key))

    def put(self, model: Account) -> None:
        """Keep the account *model* as it is now."""
        with self._sessions.begin() as session:
            session.merge(model)


def init_accounts(app: Flask, sessions: sessionmaker[Session]) -> AccountStore:
    """Set Flask-Security up: argon2, no tokens, none of the library's pages."""
    app.config.update(
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_DEPRECATED_PASSWORD_SCHEMES=[],
        SECURITY_PASSWORD_SINGLE_HASH=True,
        SECURITY_API_ENABLED_METHODS=["session"],
        SECURITY_FLASH_MESSAGES=False,
        WTF_CSRF_ENABLED=False,
    )
    accounts = AccountStore(sessions)
    Security(app, accounts, register_blueprint=False)
    return accounts


def reviewer() -> Account | None:
    """The account that is signed in, unless that was too long ago."""
    if not current_user.is_authenticated or time() - session.get("fs_paa", 0) > VISIT:
        return None
    return cast("Account", current_user._get_current_object())  # noqa: SLF001  # the way out of a proxy


def require_reviewer() -> ResponseReturnValue | None:
    """Redirect to sign-in without a visit, and to a new password with a one-time one.

    NotAllowed for an account without a role in moderation.
    """
    account = reviewer()
    if account is None:
        back = request.path if request.method == "GET" else url_for("review.queue")
        return redirect(url_for("auth.sign_in", next=back), HTTPStatus.SEE_OTHER)
    if not {REVIEWER, ADMIN} & {role.name for role in account.roles}:
        raise NotAllowed(f"account {account.id} has no role in moderation")
    if not account.own_password:
        return redirect(url_for("auth.password"), HTTPStatus.SEE_OTHER)
    return None


@bp.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    """The sign-in page, and its form."""
    after = local_path(request.values.get("next", url_for("review.queue")))
    if request.method == "GET":
        return render_template("sign_in.html", next=after, error=None)
    account = _authenticate(
        request.form.get("name", ""), request.form.get("password", "")
    )
    if account is None:
        fault = gettext("Wrong name or password.")
        page = render_template("sign_in.html", next=after, error=fault)
        return page, HTTPStatus.UNAUTHORIZED
    login_user(account)
    return redirect(after, HTTPStatus.SEE_OTHER)


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End every visit of this account, wherever it is signed in."""
    account = reviewer()
    if account is not None:
        logout_user()
        account.fs_uniquifier = token_hex(32)
        _accounts().put(account)
    return redirect(url_for("pages.index"), HTTPStatus.SEE_OTHER)


@bp.route("/password", methods=["GET", "POST"])
def password() -> ResponseReturnValue:
    """Replace the password; the one-time password opens nothing else."""
    account = reviewer()
    if account is None:
        return redirect(url_for("auth.sign_in"), HTTPStatus.SEE_OTHER)
    if request.method == "GET":
        return render_template("password.html", error=None, shortest=SHORTEST)
    new = request.form.get("new", "")
    if fault := _fault(account, new):
        page = render_template("password.html", error=fault, shortest=SHORTEST)
        return page, HTTPStatus.UNPROCESSABLE_ENTITY
    account.password = hash_password(_normalized(new))
    account.own_password = True
    account.fs_uniquifier = token_hex(32)
    _accounts().put(account)
    login_user(account)
    return redirect(url_for("review.queue"), HTTPStatus.SEE_OTHER)


def _authenticate(name: str, written: str) -> Account | None:
    """The active account of *name*, if the password is right; takes as long if not."""
    account = _accounts().find_user(username=name[:LONGEST])
    if account is None:
        hash_password(_normalized(written))
        return None
    right = account.verify_and_update_password(_normalized(written))
    return account if right and account.active else None


def _fault(account: Account, new: str) -> str | None:
    """The fault of the *new* password as a message, or None."""
    if not account.verify_and_update_password(_normalized(request.form.get("old", ""))):
        return gettext("The current password is wrong.")
    if not SHORTEST <= len(new) <= LONGEST:
        return gettext(
            "The new password must have at least %(n)s characters.", n=SHORTEST
        )
    if new != request.form.get("again", ""):
        return gettext("The two new passwords differ.")
    if new in {account.username, request.form.get("old", "")}:
        return gettext(
            "The new password must differ from the current one and from your name."
        )
    return None


def _normalized(written: str) -> str:
    """The *written* password in NFKD, alike from every keyboard, cut before hashing."""
    return normalize("NFKD", written[:LONGEST])


def _accounts() -> AccountStore:
    return cast("AccountStore", current_app.extensions["security"].datastore)
