from collections.abc import Mapping, Sequence
from typing import Any

from datasets_cleaning.ledger import ONE, Ledger
from tests.datasets_cleaning.ledgers import ledger

FOUND: Mapping[str, Sequence[Any]] = {
    "fault": [None, "structure:link", None],
    "language": ["en", None, "ru"],
    "decoded": [True, None, False],
    "blur": [0.5, None, 1e6],
    "width": [1, None, 2**32 - 1],
    "caption_hate": [0, None, ONE],
}


def test_what_is_written_is_read_back(tmp_path):
    table = ledger(**FOUND).table

    Ledger(table).write(tmp_path / "l.parquet")

    assert Ledger.read(tmp_path / "l.parquet").table.equals(table)


def test_the_same_rows_give_the_same_bytes(tmp_path):
    for name in ("1", "2"):
        ledger(**FOUND).write(tmp_path / name)

    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()
