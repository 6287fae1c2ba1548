"""The accounts of reviewers and administrators."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from vernissage.models.accounts import Role


def role(session: Session, name: str) -> Role:
    """The role called *name*, made when there is none yet."""
    found = session.scalar(select(Role).where(Role.name == name))
    return found or Role(name=name)
