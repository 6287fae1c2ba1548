import subprocess
import sys

import pytest
from click.testing import CliRunner

from vernissage.cli.program import MODULES
from vernissage.cli.program import vernissage as group

HEAVY = {"torch", "flask", "sqlalchemy", "celery", "numpy", "pydantic", "rich"}


def test_help_imports_nothing_heavy():
    program = (
        "import sys; from vernissage.cli.program import run; code = run(['--help']);"
        f"sys.exit(code or ' '.join({HEAVY!r} & set(sys.modules)) or 0)"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert all(f"\n  {command} " in done.stdout for command in MODULES)


def test_every_command_says_what_it_does_in_one_whole_line():
    page = CliRunner().invoke(group, ["--help"]).output

    assert "..." not in page.partition("Commands:")[2]


@pytest.mark.parametrize("command", MODULES)
def test_every_command_has_a_page_of_its_own(command):
    shown = CliRunner().invoke(group, [command, "--help"])

    assert shown.exit_code == 0
    assert shown.output.startswith(f"Usage: vernissage {command}")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["dance"], "No such command 'dance'."),
        (["generate"], "Missing argument 'PROMPT'."),
        (["generate", "a lake"], "Missing option '--out'."),
        (["generate", "a lake", "--out", "a.png", "--seed", "x"], "--seed"),
        (["generate", "a lake", "--out", "a.png", "--lang", "fr"], "--lang"),
        (["decisions", "--limit", "0"], "--limit"),
        (["decisions", "--since", "yesterday"], "--since"),
        (["clean", "run", "nowhere"], "Missing option '--to'."),
    ],
)
def test_a_misspelt_command_is_answered_with_one_line(
    vernissage, capsys, arguments, problem
):
    code = vernissage(*arguments)

    [line] = capsys.readouterr().err.splitlines()
    assert code == 2
    assert line.startswith("vernissage: ")
    assert problem in line


def test_settings_that_make_no_sense_get_a_line_each(vernissage, monkeypatch, capsys):
    monkeypatch.setenv("VERNISSAGE_PORT", "none")
    monkeypatch.setenv("VERNISSAGE_THREADS", "1")

    code = vernissage("decisions")

    first, second = capsys.readouterr().err.splitlines()
    assert code == 1
    assert first.startswith("vernissage: VERNISSAGE_PORT")
    assert second.startswith("vernissage: VERNISSAGE_THREADS")


def test_a_home_that_cannot_be_written_is_named(
    vernissage, data_dir, monkeypatch, capsys
):
    monkeypatch.setenv(
        "VERNISSAGE_HOME", str(data_dir / "vernissage.sqlite3" / "inside")
    )

    code = vernissage("decisions")

    [line] = capsys.readouterr().err.splitlines()
    assert code == 1
    assert "VERNISSAGE_HOME: cannot write into" in line


def test_a_database_without_tables_is_one_line(vernissage, data_dir, capsys):
    (data_dir / "vernissage.sqlite3").unlink()

    code = vernissage("decisions")

    [line] = capsys.readouterr().err.splitlines()
    assert code == 1
    assert "no such table: decisions" in line


def test_ctrl_c_is_quiet(vernissage, monkeypatch, capsys):
    def interrupted(*, ctx):
        raise KeyboardInterrupt

    monkeypatch.setattr(group, "invoke", lambda ctx: interrupted(ctx=ctx))

    code = vernissage("db", "current")

    assert code == 130
    assert capsys.readouterr().err.strip() == ""


def test_a_reader_who_has_gone_is_no_error(data_dir):
    program = (
        "import sys; from vernissage.cli.program import run; sys.exit(run(['doctor']))"
    )

    done = subprocess.run(
        ["bash", "-c", 'set -o pipefail; "$0" -c "$1" | true', sys.executable, program],  # noqa: S607  # bash is found as bash finds it
        check=False,
        capture_output=True,
        text=True,
    )

    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr
