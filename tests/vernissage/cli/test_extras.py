"""Requirements of a command, read from the metadata of installed distributions."""

from pathlib import Path

import pytest
from click import ClickException

from vernissage.cli.extras import demand, demand_clients, lacking
from vernissage.cli.health_checks import FACTS, Mark, checked


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of packages that comes before all others."""
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def install(packages: Path, name: str, *requirements: str) -> None:
    folder = packages / f"{name}-99.dist-info"
    folder.mkdir()
    lines = ["Metadata-Version: 2.4", f"Name: {name}", "Version: 99"]
    lines += [f"Requires-Dist: {requirement}" for requirement in requirements]
    (folder / "METADATA").write_text("\n".join(lines) + "\n")


def test_an_extra_that_is_whole_is_no_hindrance(packages):
    install(packages, "easel")
    install(packages, "vernissage", "missing-core", 'easel>=1; extra == "painter"')

    demand("painter")

    assert lacking("painter") == []


def test_what_is_missing_is_one_sentence_that_says_what_to_install(packages):
    install(packages, "vernissage", 'easel; extra == "painter"')

    with pytest.raises(ClickException) as refusal:
        demand("painter")

    assert refusal.value.message == (
        "easel is not installed: pip install 'vernissage[painter]'"
    )


def test_an_extra_of_extras_asks_for_what_they_ask_for(packages):
    install(packages, "easel", 'brush; extra == "oil"')
    install(
        packages,
        "vernissage",
        'vernissage[painter,screener]; extra == "all"',
        'easel[oil]; extra == "painter"',
        'lens; extra == "screener"',
    )

    assert lacking("all") == ["brush", "lens"]


@pytest.mark.parametrize(
    ("setting", "url", "extra"),
    [
        ("database_url", "postgresql+psycopg://somebody@host/name", "postgresql"),
        ("broker_url", "redis://host:6379/0", "redis"),
    ],
)
def test_a_server_is_named_by_its_client_that_is_missing(
    packages, settings, setting, url, extra
):
    install(packages, "vernissage", f'client; extra == "{extra}"')

    with pytest.raises(ClickException, match=rf"vernissage\[{extra}\]"):
        demand_clients(settings.model_copy(update={setting: url}))

    demand_clients(settings)


@pytest.mark.parametrize("fact", ["packages", "model", "image heads"])
def test_the_doctor_warns_of_what_is_not_installed(packages, settings, fact):
    install(packages, "vernissage", 'easel; extra == "painter"')

    mark, finding = checked(FACTS[fact], settings)

    assert mark is Mark.WARN
    assert "pip install 'vernissage[painter]'" in finding
