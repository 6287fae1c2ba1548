import pytest
from hypothesis import given
from hypothesis import strategies as st

from vernissage.web.connection_slots import ConnectionSlots, NoSlotFree


def test_a_slot_that_was_left_is_free():
    slots = ConnectionSlots(total=1, each=1)
    slots.take("anna")
    slots.leave("anna")

    slots.take("boris")

    with pytest.raises(NoSlotFree):
        slots.take("anna")


@given(st.lists(st.sampled_from(["anna", "boris", "vera"]), max_size=30))
def test_no_crowd_ever_takes_more_than_there_is(crowd):
    slots = ConnectionSlots(total=4, each=2)
    seated = []

    for guest in crowd:
        try:
            slots.take(guest)
        except NoSlotFree:
            continue
        seated.append(guest)

    assert len(seated) <= 4
    assert all(seated.count(guest) <= 2 for guest in crowd)
