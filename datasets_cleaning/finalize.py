"""Final verdicts over a whole data set: overrides by people, and duplicates.

Safety comes first, then duplicates, so that no copy that looks harmless takes the place
of a picture that was dropped. The same ledgers and overrides give the same verdicts.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import numpy as np
from numpy.typing import NDArray

from datasets_cleaning.destination import Destination, atomic_write, digest
from datasets_cleaning.duplicates.dedup import Deduplicator
from datasets_cleaning.ledger import Ledger
from datasets_cleaning.manifest import (
    CODE_VERSION,
    Manifest,
    files_exist,
    matches_inputs,
    read,
    write,
)
from datasets_cleaning.overrides import Overrides, overridden
from datasets_cleaning.plan import Plan
from datasets_cleaning.protocols import Codes
from datasets_cleaning.reasons import FAULTS
from datasets_cleaning.shard_judging import save_array, tally
from datasets_cleaning.verdicts import decide, reasons

IRREVOCABLE: Final = frozenset({*FAULTS, "image_unreadable", "listed"})
"""Reasons that no person can overrule: nothing to keep, or nothing one may keep."""

UNSAFE: Final = ("listed", "override", "caption:", "image:", "joint:")
"""Beginnings of the reasons for which all copies of a picture go with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finalizer:
    """Makes the final verdicts of *plan* and *overrides* on what lies in *to*."""

    plan: Plan
    overrides: Overrides
    to: Destination

    def finalize(self, judged: Mapping[int, Manifest]) -> Manifest:
        """Write the verdicts on the *judged* shards, unless they are there already.

        The manifest's "tallies" count the final reasons, its "shards" tell the SHA-256
        of the verdicts on each.
        """
        inputs = {"inputs": self._inputs(judged), "code_version": CODE_VERSION}
        before = read(self.to.final_manifest)
        if before and matches_inputs(before, inputs) and files_exist(before, self.to):
            return before
        codes = self._codes(judged)
        for number, own in codes.items():
            save_array(self.to.verdicts(number), own)
        self._write_dropped(judged, codes)
        everything = np.concatenate([np.empty(0, np.uint8), *codes.values()])
        paths = [*map(self.to.verdicts, codes), self.to.dropped, self.to.duplicates]
        manifest = {
            **inputs,
            "count": len(everything),
            "overrides": len(self.overrides),
            "tallies": tally(everything, self.plan.filters),
            "files": {self.to.relative(path): digest(path) for path in paths},
        }
        write(self.to.final_manifest, manifest)
        return manifest

    def _inputs(self, judged: Mapping[int, Manifest]) -> str:
        """A digest of the verdicts' inputs."""
        files = {number: manifest["files"] for number, manifest in judged.items()}
        overrides = sorted((uid.hex(), kept) for uid, kept in self.overrides.items())
        text = json.dumps([self.plan.sha256, files, overrides], sort_keys=True)
        return sha256(text.encode()).hexdigest()

    def _codes(self, judged: Mapping[int, Manifest]) -> dict[int, Codes]:
        """The final verdicts on each shard."""
        names = ("", *reasons(self.plan.filters))
        unsafe = np.array([name.startswith(UNSAFE) for name in names])
        copies = Deduplicator(settings=self.plan.duplicates, to=self.to)
        codes: dict[int, Codes] = {}
        for number in judged:
            ledger = Ledger.read(self.to.ledger(number))
            wanted, unwanted = overridden(ledger.table.column("uid"), self.overrides)
            own = decide(ledger, self.plan.filters)
            codes[number] = own = _overruled(own, names, wanted, unwanted)
            copies.add(number, ledger, kept=own == 0, unsafe=unsafe[own], wanted=wanted)
        for number, rows, reason in copies.dropped():
            codes[number][rows] = names.index(reason)
        return codes

    def _write_dropped(
        self, judged: Mapping[int, Manifest], codes: Mapping[int, Codes]
    ) -> None:
        names = ("", *reasons(self.plan.filters))
        with (
            atomic_write(self.to.dropped) as path,
            path.open("w", encoding="utf-8") as file,
        ):
            for number, own in codes.items():
                columns = ["key", "uid"]
                ledger = Ledger.read(self.to.ledger(number), columns)
                rows = np.flatnonzero(own)
                for row, (key, uid) in zip(rows, _pairs(ledger, rows), strict=True):
                    line = {
                        "shard": judged[number]["name"],
                        "key": key,
                        "uid": uid.hex(),
                        "reason": names[own[row]],
                    }
                    file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _overruled(
    codes: Codes,
    names: Sequence[str],
    wanted: NDArray[np.bool_],
    unwanted: NDArray[np.bool_],
) -> Codes:
    """*codes* as people have changed them."""
    final = np.array([name in IRREVOCABLE for name in names])[codes]
    codes = np.where(wanted & ~final, 0, codes)
    codes = np.where(unwanted & ~final, names.index("override"), codes)
    return codes.astype(np.uint8)


def _pairs(ledger: Ledger, rows: NDArray[np.intp]) -> Iterator[tuple[str, bytes]]:
    table = ledger.table.take(rows)
    return zip(table["key"].to_pylist(), table["uid"].to_pylist(), strict=True)
