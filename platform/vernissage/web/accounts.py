"""The people behind the desk: argon2, sessions, roles, and the first administrator."""

from secrets import token_hex, token_urlsafe
from typing import Any, Final

from argon2 import PasswordHasher
from flask import Flask
from flask_security import Security, UserDatastore
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from vernissage.db.accounts import role
from vernissage.models.accounts import ADMIN, Account, Role

ADMINISTRATOR: Final = "admin"


class People(UserDatastore):
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


def administrator(sessions: sessionmaker[Session]) -> tuple[str, str] | None:
    """Name and one-time password of the administrator; None once it was replaced.

    Until then each call makes a new password, for nobody can look up the old one.
    """
    with sessions.begin() as session:
        account = session.scalar(
            select(Account).where(Account.roles.any(Role.name == ADMIN))
        )
        if account is None:
            account = Account(username=ADMINISTRATOR, roles=[role(session, ADMIN)])
            session.add(account)
        elif account.own_password:
            return None
        password = token_urlsafe(12)
        account.password = PasswordHasher().hash(password)
        account.fs_uniquifier = token_hex(32)
        return account.username, password


def introduce(app: Flask, sessions: sessionmaker[Session]) -> People:
    """Let *app* know its people: argon2, no tokens, none of the library's pages."""
    app.config.update(
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_DEPRECATED_PASSWORD_SCHEMES=[],
        SECURITY_PASSWORD_SINGLE_HASH=True,
        SECURITY_API_ENABLED_METHODS=["session"],
        SECURITY_FLASH_MESSAGES=False,
        WTF_CSRF_ENABLED=False,
    )
    people = People(sessions)
    Security(app, people, register_blueprint=False)
    return people
