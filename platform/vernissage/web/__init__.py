"""The web application: public pages, JSON API and review pages."""

from vernissage.web.app import create_app

__all__ = ["create_app"]
