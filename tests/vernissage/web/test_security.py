"""Facts about every route there is, so that a new one cannot be forgotten."""

from dataclasses import replace
from uuid import UUID

import pytest

from tests.factories import stored
from vernissage.states import State
from vernissage.web import create_app
from vernissage.web.security import HEADERS

UNKNOWN = UUID(int=7)
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}


def addresses(app, artwork_id=UNKNOWN):
    """Every route of *app* as (method, path)."""
    for rule in app.url_map.iter_rules():
        values = {"artwork_id": artwork_id, "run_id": UNKNOWN, "filename": "site.css"}
        _, path = rule.build({name: values.get(name, 7) for name in rule.arguments})
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            yield method, path


@pytest.mark.parametrize(
    ("headers", "let_in"),
    [
        ({}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Origin": "http://localhost"}, True),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "nonsense"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "http://evil.example"}, False),
        ({"Origin": "http://localhost:8080"}, False),
        ({"Origin": "http://localhost.evil.example"}, False),
    ],
)
def test_only_our_own_pages_can_change_anything(app, anna, headers, let_in):
    unsafe = [(m, p) for m, p in addresses(app) if m in UNSAFE]

    answers = [anna.open(p, method=m, headers=headers) for m, p in unsafe]

    assert len(unsafe) >= 8
    assert all(("Request from another site" not in a.text) is let_in for a in answers)
    assert let_in or {a.status_code for a in answers} == {403}


def test_reading_is_open_to_links_from_anywhere(app, anna):
    answer = anna.get("/", headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 200


def test_every_answer_keeps_browsers_strict(app, anna, vera, sessions):
    artwork = stored(sessions, State.QUEUED)

    for client in (anna, vera):
        for method, path in addresses(app, artwork.id):
            answer = client.open(path, method=method, buffered=False)
            found = {name: answer.headers.get(name) for name in HEADERS}
            answer.close()
            assert found == HEADERS, (method, path)


def test_no_page_has_a_script_or_a_style_of_its_own(anna, sessions):
    artwork = stored(sessions, State.PAINTING)

    for path in ("/", f"/artworks/{artwork.id}", "/desk/sign-in"):
        page = anna.get(path).text
        assert "<style" not in page
        assert " style=" not in page
        assert "<script>" not in page
        assert " onclick" not in page


def test_a_prompt_is_text_and_never_markup(anna, sessions):
    artwork = stored(
        sessions, State.QUEUED, prompt='"><script>alert(1)</script>{{7*7}}'
    )

    pages = [anna.get(path).text for path in ("/", f"/artworks/{artwork.id}")]

    for page in pages:
        assert "<script>alert" not in page
        assert "{{7*7}}" in page


def test_cookies_stay_away_from_scripts_and_other_sites(anna):
    answer = anna.post("/api/artworks", json={"prompt": "a lake"})

    [cookie] = answer.headers.getlist("Set-Cookie") or [""]
    assert cookie == "" or all(
        word in cookie for word in ("HttpOnly", "SameSite=Lax", "Path=/")
    )


def test_a_new_visitor_gets_a_strict_cookie_with_the_first_artwork(new_visitor):
    answer = new_visitor.post("/api/artworks", json={"prompt": "a lake"})

    [cookie] = answer.headers.getlist("Set-Cookie")
    assert all(word in cookie for word in ("HttpOnly", "SameSite=Lax", "Path=/"))


def test_behind_https_cookies_stay_there_and_on_this_host(services):
    settings = services.settings.model_copy(update={"secure_cookies": True})
    client = create_app(replace(services, settings=settings)).test_client()

    made = client.post("/artworks", data={"prompt": "a lake"}).headers["Set-Cookie"]
    spoken = client.post("/language", data={"language": "ru"}).headers["Set-Cookie"]

    assert made.startswith("__Host-visit=")
    assert "; Secure" in made
    assert "; Secure" in spoken


def test_looking_around_sets_no_cookie(new_visitor):
    answer = new_visitor.get("/")

    assert "Set-Cookie" not in answer.headers
