"""HTTP: the site, its API and the pages of Moderation."""

from vernissage.web.app import create_app

__all__ = ["create_app"]
