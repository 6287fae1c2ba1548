"""Models as people and programs read of them."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from huggingface_hub import constants

from generation.checkpoints.weights import Model, model_at, models_below
from vernissage.bootstrap import components
from vernissage.cli.health_checks import Mark
from vernissage.settings import Settings


def known_models(settings: Settings) -> list[Model]:
    """The bundled model, what *settings* name, and what the hub's cache holds."""
    bundled = settings.model_copy(update={"weights": None})
    found = [
        model_at(components.weights(bundled)),
        model_at(components.weights(settings)),
    ]
    for folder in (settings.weights, Path(constants.HF_HUB_CACHE)):
        if folder is not None and folder.is_dir():
            found += models_below(folder)
    return list({model.path: model for model in found}.values())


def described(model: Model) -> dict[str, Any]:
    """*model* for programs."""
    return asdict(model) | {"path": str(model.path)}


def told(model: Model) -> str:
    """*model* in a line for people."""
    if model.problem:
        return f"{Mark.FAIL:<5}{model.name:<18}{model.problem}"
    inpaints = " with inpainting" if model.inpaints else ""
    return f"{Mark.OK:<5}{model.name:<18}{model.family}{inpaints}, {model.path}"
