import json
from uuid import UUID

import pytest

from tests.factories import stored
from vernissage.states import State

SHAPE = {"type", "title", "status", "code", "detail"}

FAILURES = {
    "missing": ("GET", f"/api/artworks/{UUID(int=4)}", None, 404, "not-found"),
    "no such page": ("GET", "/api/nowhere", None, 404, "not-found"),
    "wrong method": ("DELETE", "/api/artworks", None, 405, "method-not-allowed"),
    "empty": ("POST", "/api/artworks", {"prompt": "  "}, 422, "bad-input"),
    "too long": ("POST", "/api/artworks", {"prompt": "a" * 10_000}, 422, "bad-input"),
    "controls": ("POST", "/api/artworks", {"prompt": "\x00\x07"}, 422, "bad-input"),
    "surrogate": ("POST", "/api/artworks", {"prompt": "\ud800"}, 422, "bad-input"),
    "no prompt": ("POST", "/api/artworks", {}, 422, "bad-input"),
    "not text": ("POST", "/api/artworks", {"prompt": 7}, 422, "bad-input"),
    "unknown field": (
        "POST",
        "/api/artworks",
        {"prompt": "a", "x": 1},
        422,
        "bad-input",
    ),
    "not an object": ("POST", "/api/artworks", ["a lake"], 422, "bad-input"),
    "aspect": (
        "POST",
        "/api/artworks",
        {"prompt": "a", "aspect": "4:3"},
        422,
        "bad-input",
    ),
    "negative seed": (
        "POST",
        "/api/artworks",
        {"prompt": "a", "seed": -1},
        422,
        "bad-input",
    ),
    "huge seed": (
        "POST",
        "/api/artworks",
        {"prompt": "a", "seed": 2**70},
        422,
        "bad-input",
    ),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_every_failure_of_the_api_has_one_shape(anna, failure):
    method, path, body, status, code = FAILURES[failure]

    answer = anna.open(path, method=method, json=body)

    assert answer.status_code == answer.json["status"] == status
    assert answer.json["code"] == code
    assert set(answer.json) - {"field"} == SHAPE
    assert answer.mimetype == "application/problem+json"
    assert answer.json["detail"]


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b'{"prompt": "\xff\xfe"}', "application/json", 400),
        (b"{", "application/json", 400),
        (b"prompt=a", "application/x-www-form-urlencoded", 415),
        (b'{"prompt": "' + b"a" * 70_000 + b'"}', "application/json", 413),
    ],
)
def test_a_body_that_cannot_be_read_has_that_shape_too(anna, body, kind, status):
    answer = anna.post("/api/artworks", data=body, content_type=kind)

    assert answer.status_code == status
    assert set(answer.json) == SHAPE


def test_the_culprit_is_named(anna):
    answer = anna.post("/api/artworks", json={"prompt": "a lake", "aspect": "4:3"})

    assert answer.json["field"] == "aspect"
    assert "16:9" in answer.json["detail"]


def test_a_problem_speaks_the_language_of_the_visitor(anna):
    answer = anna.post(
        "/api/artworks", json={"prompt": ""}, headers={"Accept-Language": "ru-RU,ru"}
    )

    assert answer.json["detail"] == "Запрос пуст: напишите, что нарисовать."


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("path", ["/nowhere", f"/artworks/{UUID(int=4)}"])
def test_a_person_gets_a_page_instead(anna, path, language):
    answer = anna.get(path, headers={"Accept-Language": language})

    assert answer.status_code == 404
    assert answer.mimetype == "text/html"
    assert f'lang="{language}"' in answer.text


def test_a_form_that_is_not_utf_8_is_told_so(anna):
    answer = anna.post(
        "/artworks",
        data=b"prompt=%FF%FE",
        content_type="application/x-www-form-urlencoded",
    )

    assert answer.status_code == 422
    assert "UTF-8" in answer.text


def test_too_many_at_once_says_when_to_come_back(anna, sessions):
    for _ in range(5):
        stored(sessions, State.QUEUED)

    answer = anna.post("/api/artworks", json={"prompt": "a lake"})

    assert (answer.status_code, answer.json["code"]) == (429, "too-many")
    assert answer.headers["Retry-After"]


def test_calling_off_what_is_finished_is_too_late(anna, sessions):
    artwork = stored(sessions, State.REFUSED)

    answer = anna.post(f"/api/artworks/{artwork.id}/cancel")

    assert (answer.status_code, answer.json["code"]) == (409, "wrong-state")


def test_an_accident_tells_nothing_and_logs_no_prompt(
    app, services, capsys, monkeypatch
):
    def explode(**wish):
        raise RuntimeError(json.dumps(wish))

    monkeypatch.setattr(
        type(services.submitter), "submit", lambda _, **wish: explode(**wish)
    )

    answer = app.test_client().post("/api/artworks", json={"prompt": "my secret"})

    assert (answer.status_code, answer.json["code"]) == (500, "internal")
    assert "my secret" not in answer.text
    out, err = capsys.readouterr()
    assert "RuntimeError" in out + err
    assert "my secret" not in out + err
