from io import BytesIO

import pytest

from vernissage.db.hash_lists import HashLists
from vernissage.web import hash_lists

LIST = f"hash,kind,label\n{'0' * 64},pdq,minors\n{'1' * 64},sha256,\n"


@pytest.fixture
def ada(signed_in, make_account):
    """An administrator who has signed in."""
    return signed_in(make_account("ada", "admin"))


def bring(client, content=LIST, **form):
    file = BytesIO(content if isinstance(content, bytes) else content.encode())
    fields = {"name": "archive", "category": "unsafe", **form}
    return client.post("/desk/lists", data={**fields, "file": (file, "list.csv")})


def lists(sessions):
    with sessions() as session:
        return HashLists(session).all()


def test_an_administrator_brings_a_list_in_and_sees_it(ada, sessions):
    answer = bring(ada)

    assert (answer.status_code, answer.location) == (303, "/desk/lists")
    page = ada.get("/desk/lists").text
    [one] = lists(sessions)
    assert (one.name, one.added_by, one.count) == ("archive", "ada", 2)
    assert "archive" in page
    assert one.sha256[:12] in page
    assert "0" * 64 not in page


def test_every_malformed_line_is_named_in_the_readers_language(ada, sessions):
    ada.set_cookie("language", "ru")

    answer = bring(ada, "hash,kind\nzz,pdq\n<b>,pdq\n" + "0" * 64 + ",md5\n")

    assert answer.status_code == 422
    assert (
        "Строка 2: хеш должен состоять из 64 шестнадцатеричных цифр, а здесь"
        in answer.text
    )
    assert "&lt;b&gt;" in answer.text
    assert "Строка 4: вид должен быть pdq или sha256, а здесь «md5»" in answer.text
    assert lists(sessions) == []


def test_a_list_is_switched_off_and_on_and_removed(ada, sessions):
    bring(ada)
    [one] = lists(sessions)

    ada.post(f"/desk/lists/{one.id}/state", data={"active": "no"})
    assert not lists(sessions)[0].active
    ada.post(f"/desk/lists/{one.id}/state", data={"active": "yes"})
    assert lists(sessions)[0].active
    ada.post(f"/desk/lists/{one.id}/removal")
    assert lists(sessions) == []


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (LIST, {"name": " "}),
        (LIST, {"category": "rude"}),
        (b"\xff\xfe", {}),
        ("hash,kind\n", {}),
    ],
    ids=["name", "category", "no text", "empty"],
)
def test_what_is_no_list_is_told_why(ada, sessions, content, form):
    assert bring(ada, content, **form).status_code == 422
    assert lists(sessions) == []


def test_a_list_that_is_too_long_is_told_why(ada, sessions, monkeypatch):
    monkeypatch.setattr(hash_lists, "LARGEST", 1 << 12)

    answer = bring(ada, LIST, name="x" * (1 << 12))

    assert answer.status_code == 422
    assert "A list uploaded in the browser may have at most" in answer.text
    assert lists(sessions) == []


def test_other_forms_keep_their_limit(ada):
    answer = ada.post("/desk/lists/1/state", data={"active": "x" * 70_000})

    assert answer.status_code == 413


@pytest.mark.parametrize("duty", ["reviewer", None])
def test_nobody_else_comes_near(duty, signed_in, make_account, new_visitor, sessions):
    client = signed_in(make_account("vera", duty)) if duty else new_visitor
    expected = 403 if duty else 303

    codes = {
        client.get("/desk/lists").status_code,
        bring(client).status_code,
        client.post("/desk/lists/1/state").status_code,
        client.post("/desk/lists/1/removal").status_code,
    }

    assert codes == {expected}
    assert lists(sessions) == []
    if duty:
        assert "/desk/lists" not in client.get("/desk").text
