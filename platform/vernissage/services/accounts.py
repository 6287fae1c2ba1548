"""Accounts: the first administrator and the one-time password."""

from secrets import token_hex, token_urlsafe
from typing import Final

from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from vernissage.db.accounts import role
from vernissage.models.accounts import ADMIN, Account, Role

ADMINISTRATOR: Final = "admin"


def ensure_administrator(sessions: sessionmaker[Session]) -> tuple[str, str] | None:
    """The administrator's name and one-time password; None once that was replaced.

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
