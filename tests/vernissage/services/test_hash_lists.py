import pytest

from moderation import Category
from moderation.image.hash_lists import Entry, Flaw, Kind, Malformed
from vernissage.db.hash_lists import HashLists
from vernissage.errors import BadInput, NotFound
from vernissage.services.hash_lists import Enlister, MalformedList

ZEROS, ONES = "0" * 64, "1" * 64
FILE = f"hash,kind,label\n{ZEROS},pdq,minors\n{ONES},sha256,\n{ZEROS},pdq,hate\n"


@pytest.fixture
def enlister(sessions, clock) -> Enlister:
    return Enlister(sessions=sessions, clock=clock)


def enlist(enlister, data=FILE, name="archive"):
    return enlister.enlist(
        data.encode(), name=name, category=Category.UNSAFE, actor="olga"
    )


def test_a_list_is_written_down_with_who_brought_it(enlister, sessions):
    made = enlist(enlister, name=" archive  of 2026 ")

    with sessions() as session:
        [found] = HashLists(session).all()
        entries = HashLists(session).entries(made.id)
    assert (found.name, found.added_by) == ("archive of 2026", "olga")
    assert (found.kind, found.count, found.active) == ("mixed", 2, True)
    assert set(entries) == {
        Entry(Kind.PDQ, ZEROS, "minors"),
        Entry(Kind.SHA256, ONES),
    }


def test_every_malformed_line_is_named_at_once(enlister, sessions):
    answer = enlist(enlister, f"hash,kind\nzz,pdq\n{ZEROS},pdq\n{ZEROS},md5\n{ZEROS}\n")

    assert answer == MalformedList(
        (
            Malformed(2, Flaw.HASH, "zz"),
            Malformed(4, Flaw.KIND, "md5"),
            Malformed(5, Flaw.FIELDS, "1"),
        )
    )
    with sessions() as session:
        assert HashLists(session).all() == []


@pytest.mark.parametrize(
    ("data", "field"),
    [(b"hash,kind\n\xff", "file"), (b"hash,kind\n", "file")],
    ids=["no text", "no entry"],
)
def test_what_is_no_list_is_not_taken(enlister, data, field):
    with pytest.raises(BadInput) as caught:
        enlister.enlist(data, name="a", category=Category.UNSAFE, actor="olga")

    assert caught.value.field == field


@pytest.mark.parametrize("name", ["", " ", "a" * 65, "archive"])
def test_a_list_has_a_name_of_its_own(enlister, name):
    enlist(enlister, name="archive")

    with pytest.raises(BadInput) as caught:
        enlist(enlister, name=name)

    assert caught.value.field == "name"


def test_a_list_can_be_switched_off_and_removed(each_sessions, clock):
    enlister = Enlister(sessions=each_sessions, clock=clock)
    made = enlist(enlister)

    enlister.switch(made.id, active=False)

    with each_sessions() as session:
        assert HashLists(session).version() == ()
    enlister.remove(made.id)
    with each_sessions() as session:
        assert HashLists(session).all() == []
        assert HashLists(session).entries(made.id) == []
    with pytest.raises(NotFound):
        enlister.remove(made.id)
