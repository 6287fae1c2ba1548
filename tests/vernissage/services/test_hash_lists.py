import pytest

from moderation import Category
from moderation.image.hash_lists import Flaw, HashEntry, HashKind, MalformedLine
from vernissage.db.hash_lists import HashLists
from vernissage.errors import BadInput, NotFound
from vernissage.services.hash_lists import HashListService, RejectedList

ZEROS, ONES = "0" * 64, "1" * 64
FILE = f"hash,kind,label\n{ZEROS},pdq,minors\n{ONES},sha256,\n{ZEROS},pdq,hate\n"


@pytest.fixture
def hash_list_service(sessions, clock) -> HashListService:
    return HashListService(sessions=sessions, clock=clock)


def add(hash_list_service, data=FILE, name="archive"):
    return hash_list_service.add(
        data.encode(), name=name, category=Category.UNSAFE, actor="olga"
    )


def test_a_list_is_written_down_with_who_brought_it(hash_list_service, sessions):
    made = add(hash_list_service, name=" archive  of 2026 ")

    with sessions() as session:
        [found] = HashLists(session).all()
        entries = HashLists(session).entries(made.id)
    assert (found.name, found.added_by) == ("archive of 2026", "olga")
    assert (found.kind, found.count, found.active) == ("mixed", 2, True)
    assert set(entries) == {
        HashEntry(HashKind.PDQ, ZEROS, "minors"),
        HashEntry(HashKind.SHA256, ONES),
    }


def test_every_malformed_line_is_named_at_once(hash_list_service, sessions):
    answer = add(
        hash_list_service, f"hash,kind\nzz,pdq\n{ZEROS},pdq\n{ZEROS},md5\n{ZEROS}\n"
    )

    assert answer == RejectedList(
        (
            MalformedLine(2, Flaw.HASH, "zz"),
            MalformedLine(4, Flaw.KIND, "md5"),
            MalformedLine(5, Flaw.FIELDS, "1"),
        )
    )
    with sessions() as session:
        assert HashLists(session).all() == []


@pytest.mark.parametrize(
    ("data", "field"),
    [(b"hash,kind\n\xff", "file"), (b"hash,kind\n", "file")],
    ids=["no text", "no entry"],
)
def test_what_is_no_list_is_not_taken(hash_list_service, data, field):
    with pytest.raises(BadInput) as caught:
        hash_list_service.add(data, name="a", category=Category.UNSAFE, actor="olga")

    assert caught.value.field == field


@pytest.mark.parametrize("name", ["", " ", "a" * 65, "archive"])
def test_a_list_has_a_name_of_its_own(hash_list_service, name):
    add(hash_list_service, name="archive")

    with pytest.raises(BadInput) as caught:
        add(hash_list_service, name=name)

    assert caught.value.field == "name"


def test_a_list_can_be_switched_off_and_removed(each_sessions, clock):
    hash_list_service = HashListService(sessions=each_sessions, clock=clock)
    made = add(hash_list_service)

    hash_list_service.switch(made.id, active=False)

    with each_sessions() as session:
        assert HashLists(session).version() == ()
    hash_list_service.remove(made.id)
    with each_sessions() as session:
        assert HashLists(session).all() == []
        assert HashLists(session).entries(made.id) == []
    with pytest.raises(NotFound):
        hash_list_service.remove(made.id)
