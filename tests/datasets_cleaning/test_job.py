import csv
import json
import tarfile
from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datasets_cleaning.job import Job, decisions
from datasets_cleaning.sinks import open_sink
from datasets_cleaning.sources import open_source
from datasets_cleaning.summary import Summary
from moderation import Category
from tests.datasets_cleaning.specimens import bomb, folder, png, tar
from tests.fakes import Blind

FILES = {
    "1.png": png("red"),
    "1.txt": "красное, «весёлое»\n и круглое".encode(),
    "1.json": b'{"url": "somewhere"}',
    "2.png": png("blue"),
    "3.txt": b"no picture",
    "4.png": b"no picture at all",
    "4.txt": b"broken",
    "5.png": bomb(),
    "5.txt": b"a bomb",
    "6.png": png("red"),
    "6.txt": b"the same picture again",
    "7.png": png("green"),
    "7.txt": b"blood",
    "8.png": png("black"),
    "8.txt": b"words " * 500,
    "9.png": png("white", (10, 10)),
    "9.txt": b"tiny",
}
DROPS = {
    "2": "caption_missing",
    "3": "image_missing",
    "4": "image_unreadable",
    "5": "image_unreadable",
    "6": "duplicate",
    "7": "caption:violence",
    "8": "caption_too_long",
    "9": "image_too_small",
}


@dataclass
class Reader:
    """Minds one word."""

    version: str = "reader@test"

    def scores(self, text, /):
        return {Category.VIOLENCE: 0.95 if "blood" in text else 0.0}


@dataclass
class Notes:
    drops: dict[str, str] = field(default_factory=dict)
    sums: Summary | None = None

    def dropped(self, key, drop):
        self.drops[key] = drop.reason

    def finished(self, summary):
        self.sums = summary


def cleaned(source, destination, filters):
    notes = Notes()
    with open_sink(destination, source) as sink:
        job = Job(source=open_source(source), filters=filters, sink=sink, log=notes)
        summary = job.run(lambda _: None)
    assert summary is notes.sums
    return notes


def tree(root):
    return {
        path.relative_to(root).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in root.rglob("*")
        if path.is_file()
    }


def members(path):
    with tarfile.open(path) as file:
        return [(info.name, _bytes(file.extractfile(info))) for info in file]


def _bytes(member):
    assert member is not None
    return member.read()


def test_every_record_of_a_folder_is_kept_or_dropped_for_one_reason(tmp_path, filters):
    source, out = folder(tmp_path / "in", FILES), tmp_path / "out"

    notes = cleaned(source, out, filters(text=Reader()))

    assert notes.drops == DROPS
    assert (notes.sums.seen, notes.sums.kept) == (9, 1)
    assert notes.sums.drops == Counter(DROPS.values())


def test_a_folder_keeps_its_bytes_on_either_side(tmp_path, filters):
    source, out = folder(tmp_path / "in", FILES), tmp_path / "out"
    before = tree(source)

    cleaned(source, out, filters(text=Reader()))

    written = tree(out)
    assert tree(source) == before
    assert {name for name in written if name.startswith("kept/")} == {
        "kept/1.png",
        "kept/1.txt",
        "kept/1.json",
    }
    for name, digest in before.items():
        reason = DROPS.get(name[0], "").replace(":", "-")
        side = f"dropped/{reason}" if reason else "kept"
        assert written.pop(f"{side}/{name}") == digest
    assert set(written) == {"kept.csv", "dropped.jsonl"}


def test_a_tar_keeps_its_bytes_on_either_side(tmp_path, filters):
    source, out = tar(tmp_path / "s.tar", FILES.items()), tmp_path / "out"

    cleaned(source, out, filters(text=Reader()))

    kept, dropped = members(out / "kept/s.tar"), members(out / "dropped/s.tar")
    assert kept == [(name, FILES[name]) for name in ("1.png", "1.txt", "1.json")]
    assert dict(kept + dropped) == FILES
    assert len(kept) + len(dropped) == len(FILES)


