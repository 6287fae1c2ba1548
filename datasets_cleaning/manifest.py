"""Manifest: the files made of one shard and their inputs, which make it count.

A shard is done if its manifest names the very inputs that it would have now. Anything
else (another picture in it, another plan, other weights, a newer rule) is done again.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from datasets_cleaning.destination import Destination, atomic_write

CODE_VERSION: Final = 2
"""Grows when the same inputs would give another ledger or other kept files."""

Manifest = Mapping[str, Any]


def read(path: Path) -> Manifest | None:
    """The manifest in *path*; None where there is no whole one."""
    try:
        content = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, UnicodeDecodeError, json.JSONDecodeError):
        return None
    return content if isinstance(content, dict) else None


def write(path: Path, manifest: Manifest) -> None:
    """Write *manifest* to *path*, whole; the same content gives the same bytes."""
    with atomic_write(path) as unfinished:
        text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True)
        unfinished.write_text(text + "\n", "utf-8")


def matches_inputs(manifest: Manifest | None, inputs: Mapping[str, Any]) -> bool:
    """True if *manifest* is there and has these very *inputs*."""
    return manifest is not None and all(
        manifest.get(name) == value for name, value in inputs.items()
    )


def files_exist(manifest: Manifest, to: Destination) -> bool:
    """True if every file that *manifest* names is still there."""
    return all((to.root / name).is_file() for name in manifest["files"])


def judging_inputs(
    *, name: str, fingerprint: str, basis: Mapping[str, Any]
) -> dict[str, Any]:
    """Inputs of a ledger: its shard, and the *basis* that all have in common."""
    return {
        "name": name,
        "fingerprint": fingerprint,
        "code_version": CODE_VERSION,
        **basis,
    }


def writing_inputs(*, judged: Manifest, verdicts: str) -> dict[str, Any]:
    """Inputs of the kept files: the *judged* manifest, the *verdicts*' SHA-256."""
    return {
        "name": judged["name"],
        "fingerprint": judged["fingerprint"],
        "verdicts": verdicts,
        "code_version": CODE_VERSION,
    }
