"""Audit of the kept pairs: a person looks at a random sample of them.

The sample is drawn by uid, so that the same job and seed give the same one, whatever
engine it ran on; its first rows alone are a random sample, too.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from datasets_cleaning.destination import atomic_write
from datasets_cleaning.errors import DestinationError
from datasets_cleaning.intervals import Share
from datasets_cleaning.job_state import FinalVerdicts
from datasets_cleaning.ledger import Ledger
from datasets_cleaning.pair import UID_BYTES

NAME: Final = "audit.csv"
FIELDS: Final = ("key", "uid", "shard", "row", "verdict")
OK: Final = "ok"
MISS: Final = "miss"

_Drawn = tuple[int, int, int, str, bytes]
"""The lot of a uid, the number of its shard, its row, its key and the uid itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """Result of a sample: *misses* of those looked at, among *kept* pairs.

    *open* are those of the sample not looked at yet, *gone* those that are not
    kept any more.
    """

    misses: Share
    kept: int
    open: int
    gone: int

    def facts(self) -> dict[str, Any]:
        """All facts, for a file."""
        low, high = self.misses.interval
        return {
            "kept": self.kept,
            "looked_at": self.misses.of,
            "misses": self.misses.count,
            "share": round(self.misses.value, 6),
            "interval": [round(low, 6), round(high, 6)],
            "open": self.open,
            "gone": self.gone,
        }


def draw(folder: Path, *, count: int, seed: int = 0) -> Path:
    """Write *count* random kept pairs of the job in *folder* to its `audit.csv`.

    Their column "verdict" is for a person to fill in, with `OK` or `MISS`; each pair is
    there once. DestinationError if somebody has begun to do so.
    """
    final = FinalVerdicts.read(folder)
    path = folder / NAME
    if path.exists() and any(row["verdict"] for _, row in _rows(path)):
        raise DestinationError(f"{path} has verdicts already: move it away first")
    drawn: list[_Drawn] = []
    for number, ledger, codes in final.ledgers(["key", "uid"]):
        drawn += _drawn_from(number, ledger, codes == 0, count, seed)
        drawn = sorted({each[4]: each for each in sorted(drawn)[::-1]}.values())[:count]
    names = final.job.names
    with (
        atomic_write(path) as unfinished,
        unfinished.open("w", encoding="utf-8") as file,
    ):
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(FIELDS)
        writer.writerows(
            (key, uid.hex(), names[number], row, "")
            for _, number, row, key, uid in drawn
        )
    return path


def estimate(final: FinalVerdicts) -> Audit | None:
    """The audit in `audit.csv` beside the *final* verdicts; None where there is none.

    DestinationError names a row that can't be understood.
    """
    path = final.job.to.root / NAME
    if not path.exists():
        return None
    verdict_of = {_uid(path, line, row): row["verdict"] for line, row in _rows(path)}
    uids = pa.array(verdict_of, pa.binary(UID_BYTES))
    kept, there = 0, set[bytes]()
    for _, ledger, codes in final.ledgers(["uid"]):
        own = ledger.table.filter(pa.array(codes == 0))["uid"]
        kept += len(own)
        there.update(_among(own, uids))
    answers = [verdict_of[uid] for uid in there]
    looked = len(answers) - answers.count("")
    return Audit(
        misses=Share(answers.count(MISS), looked),
        kept=kept,
        open=answers.count(""),
        gone=len(verdict_of) - len(there),
    )


def _among(uids: pa.ChunkedArray, drawn: pa.Array) -> Iterable[bytes]:
    found: list[bytes] = uids.filter(pc.is_in(uids, drawn)).to_pylist()
    return found


def _drawn_from(
    number: int, ledger: Ledger, kept: NDArray[np.bool_], count: int, seed: int
) -> Iterator[_Drawn]:
    """The *count* of a shard's *kept* pairs that drew the lowest lots."""
    rows = np.flatnonzero(kept)
    if not len(rows):
        return
    own = ledger.table.take(rows)
    lots = _lots(own["uid"], seed)
    # the same pair again has drawn the same number
    for place in np.unique(lots, return_index=True)[1][:count].tolist():
        key, uid = own["key"][place].as_py(), own["uid"][place].as_py()
        yield int(lots[place]), number, int(rows[place]), key, uid


def _lots(uids: pa.ChunkedArray, seed: int) -> NDArray[np.uint64]:
    """A random lot for each of *uids*, which are digests [n]."""
    octets = np.frombuffer(b"".join(uids.to_pylist()), "<u8").reshape(-1, 2)
    salt = np.frombuffer(sha256(f"audit {seed}".encode()).digest()[:16], "<u8")
    lots = octets[:, 0] ^ salt[0]
    # splitmix64 (Steele et al. 2014): nearby seeds give unrelated samples
    lots = (lots ^ (lots >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    lots = (lots ^ (lots >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(lots ^ (lots >> np.uint64(31)) ^ octets[:, 1] ^ salt[1])


def _rows(path: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Each row with its line; verdicts without white space and in lower case."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if not {"uid", "verdict"} <= set(reader.fieldnames or ()):
                raise DestinationError(f"{path} has no columns uid and verdict")
            for row in reader:
                verdict = (row["verdict"] or "").strip().lower()
                if verdict not in {OK, MISS, ""}:
                    raise DestinationError(
                        f"{path}, line {reader.line_num}: a verdict is {OK}, {MISS} or"
                        f" nothing yet, got {verdict!r}"
                    )
                yield reader.line_num, {**row, "verdict": verdict}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DestinationError(f"cannot read {path}: {error}") from error


def _uid(path: Path, line: int, row: Mapping[str, str]) -> bytes:
    try:
        uid = bytes.fromhex(row["uid"] or "")
    except ValueError:
        uid = b""
    if len(uid) != UID_BYTES:
        raise DestinationError(f"{path}, line {line}: no uid, got {row['uid']!r}")
    return uid
