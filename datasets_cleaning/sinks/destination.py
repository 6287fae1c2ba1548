"""The folder for the results: nothing in it is ever overwritten."""

from pathlib import Path

from datasets_cleaning.errors import DestinationError


def prepare(destination: Path, source: Path) -> None:
    """Make *destination* an empty folder outside *source*, or raise."""
    if destination.resolve().is_relative_to(source.resolve()):
        raise DestinationError(f"{destination} is inside the source {source}")
    try:
        destination.mkdir(parents=True, exist_ok=True)
        if any(destination.iterdir()):
            raise DestinationError(f"{destination} is not empty: give a new folder")
    except OSError as error:
        raise DestinationError(f"cannot write to {destination}: {error}") from error
