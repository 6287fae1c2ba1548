"""Tars of pairs, and what is found in them."""

import tarfile
from io import BytesIO

from datasets_cleaning.reasons import FAULTS
from datasets_cleaning.sources import Columns, open_source

PAIRS = [("1.png", b"P" * 600), ("1.txt", b"one"), ("2.png", b"Q"), ("2.txt", b"two")]


def read(path, **columns):
    """Every pair of a tar, with its picture read."""
    [shard] = open_source(str(path), columns=Columns(**columns)).shards()
    with shard.open() as pairs:
        return [(pair, pair.image and pair.image.read()) for pair in pairs]


def faults(path, **columns):
    found = {p.key: p.fault and p.fault.reason for p, _ in read(path, **columns)}
    assert set(found.values()) <= {None, *FAULTS}
    return found


def special(path, kind, *, name="1.png", size=0, link=""):
    member = tarfile.TarInfo(name)
    member.type, member.size, member.linkname = kind, size, link
    with tarfile.open(path, "w") as file:
        file.addfile(member, BytesIO(bytes(size)))
    return path
