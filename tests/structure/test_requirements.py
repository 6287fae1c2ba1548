"""What is required is pinned, and what an extra is for is written down."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
EXTRAS = PYPROJECT["project"]["optional-dependencies"]
LISTS = {"core": PYPROJECT["project"]["dependencies"], **EXTRAS} | {
    f"group {name}": [line for line in lines if isinstance(line, str)]
    for name, lines in PYPROJECT["dependency-groups"].items()
}


def canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def pins():
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pinned = [line.split("==") for line in lines if not line.startswith("#")]
    return {canonical(name): version for name, version in pinned}


@pytest.mark.parametrize("name", LISTS)
def test_every_requirement_is_pinned_at_a_version_that_it_allows(name):
    requirements = [Requirement(line) for line in LISTS[name]]
    wanted = [r for r in requirements if canonical(r.name) != "vernissage"]

    wrong = [
        str(r)
        for r in wanted
        if not r.specifier.contains(pins().get(canonical(r.name), "0"))
    ]

    assert wrong == []


@pytest.mark.parametrize("extra", EXTRAS)
def test_every_extra_is_on_its_page(extra):
    assert f"`{extra}`" in (ROOT / "docs" / "installation.md").read_text("utf-8")


def test_the_extra_all_is_every_other():
    [everything] = map(Requirement, EXTRAS["all"])

    assert everything.extras == set(EXTRAS) - {"all"}
