"""Writing what is kept of one shard: original bytes in, original bytes out."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import numpy as np

from datasets_cleaning.destination import Destination, digest
from datasets_cleaning.errors import SourceError
from datasets_cleaning.kept_files import files_of, write_files, write_rows, write_tar
from datasets_cleaning.ledger import Ledger
from datasets_cleaning.manifest import Manifest, read, writing_inputs
from datasets_cleaning.manifest import write as write_manifest
from datasets_cleaning.pair import Pair, uid
from datasets_cleaning.protocols import Shard, SourceFormat


def write_shard(
    shard: Shard, *, source_format: SourceFormat, to: Destination
) -> Manifest:
    """Write the pairs of *shard* with the verdict 0, their rows, and the manifest last.

    Of a tar a tar is made, of anything else single files. What a table's addresses no
    longer give as it was judged is left out, and told of. SourceError when the shard
    is not the one that was judged.
    """
    started = perf_counter()
    judged = read(to.judged(shard.number)) or {}
    codes = np.load(to.verdicts(shard.number))
    with shard.open() as pairs:
        if shard.fingerprint() != judged.get("fingerprint") or len(pairs) != len(codes):
            raise SourceError(f"{shard.name} changed since it was judged: run again")
        rows: list[int] = np.flatnonzero(codes == 0).tolist()
        kept = [pairs[row] for row in rows]
        problems: list[str] = []
        if source_format is SourceFormat.TABLE:
            uids = Ledger.read(to.ledger(shard.number), ["uid"]).table["uid"]
            known = uids.take(rows).to_pylist()
            kept = list(_unchanged(kept, known, problems))
        files = [
            *_write_kept(shard.name, kept, source_format, to),
            to.rows(shard.number),
        ]
        size = sum(pair.image.size for pair in kept if pair.image)
        write_rows(to.rows(shard.number), _rows(kept, source_format))
    manifest = {
        **writing_inputs(judged=judged, verdicts=digest(to.verdicts(shard.number))),
        "number": shard.number,
        "count": len(kept),
        "bytes": size,
        "files": {to.relative(path): digest(path) for path in files},
        "problems": problems,
        "seconds": {"all": perf_counter() - started},
    }
    write_manifest(to.written(shard.number), manifest)
    return manifest


def _write_kept(
    name: str, pairs: Sequence[Pair], source_format: SourceFormat, to: Destination
) -> list[Path]:
    """Write the files of *pairs*; say which were made, each once."""
    if source_format is SourceFormat.TARS:
        path = to.kept / name
        if pairs:
            write_tar(path, pairs)
        return [path] if pairs else []
    if source_format is SourceFormat.TABLE:
        # A picture may have several captions: they stand in the list alone.
        pairs = [replace(pair, caption=None) for pair in pairs]
    write_files(to.kept, pairs)
    names = dict.fromkeys(blob.name for pair in pairs for blob in files_of(pair))
    return [to.kept / name for name in names]


def _rows(
    pairs: Sequence[Pair], source_format: SourceFormat
) -> Iterator[tuple[str, str]]:
    """The rows of *pairs* in `kept.csv`: a path below its folder, or within a tar."""
    before = "" if source_format is SourceFormat.TARS else "kept/"
    for pair in pairs:
        if pair.image:
            yield f"{before}{pair.image.name}", pair.caption or ""


def _unchanged(
    pairs: Sequence[Pair], uids: Sequence[bytes], problems: list[str]
) -> Iterator[Pair]:
    """The *pairs* that still have the *uids* that they were judged by."""
    for pair, known in zip(pairs, uids, strict=True):
        image = pair.image
        if image and uid(image.read(), pair.caption or "") == known:
            yield pair
        else:
            problems.append(f"{pair.key}: its picture is no longer what was judged")
