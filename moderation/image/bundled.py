"""The heads that ship with the package; they fit the bundled model's CLIP alone."""

from importlib.resources import as_file, files

from moderation.image.heads import Heads


def bundled_heads() -> Heads:
    """The bundled heads, or ClassifierUnavailable."""
    with as_file(files("moderation") / "weights/heads-mini.safetensors") as path:
        return Heads.load(path)
