"""The gates are listed once, in `moderation.verdict`."""

import ast
from itertools import chain
from pathlib import Path

from moderation import Gate, PolicyTable

ROOT = Path(__file__).parents[2]
PACKAGES = ["platform/vernissage", "moderation", "datasets_cleaning"]
TELLING = {*Gate} - {*PolicyTable}
"""The names that gates alone have; those of a policy's tables have more meanings."""


def listed(source: str) -> list[set[str]]:
    """The gates in each list, tuple, set or table that *source* spells out."""
    displays = (
        node.keys if isinstance(node, ast.Dict) else node.elts
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Dict | ast.List | ast.Tuple | ast.Set)
    )
    found = (
        {str(x.value) for x in items if isinstance(x, ast.Constant)} & {*Gate}
        for items in displays
    )
    return [gates for gates in found if len(gates) > 1 and gates & TELLING]


def test_no_module_spells_out_a_list_of_gates():
    files = chain(*((ROOT / package).rglob("*.py") for package in PACKAGES))

    found = {str(path): listed(path.read_text("utf-8")) for path in files}

    assert {path: gates for path, gates in found.items() if gates} == {}


def test_a_list_of_gates_is_noticed():
    assert listed('GATES = {"prompt": 1, "screening": 2}') == [{"prompt", "screening"}]
    assert listed('TABLES = ["prompt", "embedding"]') == []
