"""Accounts of reviewers and administrators, and their roles."""

from secrets import token_hex

from flask_security import RoleMixin, UserMixin
from sqlalchemy import Column, ForeignKey, String, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vernissage.models.columns import Base

REVIEWER = "reviewer"


ADMIN = "admin"


memberships = Table(
    "memberships",
    Base.metadata,
    Column("account_id", ForeignKey("accounts.id"), primary_key=True),
    Column("role_id", ForeignKey("roles.id"), primary_key=True),
)


class Role(Base, RoleMixin):
    """The rights of an account: ``reviewer`` or ``admin``."""

    __tablename__ = "roles"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(16), unique=True)


class Account(Base, UserMixin):
    """A person who signs in.

    *fs_uniquifier* stands in the signed cookie; a new one ends every visit. An account
    without its own password still has the one-time password that it was made with.
    """

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    password: Mapped[str] = mapped_column(String(255))
    own_password: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(
        String(64), unique=True, default=lambda: token_hex(32)
    )
    roles: Mapped[list[Role]] = relationship(  # type: ignore[assignment]  # a narrower list
        secondary=memberships, lazy="selectin"
    )
