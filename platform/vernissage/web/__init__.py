"""HTTP: the house's front door, and the desk behind it."""

from vernissage.web.app import create_app

__all__ = ["create_app"]
