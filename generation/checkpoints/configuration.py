"""The config.json beside every network's weights."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from generation.errors import WeightsError

Config = Mapping[str, Any]


def configuration(folder: Path, name: str = "config.json") -> Config:
    """What the JSON file *name* in *folder* says, or WeightsError."""
    file = folder / name
    try:
        config: Config = json.loads(file.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise WeightsError(f"{file} is missing: fetch it again") from error
    except ValueError as error:
        raise WeightsError(f"{file} is not JSON ({error}): fetch it again") from error
    if not isinstance(config, dict):
        raise WeightsError(f"{file} holds no JSON object: fetch it again")
    return config
