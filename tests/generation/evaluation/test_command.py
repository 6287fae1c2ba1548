import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from generation.evaluation import cat_prior, frechet, judges, prompt_adherence, result
from generation.evaluation.__main__ import main


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Judges look less closely: what they find does not matter here."""
    monkeypatch.setattr(cat_prior, "PAIRS", 12)
    monkeypatch.setattr(frechet, "RESAMPLES", 10)
    monkeypatch.setattr(result, "RESAMPLES", 10)
    monkeypatch.setattr(judges, "POSES", 1)
    monkeypatch.setattr(prompt_adherence, "TIMED", 1)


@pytest.fixture
def ask(toy: Path, renderer):
    """Asks the toy model, with as little as there may be of everything."""

    def asked(command: str, *more: str) -> Result:
        least = ["--weights", str(toy), "--count", "4", "--steps", "1", "--seed", "5"]
        return CliRunner().invoke(main, [command, *least, *more])

    return asked


@pytest.fixture
def figures(ask):
    """The figures of a command, by what they are of and measure."""

    def found(command: str, *more: str) -> dict[tuple[str, str], dict[str, object]]:
        answer = ask(command, "--json", *more)
        assert answer.exit_code == 0, answer.output
        return {
            (f["of"], f["measure"]): f for f in json.loads(answer.stdout)["figures"]
        }

    return found


def test_prompt_adherence_measures_the_aspects_that_are_named(figures, tmp_path):
    contact_sheet = tmp_path / "sheet.png"

    found = figures(
        "prompt-adherence",
        "--only",
        "inpainting",
        "--only",
        "fusion",
        "--sheet",
        str(contact_sheet),
    )

    assert found["inpainting", "kept pixels exact"]["value"] == 1
    assert {of for of, _ in found} == {"inpainting", "fusion of two things"}
    assert contact_sheet.is_file()


def test_things_are_judged_beside_their_drawings(figures):
    found = figures("prompt-adherence", "--only", "things", "--only", "speed")

    assert found["one thing, drawn", "background"]["value"] == 1
    assert found["one thing, painted", "right, by template match"]["bar"] == 0.7
    assert ("one thing, painted, ru", "right, by CLIP") in found


def test_every_prior_is_measured_once(figures):
    found = figures("ablation")

    assert [of for of, measure in found if measure == "FID"] == [
        "real, drawn anew",
        "diffusion, quantised",
        "diffusion",
        "linear",
        "residual",
        "no prior",
    ]


def test_a_kind_that_the_world_lacks_is_one_clear_line(ask):
    answer = ask("cat-prior", "--kind", "unicycle")

    assert answer.exit_code == 1
    assert "no 'unicycle'" in answer.output


def test_a_folder_without_a_model_is_one_clear_line(tmp_path):
    answer = CliRunner().invoke(main, ["fid", "--weights", str(tmp_path)])

    assert answer.exit_code == 1
    assert "holds no Kandinsky" in answer.output


def test_a_report_holds_every_part(ask, tmp_path):
    answer = ask("report", "--to", str(tmp_path), "--only", "fusion")

    assert answer.exit_code == 0, answer.output
    page = (tmp_path / "report.html").read_text("utf-8")
    for part in ("prompt-adherence", "fid", "ablation", "reconstruction", "cat-prior"):
        assert f"<h2>{part}</h2>" in page
    cats = json.loads((tmp_path / "cat-prior.json").read_text("utf-8"))
    assert {figure["of"] for figure in cats["figures"]} == {
        "cat prior",
        "full linear prior",
        "no prior",
    }


def test_the_old_name_of_a_command_says_the_new_one(ask):
    answer = ask("listening", "--only", "speed", "--json")

    assert answer.exit_code == 0
    assert "prompt-adherence" in answer.stderr
