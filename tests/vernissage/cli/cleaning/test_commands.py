import json

import pytest

from datasets_cleaning.ledger import Ledger
from tests.datasets_cleaning import specimens
from vernissage.cleaning.models import RunState
from vernissage.cleaning.runs import Runs
from vernissage.db.session import connect

CAPTIONS = (
    "image_name,caption\n"
    "https://example.org/1.jpg,a quiet lake\n"
    "https://example.org/2.jpg,\n"
    'https://example.org/3.jpg,"a severed head in a pool of blood, gore"\n'
)


@pytest.fixture
def table(tmp_path):
    """A table of captions, for the plan that looks at no picture."""
    path = tmp_path / "pairs.csv"
    path.write_text(CAPTIONS, "utf-8")
    return path


@pytest.fixture
def models(monkeypatch, data_dir):
    """Settings with the bundled models."""
    monkeypatch.delenv("VERNISSAGE_WEIGHTS")
    return data_dir


@pytest.fixture
def clean(models, vernissage, table, tmp_path):
    """Cleans the table in this process's own workers."""

    def call(*options):
        return vernissage(
            "clean", "run", table, "--to", tmp_path / "out", "--plan", "captions",
            "--workers", "1", *options,
        )  # fmt: skip

    return call


def a_run(settings):
    sessions = connect(settings.database)
    with sessions() as session:
        [run] = Runs(session).newest(limit=2)
    sessions.engine.dispose()
    return run


def test_a_run_is_told_explained_overruled_and_taken_up_again(
    clean, vernissage, settings, tmp_path, capsys
):
    out = tmp_path / "out"
    assert clean("--json") == 0
    told = last(capsys)
    assert (told["pairs"], told["kept"]) == (3, 1)
    assert told["tallies"]["caption_empty"] == 1

    assert vernissage("clean", "status", out, "--json") == 0
    status = last(capsys)
    assert (status["state"], status["pairs"], status["kept"]) == ("done", 3, 1)

    uid = first_uid(out)
    vernissage("clean", "explain", uid)
    assert "no recorded run drops it" in capsys.readouterr().out
    vernissage("clean", "override", uid, "drop", "--because", "it is ours")
    assert vernissage("clean", "resume", out, "--workers", "1", "--json") == 0
    again = last(capsys)
    assert (again["fresh"], again["kept"]) == (0, 0)
    vernissage("clean", "explain", uid, "--in", out)
    told = capsys.readouterr().out
    assert "override" in told
    assert "because it is ours" in told
    assert a_run(settings).state is RunState.DONE

    vernissage("clean", "replay", out, "--plan", "captions", "--json")
    assert last(capsys)["changed"] == []


def last(capsys):
    """The answer, which comes after whatever was logged."""
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def first_uid(out):
    row = next(Ledger.read(out / "ledger" / "00000.parquet").rows())
    return row["uid"].hex()


@pytest.mark.usefixtures("models")
def test_a_folder_with_something_in_it_takes_no_results(
    clean, settings, tmp_path, capsys
):
    specimens.folder(tmp_path / "out", {"mine.txt": b"mine"})

    code = clean()

    [line] = capsys.readouterr().err.splitlines()
    assert code == 2
    assert "holds mine.txt and no job: give a new folder" in line
    with pytest.raises(ValueError, match="not enough values"):
        a_run(settings)


@pytest.mark.usefixtures("data_dir")
def test_a_plan_that_makes_no_sense_stops_before_anything_begins(
    vernissage, tmp_path, table, capsys
):
    plan = tmp_path / "plan.toml"
    plan.write_text('version = "x"\nfilter = []')

    code = vernissage("clean", "run", table, "--to", tmp_path / "out", "--plan", plan)

    assert code == 2
    assert "plan.toml" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("data_dir")
def test_messages_without_a_broker_are_one_clear_line(
    vernissage, table, tmp_path, capsys
):
    code = vernissage(
        "clean", "run", table, "--to", tmp_path / "out", "--engine", "celery"
    )

    [line] = capsys.readouterr().err.splitlines()
    assert code == 1
    assert "set redis:// or amqp://" in line


@pytest.mark.usefixtures("data_dir")
@pytest.mark.parametrize("verb", ["status", "resume"])
def test_a_folder_without_a_run_says_how_to_begin(vernissage, tmp_path, capsys, verb):
    code = vernissage("clean", verb, tmp_path)

    [line] = capsys.readouterr().err.splitlines()
    assert code == 1
    assert "clean run SOURCE --to DIR" in line


@pytest.mark.usefixtures("data_dir")
@pytest.mark.parametrize("uid", ["", "abc", "zz" * 16])
def test_a_uid_that_is_none_is_a_slip(vernissage, capsys, uid):
    assert vernissage("clean", "explain", "--", uid) == 2
    assert "32 hexadecimal digits" in capsys.readouterr().err


@pytest.mark.usefixtures("data_dir")
def test_a_source_that_is_not_there_leaves_nothing_done(vernissage, tmp_path, capsys):
    code = vernissage("clean", "run", tmp_path / "none.tar", "--to", tmp_path / "out")

    [line] = capsys.readouterr().err.splitlines()
    assert code == 2
    assert "none.tar" in line
