"""Access to every route with an id, for every kind of visitor."""

import pytest

from vernissage.states import State

OWNER_ONLY = {"anna": 200, "boris": 404, "new_visitor": 404, "vera": 404, "ada": 404}
TOO_LATE = {**OWNER_ONLY, "anna": 409}
DESK = {"anna": 303, "boris": 303, "new_visitor": 303, "vera": 200, "ada": 200}
EXPECTED = {
    "pages.show": OWNER_ONLY,
    "pages.picture": OWNER_ONLY,
    "pages.cancel": TOO_LATE,
    "pages.appeal": TOO_LATE,
    "api.show": OWNER_ONLY,
    "api.appeal": {**OWNER_ONLY, "anna": 415},
    "api.cancel": TOO_LATE,
    "events.follow": OWNER_ONLY,
    "review.case": DESK,
    "review.picture": DESK,
    "review.decide": {**DESK, "vera": 422, "ada": 422},
    "appeals.answer": {**DESK, "vera": 422, "ada": 422},
}
"""What each gets for a published work of Anna's; a decision has to have an outcome."""


@pytest.fixture
def people(anna, new_visitor, vera, visiting, make_account, signed_in):
    return {
        "anna": anna,
        "boris": visiting("boris"),
        "new_visitor": new_visitor,
        "vera": vera,
        "ada": signed_in(make_account("ada", "admin")),
    }


def routes_with_an_id(app, artwork_id):
    for rule in app.url_map.iter_rules():
        if "artwork_id" in rule.arguments:
            [method] = rule.methods - {"HEAD", "OPTIONS"}
            yield rule.endpoint, method, rule.build({"artwork_id": artwork_id})[1]


def test_only_those_whose_business_it_is_get_anywhere(app, people, stored_with_picture):
    artwork = stored_with_picture()

    found: dict[str, dict[str, int]] = {}
    for endpoint, method, path in routes_with_an_id(app, artwork.id):
        for name, client in people.items():
            answer = client.open(path, method=method, buffered=False)
            found.setdefault(endpoint, {})[name] = answer.status_code
            answer.close()

    assert found == EXPECTED


def test_an_artwork_of_another_looks_like_none_at_all(app, people, stored_with_picture):
    foreign, missing = (
        stored_with_picture(),
        State.PUBLISHED and "00000000-0000-4000-8000-000000000000",
    )

    for endpoint, method, path in routes_with_an_id(app, foreign.id):
        if not endpoint.startswith("review."):
            theirs = people["boris"].open(path, method=method)
            nothing = people["boris"].open(
                path.replace(str(foreign.id), missing), method=method
            )
            assert theirs.data.replace(str(foreign.id).encode(), b"") == (
                nothing.data.replace(missing.encode(), b"")
            )


@pytest.mark.parametrize("state", [State.IN_REVIEW, State.REFUSED])
def test_pixels_that_were_not_allowed_are_for_reviewers_only(
    people, stored_with_picture, state
):
    artwork = stored_with_picture(state)

    public = {
        name: client.get(f"/artworks/{artwork.id}/picture.png").status_code
        for name, client in people.items()
    }
    desk = {
        name: client.get(f"/desk/artworks/{artwork.id}/picture.png").status_code
        for name, client in people.items()
    }

    assert set(public.values()) == {404}
    assert desk == DESK


@pytest.mark.parametrize(
    "path", ["/desk", "/desk/appeals", "/desk/shown", "/desk/decisions"]
)
def test_the_review_pages_are_closed_to_visitors(people, path):
    found = {name: client.get(path).status_code for name, client in people.items()}

    assert found == DESK


def test_an_account_without_a_role_has_no_review_pages(make_account, signed_in):
    client = signed_in(make_account("otto", "guest"))

    assert client.get("/desk").status_code == 403
