"""Cleaning runs in the review pages, and their borderline pairs."""

import io
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from datasets_cleaning.pair import uid
from tests.cleaning_runs import a_run
from vernissage.cleaning.models import Override, OverrideVerdict, Run, RunDrop, RunState
from vernissage.db.session import Sessions
from vernissage.models.accounts import Account
from vernissage.settings import Settings
from vernissage.web.context import KEY


def jpeg(colour="red", size=(96, 64)):
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "JPEG")
    return file.getvalue()


PICTURE = jpeg()
UID = uid(PICTURE, "a red <flag>")


@pytest.fixture
def datasets(tmp_path: Path) -> Path:
    """A folder with one tar of one pair."""
    folder = tmp_path / "datasets"
    folder.mkdir()
    with tarfile.open(folder / "00000.tar", "w") as tar:
        for name, data in (("7.jpg", PICTURE), ("7.txt", b"a red <flag>")):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return folder


@pytest.fixture
def settings(tmp_path: Path, database_url: str, datasets: Path) -> Settings:
    return Settings(home=tmp_path, database_url=database_url, datasets=str(datasets))


@pytest.fixture
def ada(
    signed_in: Callable[[Account], FlaskClient], make_account: Callable[..., Account]
) -> FlaskClient:
    """An administrator who has signed in."""
    return signed_in(make_account("ada", "admin"))


@pytest.fixture
def doubted(sessions: Sessions, datasets: Path) -> Run:
    """A run over that tar, which was in doubt about its pair."""
    run = a_run(sessions, source=str(datasets / "00000.tar"), state=RunState.DONE)
    drop = {"run_id": run.id, "shard": 0, "place": 0, "uid": UID, "key": "7"}
    with sessions.begin() as session:
        session.add(RunDrop(**drop, reason="image_review:violence", borderline=True))
    return run


def start(client, **form):
    wanted = {"source": "00000.tar", "plan": "default", **form}
    return client.post("/desk/cleaning", data=wanted)


def runs(sessions):
    with sessions() as session:
        return list(session.scalars(select(Run)))


def words(sessions):
    with sessions() as session:
        return [
            (o.uid, o.verdict, o.actor, o.reason)
            for o in session.scalars(select(Override))
        ]


def test_an_administrator_starts_a_run_that_only_judges(ada, sessions, datasets):
    answer = start(ada)

    [run] = runs(sessions)
    assert answer.location == f"/desk/cleaning/{run.id}"
    assert run.source == str(datasets / "00000.tar")
    assert (run.plan, run.state, run.writes) == ("default", RunState.WAITING, False)
    assert run.started_by == "ada"
    assert "Waiting" in ada.get(answer.location).text


def test_writing_has_to_be_asked_for(ada, sessions):
    start(ada, write="on")

    assert [run.writes for run in runs(sessions)] == [True]


@pytest.mark.parametrize(
    "source",
    [
        "",
        "../secrets.tar",
        "/etc/passwd",
        "none.tar",
        "a\0b",
        "{00000..00001}.tar",
        "*.tar",
        "http://169.254.169.254/x.tar",
    ],
)
def test_nothing_outside_the_folder_is_cleaned(ada, sessions, datasets, source):
    (datasets.parent / "secrets.tar").write_bytes(b"")

    assert start(ada, source=source).status_code == 422
    assert runs(sessions) == []


def test_a_link_leads_nowhere_else(ada, datasets):
    (datasets / "out").symlink_to("/etc")

    assert start(ada, source="out/passwd").status_code == 422


def test_a_plan_is_one_of_the_bundled(ada):
    assert start(ada, plan="../default").status_code == 422


def test_a_reviewer_starts_and_stops_nothing(vera, ada, sessions, doubted):
    for path in ("", f"/{doubted.id}/cancel", f"/{doubted.id}/again"):
        assert vera.post(f"/desk/cleaning{path}").status_code == 403
    assert "<form" not in vera.get("/desk/cleaning").text.partition("<main")[2]
    assert "Resume" not in vera.get(f"/desk/cleaning/{doubted.id}").text
    assert [run.state for run in runs(sessions)] == [RunState.DONE]


