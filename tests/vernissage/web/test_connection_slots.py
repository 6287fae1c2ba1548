import pytest
from hypothesis import given
from hypothesis import strategies as st

from vernissage.web.connection_slots import NoSeat, Seats


def test_a_seat_that_was_left_is_free():
    seats = Seats(total=1, each=1)
    seats.take("anna")
    seats.leave("anna")

    seats.take("boris")

    with pytest.raises(NoSeat):
        seats.take("anna")


@given(st.lists(st.sampled_from(["anna", "boris", "vera"]), max_size=30))
def test_no_crowd_ever_takes_more_than_there_is(crowd):
    seats = Seats(total=4, each=2)
    seated = []

    for guest in crowd:
        try:
            seats.take(guest)
        except NoSeat:
            continue
        seated.append(guest)

    assert len(seated) <= 4
    assert all(seated.count(guest) <= 2 for guest in crowd)
