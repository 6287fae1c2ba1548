"""Settings and language from the environment of the command."""

from vernissage import logs
from vernissage.cli.extras import demand_clients
from vernissage.messages import LANGUAGES
from vernissage.settings import Settings


def load_settings(*, level: str = "WARNING") -> Settings:
    """The settings in force; sets logging to *level* and above."""
    read = Settings.load()
    logs.configure(level, pretty=not read.log_json)
    demand_clients(read)
    return read


def language(wanted: str | None) -> str:
    """The language *wanted*, or the locale's if it is supported, or English."""
    from babel import default_locale

    spoken = wanted or (default_locale("LC_MESSAGES") or "en").partition("_")[0]
    return spoken if spoken in LANGUAGES else "en"
