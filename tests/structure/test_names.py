"""Retired names stay out of file names and identifiers."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = (
    "platform/vernissage",
    "moderation",
    "generation",
    "datasets_cleaning",
    "torch_runtime",
    "bench",
)

RETIRED = {
    "hang": "pictures are published",
    "hanger": "Publisher",
    "easel": "a form, a claimed artwork, a latent layout: three things, three names",
    "sitting": "Batch",
    "placard": "ArtworkView",
    "atelier": "the workers of one process",
    "doorbell": "WorkNotifier",
    "foreman": "RunLoop",
    "imagination": "prior_pipeline",
    "imagined": "PriorOutput",
    "arbiter": "AppealService",
    "overseer": "CleaningService",
    "enlister": "HashListService",
    "lifecycle": "states",
    "assembly": "bootstrap",
    "listening": "prompt_adherence",
    "exhibits": "holdout",
    "inquiry": "model_calls",
}
"""Words that named something by a metaphor, or several things at once."""


def names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.ClassDef():
                yield node.name
            case ast.Name():
                yield node.id
            case ast.Attribute():
                yield node.attr
            case ast.arg():
                yield node.arg


def parts(name: str) -> list[str]:
    """The words of a name in snake_case or CamelCase, in lower case."""
    found = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)
    return [part.lower() for part in found]


@pytest.mark.parametrize("package", PACKAGES)
def test_no_retired_word_names_anything(package):
    found = []
    for file in sorted((ROOT / package).rglob("*.py")):
        tree = ast.parse(file.read_text("utf-8"))
        for name in (file.stem, *names(tree)):
            found += [(file.name, name) for part in parts(name) if part in RETIRED]

    assert sorted(set(found)) == []