def test_without_a_folder_nothing_can_be_started(
    services, settings, make_account, signed_in, app
):
    bare = settings.model_copy(update={"datasets": None})
    app.extensions[KEY] = replace(
        services, settings=bare, cleaning=replace(services.cleaning, datasets=None)
    )
    ada = signed_in(make_account("ada", "admin"))

    assert "<select" not in ada.get("/desk/cleaning").text
    assert start(ada).status_code == 422


def test_a_run_is_called_off_once(ada, sessions):
    start(ada)
    [run] = runs(sessions)

    first, second = (ada.post(f"/desk/cleaning/{run.id}/cancel") for _ in range(2))

    assert (first.status_code, second.status_code) == (303, 409)
    assert [run.state for run in runs(sessions)] == [RunState.CANCELLED]


def test_what_has_ended_can_be_taken_up_again(ada, sessions, doubted):
    answer = ada.post(f"/desk/cleaning/{doubted.id}/again")

    assert answer.status_code == 303
    [run] = runs(sessions)
    assert (run.state, run.started_by) == (RunState.WAITING, "ada")


def test_a_run_shows_what_became_of_its_pairs(vera, doubted):
    page = vera.get(f"/desk/cleaning/{doubted.id}").text

    assert "1 doubtful pair" in page
    assert "image_review:violence" in page
    assert doubted.source in page


def test_the_queue_shows_the_doubtful_pair_blurred(vera, doubted):
    page = vera.get(f"/desk/cleaning/{doubted.id}/doubtful").text
    picture = vera.get(f"/desk/cleaning/{doubted.id}/doubtful/0/0.jpg")

    assert "a red &lt;flag&gt;" in page
    assert "blurred" in page
    assert "Violence or weapons" in page
    assert picture.mimetype == "image/jpeg"
    assert picture.headers["Cache-Control"] == "no-store"
    assert Image.open(io.BytesIO(picture.data)).size == (96, 64)


@pytest.mark.parametrize("word", OverrideVerdict)
def test_a_word_about_a_pair_is_on_record_and_the_queue_goes_on(
    vera, sessions, doubted, word
):
    path = f"/desk/cleaning/{doubted.id}/doubtful"

    first = vera.post(f"{path}/0/0", data={"verdict": word, "note": "a toy"})
    second = vera.post(f"{path}/0/0", data={"verdict": word})

    assert (first.status_code, second.status_code) == (303, 409)
    assert words(sessions) == [(UID, word, "vera", "a toy")]
    assert "Nothing is waiting." in vera.get(path).text


def test_a_word_is_keep_or_drop(vera, doubted):
    path = f"/desk/cleaning/{doubted.id}/doubtful/0/0"

    assert vera.post(path, data={"verdict": "perhaps"}).status_code == 422


def test_what_is_not_in_doubt_is_not_decided_here(vera, sessions, doubted):
    with sessions.begin() as session:
        session.get(RunDrop, (doubted.id, 0, 0)).borderline = False

    path = f"/desk/cleaning/{doubted.id}/doubtful/0/0"
    assert vera.post(path, data={"verdict": "keep"}).status_code == 409


@pytest.mark.parametrize("change", ["other bytes", "gone"])
def test_a_source_that_changed_shows_nothing(vera, doubted, datasets, change):
    tar = datasets / "00000.tar"
    if change == "gone":
        tar.unlink()
    else:
        tar.write_bytes(tar.read_bytes().replace(b"a red <flag>", b"a bad <flag>"))
    path = f"/desk/cleaning/{doubted.id}/doubtful"

    assert vera.get(f"{path}/0/0.jpg").status_code == 404
    assert vera.get(path).status_code == 200


def test_only_reviewers_see_any_of_it(anna, new_visitor, doubted):
    paths = (
        "",
        f"/{doubted.id}",
        *(f"/{doubted.id}/doubtful{p}" for p in ("", "/0/0.jpg")),
    )

    for client in (anna, new_visitor):
        for path in paths:
            assert client.get(f"/desk/cleaning{path}").status_code == 303


def test_the_pages_speak_russian(ada, doubted):
    russian = {"Accept-Language": "ru"}

    assert "Очистка данных" in ada.get("/desk/cleaning", headers=russian).text
    page = ada.get(f"/desk/cleaning/{doubted.id}/doubtful", headers=russian).text
    assert "1 сомнительная пара" in page
