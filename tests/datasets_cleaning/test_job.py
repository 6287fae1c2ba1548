import json
import tarfile

import pyarrow.parquet as pq
import pytest

from datasets_cleaning.destination import Destination
from datasets_cleaning.errors import DestinationError, SourceError
from datasets_cleaning.ledger import Ledger
from datasets_cleaning.plan_file import Duplicates
from datasets_cleaning.protocols import Task
from datasets_cleaning.summary import DONE, NOTHING, PARTLY
from moderation.errors import ClassifierUnavailable
from tests.datasets_cleaning.jobs import (
    RecordingJournal,
    ToyPlan,
    cleaned,
    reasons,
    tree,
)
from tests.datasets_cleaning.specimens import jpeg, tar
from tests.datasets_cleaning.toys import shards

CAPTIONS = (
    ("fine", "fine", "bad", "doubtful"),
    ("fine=0", "fine", "broken"),
    ("fine=2", "fine"),
)
DROPS = {
    "00002": "image:hate",
    "00003": "image_review:hate",
    "00004": "duplicate:exact",
    "00006": "not_judged",
    "00007": "duplicate:of_dropped",
}


@pytest.fixture
def source(tmp_path):
    return shards(tmp_path / "in", CAPTIONS)


def uids_of(out, number):
    return [row["uid"] for row in Ledger.read(Destination(out).ledger(number)).rows()]


def members(path):
    with tarfile.open(path) as file:
        return file.getnames()


def test_every_pair_is_kept_or_dropped_for_one_reason(source, tmp_path):
    summary = cleaned(source, tmp_path / "out")

    assert summary.exit_code == DONE
    assert reasons(tmp_path / "out") == DROPS
    assert (summary.pairs, summary.kept, summary.written) == (9, 4, 3)


def test_kept_pairs_keep_their_bytes_and_are_listed_for_the_trainers(source, tmp_path):
    out = tmp_path / "out"

    cleaned(source, out)

    assert members(out / "kept/00000.tar") == [
        "00000.jpg",
        "00000.txt",
        "00001.jpg",
        "00001.txt",
    ]
    with tarfile.open(out / "kept/00000.tar") as file:
        member = file.extractfile("00000.jpg")
        assert member
        assert member.read() == jpeg(0)
    rows = (out / "kept.csv").read_text("utf-8").splitlines()
    assert rows[:2] == ["image_name,caption", "00000.jpg,fine 0"]
    assert len(rows) == 5


def test_unless_asked_to_nothing_is_written(source, tmp_path):
    summary = cleaned(source, tmp_path / "out", write=False)

    assert summary.written is None
    assert not (tmp_path / "out/kept").exists()
    assert reasons(tmp_path / "out") == DROPS


def test_what_breaks_a_measure_costs_itself_and_is_told_of(source, tmp_path):
    notes = RecordingJournal()

    cleaned(source, tmp_path / "out", journal=notes)

    [problem] = notes.manifests[1]["problems"]
    assert problem.startswith("00006: mood score: ZeroDivisionError at toys.py:")
    assert notes.sums["problems"] == 1


def test_a_pair_that_is_dropped_is_measured_no_further(tmp_path):
    source = tmp_path / "in"
    source.mkdir()
    tar(source / "0.tar", [("1.jpg", jpeg(1, side=16)), ("1.txt", b"bad")])

    cleaned(source, tmp_path / "out")

    ledger = Ledger.read(Destination(tmp_path / "out").ledger(0))
    assert reasons(tmp_path / "out") == {"1": "image_too_small"}
    assert not ledger.known("mood").any()


def test_nothing_is_done_twice(source, tmp_path):
    first: list[Task] = []
    second: list[Task] = []

    cleaned(source, tmp_path / "out", tasks_run=first)
    before = tree(tmp_path / "out")
    summary = cleaned(source, tmp_path / "out", tasks_run=second)

    assert (len(first), second) == (6, [])
    assert (summary.judged, summary.fresh, summary.kept) == (3, 0, 4)
    assert tree(tmp_path / "out") == before


def test_a_shard_that_changed_is_judged_again_and_said_to_have(source, tmp_path):
    tasks_run: list[Task] = []
    cleaned(source, tmp_path / "out")
    tar(source / "00002.tar", [("new.jpg", jpeg(99)), ("new.txt", b"fine")])

    summary = cleaned(source, tmp_path / "out", tasks_run=tasks_run)

    assert summary.changed == ("00002.tar",)
    assert [(task.phase, task.number) for task in tasks_run] == [
        ("judge", 2),
        ("write", 2),
    ]
    assert members(tmp_path / "out/kept/00002.tar") == ["new.jpg", "new.txt"]


def test_a_shard_that_is_gone_is_named(source, tmp_path):
    cleaned(source, tmp_path / "out")
    (source / "00001.tar").unlink()

    with pytest.raises(SourceError, match=r"00001\.tar"):
        cleaned(source, tmp_path / "out")


def test_a_shard_that_cannot_be_read_costs_itself(source, tmp_path):
    (source / "00001.tar").write_bytes(b"no tar" * 200)
    tasks_run: list[Task] = []
    notes = RecordingJournal()

    summary = cleaned(source, tmp_path / "out", tasks_run=tasks_run, journal=notes)

    assert summary.exit_code == PARTLY
    assert list(summary.failed) == ["00001.tar"]
    assert "00001.tar" in notes.failures[1]
    assert [task.attempt for task in tasks_run if task.number == 1] == [1, 2, 3]
    assert summary.pairs == 6


