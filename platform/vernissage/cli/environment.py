"""What the caller's surroundings say: settings and language."""

from vernissage import logs
from vernissage.cli.extras import demand_clients
from vernissage.messages import LANGUAGES
from vernissage.settings import Settings


def load_settings(*, level: str = "WARNING") -> Settings:
    """The settings in force; from here on what is below *level* is not logged."""
    read = Settings.load()
    logs.configure(level, pretty=not read.log_json)
    demand_clients(read)
    return read


def language(wanted: str | None) -> str:
    """The language *wanted*, or the locale's where we speak it, or English."""
    from babel import default_locale

    spoken = wanted or (default_locale("LC_MESSAGES") or "en").partition("_")[0]
    return spoken if spoken in LANGUAGES else "en"