def test_the_lists_can_be_read_back(tmp_path, filters):
    source, out = folder(tmp_path / "in", FILES), tmp_path / "out"

    cleaned(source, out, filters(text=Reader()))

    with (out / "kept.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.DictReader(file)) == [
            {"image_name": "kept/1.png", "caption": "красное, «весёлое»\n и круглое"}
        ]
    lines = (out / "dropped.jsonl").read_text("utf-8").splitlines()
    assert {line["key"]: line["reason"] for line in map(json.loads, lines)} == DROPS


@pytest.mark.parametrize("kind", ["folder", "tar"])
def test_the_same_source_gives_the_same_bytes(tmp_path, filters, kind):
    source = (
        folder(tmp_path / "in", FILES)
        if kind == "folder"
        else tar(tmp_path / "s.tar", FILES.items())
    )

    for out in ("first", "second"):
        cleaned(source, tmp_path / out, filters(text=Reader()))

    assert tree(tmp_path / "first") == tree(tmp_path / "second")


def test_the_rest_of_a_torn_tar_is_kept_for_those_who_want_to_look(tmp_path, filters):
    source, out = tar(tmp_path / "s.tar", FILES.items()), tmp_path / "out"
    source.write_bytes(source.read_bytes()[:3000])

    notes = cleaned(source, out, filters(text=Reader()))

    assert notes.sums.kept == 1
    assert list(notes.drops.values()).count("structure:cut_short") == 1


def test_nothing_is_written_outside_the_destination(tmp_path, filters):
    names = ["../escaped.png", "/tmp/escaped.png", "a/../../escaped.png"]  # noqa: S108
    source = tar(tmp_path / "s.tar", [(name, png()) for name in names])
    out = tmp_path / "out"

    notes = cleaned(source, out, filters())

    assert set(notes.drops.values()) == {"structure:unsafe_name"}
    assert set(tmp_path.iterdir()) == {source, out}
    assert {name.split("/")[0] for name, _ in members(out / "dropped/s.tar")} == {
        "faulty"
    }


def test_what_no_judge_could_judge_is_not_kept(tmp_path, filters):
    source = folder(tmp_path / "in", {"1.png": png(), "1.txt": b"a lake"})

    notes = cleaned(source, tmp_path / "out", filters(image=Blind()))

    assert notes.drops == {"1": "not_judged"}


def test_a_filter_that_breaks_costs_one_record_and_not_the_job(tmp_path):
    def broken(record):
        raise ZeroDivisionError

    source = folder(tmp_path, {"1.png": png(), "1.txt": b"a lake"})

    [decision] = decisions(open_source(source), [broken])

    assert decision.drop
    assert decision.drop.reason == "not_judged"
    assert "ZeroDivisionError" in decision.drop.detail


def test_a_job_that_is_stopped_leaves_no_tar_that_looks_whole(tmp_path, filters):
    source = tar(tmp_path / "s.tar", FILES.items())

    def stop(summary):
        raise KeyboardInterrupt

    with (
        pytest.raises(KeyboardInterrupt),
        open_sink(tmp_path / "out", source) as sink,
    ):
        Job(source=open_source(source), filters=filters(), sink=sink, log=Notes()).run(
            stop
        )

    assert not (tmp_path / "out/kept/s.tar").exists()


KEYS = st.sampled_from(["1", "2", "3", "a/1", ".."])
ENDINGS = st.sampled_from([".png", ".jpg", ".txt", ".json", ".pkl", ""])
CONTENTS = st.sampled_from([png(), b"a lake", b"blood", b"", b"\xff"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    content=st.lists(st.tuples(KEYS, ENDINGS, CONTENTS), max_size=8),
    cut=st.integers(0, 3000),
)
def test_kept_and_dropped_together_are_what_was_seen(
    tmp_path_factory, filters, content, cut
):
    root = tmp_path_factory.mktemp("law")
    source = tar(root / "s.tar", [(key + end, data) for key, end, data in content])
    source.write_bytes(source.read_bytes()[: 10_240 - cut])

    notes = cleaned(source, root / "out", filters(text=Reader()))

    assert notes.sums.seen == len(open_source(source))
    assert notes.sums.kept + len(notes.drops) == notes.sums.seen
