import json

import pytest
from sqlalchemy import select

from tests.datasets_cleaning.specimens import folder, png, tar
from vernissage.db.session import connect
from vernissage.db.tables import Job

FILES = {
    "1.png": png(),
    "1.txt": b"a lake",
    "2.png": b"no picture",
    "2.txt": b"broken",
    "3.png": png("blue"),
}


def jobs(settings):
    sessions = connect(settings.database)
    with sessions() as session:
        found = [
            (job.seen, job.kept, [(d.key, d.reason) for d in job.drops])
            for job in session.scalars(select(Job))
            if job.finished_at
        ]
    sessions.engine.dispose()
    return found


def test_a_job_tells_its_sums_and_is_on_record(vernissage, settings, tmp_path, capsys):
    source = folder(tmp_path / "in", FILES)

    code = vernissage("clean", source, "--to", tmp_path / "out")

    shown = capsys.readouterr().out
    assert code == 0
    assert [line.split() for line in shown.splitlines() if "seen" in line] == [
        ["seen", "3"]
    ]
    # the judges of pictures are missing here, so no picture is kept
    assert jobs(settings) == [
        (
            3,
            0,
            [
                ("1", "not_judged"),
                ("2", "image_unreadable"),
                ("3", "caption_missing"),
            ],
        )
    ]


def test_a_tar_cut_short_is_judged_as_far_as_it_goes(
    vernissage, settings, tmp_path, capsys
):
    source = tar(tmp_path / "s.tar", FILES.items())
    source.write_bytes(source.read_bytes()[:3000])

    code = vernissage("clean", source, "--to", tmp_path / "out")

    [line] = capsys.readouterr().err.splitlines()
    assert code == 3
    assert "is not whole (structure:cut_short)" in line
    [(seen, kept, drops)] = jobs(settings)
    assert seen == kept + len(drops)
    lines = (tmp_path / "out/dropped.jsonl").read_text("utf-8").splitlines()
    assert [(d["key"], d["reason"]) for d in map(json.loads, lines)] == drops


@pytest.mark.usefixtures("home")
def test_a_folder_with_something_in_it_takes_no_results(vernissage, tmp_path, capsys):
    source = folder(tmp_path / "in", FILES)
    folder(tmp_path / "out", {"mine.txt": b"mine"})

    code = vernissage("clean", source, "--to", tmp_path / "out")

    [line] = capsys.readouterr().err.splitlines()
    assert (code, line) == (
        1,
        f"vernissage: {tmp_path / 'out'} is not empty: give a new folder",
    )


@pytest.mark.usefixtures("home")
def test_a_plan_that_makes_no_sense_stops_the_job_before_it_begins(
    vernissage, tmp_path, capsys
):
    source, plan = folder(tmp_path / "in", FILES), tmp_path / "plan.toml"
    plan.write_text('version = "x"\nfilter = []')

    code = vernissage("clean", source, "--to", tmp_path / "out", "--plan", plan)

    [line] = capsys.readouterr().err.splitlines()
    assert (code, line) == (
        1,
        "vernissage: plan x lacks caption_judged, image_judged",
    )
    assert not (tmp_path / "out").exists()
