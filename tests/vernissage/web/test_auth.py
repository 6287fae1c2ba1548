from time import time

import pytest
from sqlalchemy import select

from tests.vernissage.web.passwords import PASSWORD
from vernissage.models.accounts import Account
from vernissage.services.accounts import ensure_administrator

NEW = "бесконечно длинный вечер"


def enter(client, name, password, **form):
    return client.post(
        "/desk/sign-in", data={"name": name, "password": password, **form}
    )


def lent(sessions):
    """Name and one-time password of the administrator."""
    made = ensure_administrator(sessions)
    assert made is not None
    return made


def change(client, old, new, again=None):
    form = {"old": old, "new": new, "again": again or new}
    return client.post("/desk/password", data=form)


def test_a_reviewer_signs_in_and_is_where_she_wanted_to_be(new_visitor, make_account):
    make_account("vera", "reviewer")

    answer = enter(new_visitor, "vera", PASSWORD, next="/desk/decisions")

    assert (answer.status_code, answer.location) == (303, "/desk/decisions")
    assert new_visitor.get("/desk/decisions").status_code == 200


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example", "/\r\nx"]
)
def test_signing_in_never_leads_to_another_site(new_visitor, make_account, elsewhere):
    make_account("vera", "reviewer")

    answer = enter(new_visitor, "vera", PASSWORD, next=elsewhere)

    assert answer.location == "/"


@pytest.mark.parametrize(
    ("name", "password"),
    [("vera", "wrong"), ("nobody", PASSWORD), ("", ""), ("vera", "")],
)
def test_a_wrong_name_looks_like_a_wrong_password(
    new_visitor, make_account, name, password
):
    make_account("vera", "reviewer")

    answer = enter(new_visitor, name, password)

    assert answer.status_code == 401
    assert "Wrong name or password." in answer.text


def test_an_account_that_was_closed_stays_outside(new_visitor, make_account, sessions):
    account = make_account("vera", "reviewer")
    with sessions.begin() as session:
        session.get(Account, account.id).active = False

    assert enter(new_visitor, "vera", PASSWORD).status_code == 401


def test_a_closed_account_loses_the_visit_it_has(vera, sessions):
    with sessions.begin() as session:
        session.scalars(select(Account)).one().active = False

    assert vera.get("/desk").status_code == 303


def test_the_first_administrator_must_take_a_password_of_their_own(
    new_visitor, sessions
):
    name, once = lent(sessions)

    entered = enter(new_visitor, name, once)
    desk = new_visitor.get(entered.location)
    changed = change(new_visitor, once, NEW)

    assert desk.location == "/desk/password"
    assert changed.location == "/desk"
    assert new_visitor.get("/desk").status_code == 200
    assert ensure_administrator(sessions) is None


def test_a_one_time_password_that_nobody_used_is_replaced(sessions):
    first, second = lent(sessions), lent(sessions)

    assert first[0] == second[0]
    assert first[1] != second[1]


def test_a_password_is_kept_as_argon2_only(sessions):
    _, once = lent(sessions)

    with sessions() as session:
        kept = session.scalars(select(Account.password)).one()
    assert kept.startswith("$argon2id$")
    assert once not in kept


@pytest.mark.parametrize(
    ("old", "new", "again", "said"),
    [
        ("wrong", NEW, NEW, "current password"),
        (PASSWORD, "short", "short", "at least 12"),
        (PASSWORD, NEW, NEW + "!", "differ"),
        (PASSWORD, PASSWORD, PASSWORD, "from your name"),
    ],
)
def test_a_bad_new_password_is_explained(vera, old, new, again, said):
    answer = change(vera, old, new, again)

    assert answer.status_code == 422
    assert said in answer.text


def test_a_new_password_ends_every_other_visit(app, make_account, signed_in):
    account = make_account("vera", "reviewer")
    here, elsewhere = signed_in(account), signed_in(account)

    change(here, PASSWORD, NEW)

    assert here.get("/desk").status_code == 200
    assert elsewhere.get("/desk").status_code == 303


def test_signing_out_ends_the_visit_even_for_a_stolen_cookie(make_account, signed_in):
    account = make_account("vera", "reviewer")
    mine, stolen = signed_in(account), signed_in(account)

    mine.post("/desk/sign-out")

    assert mine.get("/desk").status_code == 303
    assert stolen.get("/desk").status_code == 303


def test_a_visit_ends_after_half_a_day(vera):
    with vera.session_transaction() as session:
        session["fs_paa"] = time() - 13 * 60 * 60

    assert vera.get("/desk").status_code == 303


def test_guessing_passwords_is_slowed_down(new_visitor, monkeypatch):
    monkeypatch.setattr("vernissage.web.auth.hash_password", str)

    statuses = [enter(new_visitor, "vera", f"guess {n}").status_code for n in range(12)]

    assert statuses == [401] * 10 + [429] * 2


def test_who_signs_in_keeps_the_works_of_the_visitor(anna, make_account):
    make_account("vera", "reviewer")

    enter(anna, "vera", PASSWORD)

    with anna.session_transaction() as session:
        assert session["visitor"] == "anna"