def test_a_job_of_which_nothing_can_be_read_has_done_nothing(tmp_path):
    source = tmp_path / "in"
    source.mkdir()
    (source / "0.tar").write_bytes(b"no tar" * 200)

    assert cleaned(source, tmp_path / "out").exit_code == NOTHING


def test_a_torn_shard_makes_a_job_partly_done(source, tmp_path):
    torn = source / "00000.tar"
    torn.write_bytes(torn.read_bytes()[:6000])

    summary = cleaned(source, tmp_path / "out")

    assert (summary.exit_code, summary.damaged) == (PARTLY, ("00000.tar",))


def test_the_folder_of_another_plan_is_refused(source, tmp_path):
    cleaned(source, tmp_path / "out")

    with pytest.raises(DestinationError, match="another plan, toy-1"):
        cleaned(source, tmp_path / "out", plan=ToyPlan(version="toy-2", sha256="other"))


def test_the_folder_of_another_source_is_refused(source, tmp_path):
    other = shards(tmp_path / "other", CAPTIONS)
    cleaned(source, tmp_path / "out")

    with pytest.raises(DestinationError, match="another source"):
        cleaned(other, tmp_path / "out")


def test_a_folder_with_something_else_in_it_is_refused(source, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/thesis.txt").write_text("mine")

    with pytest.raises(DestinationError, match=r"thesis\.txt and no job"):
        cleaned(source, tmp_path / "out")


def test_the_results_do_not_go_into_the_source(source):
    with pytest.raises(DestinationError, match="inside the source"):
        cleaned(source, source / "out")


def test_a_model_that_is_missing_is_said_before_anything_is_begun(source, tmp_path):
    tasks_run: list[Task] = []

    with pytest.raises(ClassifierUnavailable, match="no CLIP is set"):
        cleaned(source, tmp_path / "out", missing="no CLIP is set", tasks_run=tasks_run)

    assert tasks_run == []
    assert tree(tmp_path / "out") == {}


def test_where_all_is_judged_no_model_is_missed(source, tmp_path):
    cleaned(source, tmp_path / "out", write=False)

    summary = cleaned(source, tmp_path / "out", missing="no CLIP is set")

    assert (summary.exit_code, summary.written) == (DONE, 3)


def test_a_folder_has_one_driver_at_a_time(source, tmp_path):
    with (
        Destination(tmp_path / "out").locked(),
        pytest.raises(DestinationError, match="another run is at work"),
    ):
        cleaned(source, tmp_path / "out")


def test_a_run_that_is_stopped_goes_on_where_it_was(source, tmp_path):
    def stop(step):
        if step.done == 2:
            raise KeyboardInterrupt

    tasks_run: list[Task] = []
    cleaned(source, tmp_path / "undisturbed")
    with pytest.raises(KeyboardInterrupt):
        cleaned(source, tmp_path / "out", on_progress=stop)

    cleaned(source, tmp_path / "out", tasks_run=tasks_run)

    assert len([task for task in tasks_run if task.phase == "judge"]) == 1
    assert tree(tmp_path / "out") == tree(tmp_path / "undisturbed")


def test_a_person_is_heard_over_the_plan(source, tmp_path):
    out = tmp_path / "out"
    cleaned(source, out)
    lines = map(json.loads, (out / "dropped.jsonl").read_text("utf-8").splitlines())
    uids = {line["key"]: bytes.fromhex(line["uid"]) for line in lines}
    [kept] = {*uids_of(out, 2)} - {*uids.values()}

    said = {uids["00003"]: True, uids["00002"]: True, kept: False}
    summary = cleaned(source, out, journal=RecordingJournal(said))

    drops = {"00004": "duplicate:exact", "00006": "not_judged", "00008": "override"}
    assert reasons(out) == {**drops, "00007": "duplicate:exact"}
    assert members(out / "kept/00000.tar").count("00003.jpg") == 1
    assert not (out / "kept/00002.tar").exists()
    assert summary.kept == 5


def test_what_was_kept_under_other_verdicts_does_not_stay(source, tmp_path):
    out = tmp_path / "out"
    cleaned(source, out)
    unwanted = RecordingJournal(dict.fromkeys(uids_of(out, 2), False))

    cleaned(source, out, journal=unwanted, write=False)

    assert not (out / "kept/00002.tar").exists()
    assert "00008.jpg" not in (out / "kept.csv").read_text("utf-8")


def test_what_is_alike_is_kept_once(tmp_path):
    source = shards(tmp_path / "in", [("fine", "fine"), ("doubtful", "fine")])
    plan = ToyPlan(
        duplicates=Duplicates(semantic=0.99)
    )  # toy embeddings all point one way

    summary = cleaned(source, tmp_path / "out", plan=plan)

    assert summary.tallies == {"duplicate:semantic": 2, "image_review:hate": 1}
    clusters = pq.read_table(tmp_path / "out/duplicates.parquet").to_pylist()
    assert [(row["cluster"], row["shard"], row["row"]) for row in clusters] == [
        (0, 0, 0),
        (0, 0, 1),
        (0, 1, 1),
    ]
