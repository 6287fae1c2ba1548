from itertools import pairwise

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from vernissage.errors import WrongState
from vernissage.states import FINAL, GIVEN_BACK, MOVES, WAITING, WORKING, State, move


@pytest.mark.parametrize("state", State)
def test_every_state_has_its_moves(state):
    assert state in MOVES


@pytest.mark.parametrize("state", State)
def test_every_state_can_be_reached(state):
    reached = {State.SUBMITTED, State.REFUSED}
    for _ in State:
        reached |= {after for before in reached for after in MOVES[before]}

    assert state in reached


@pytest.mark.parametrize("state", State)
def test_nothing_stays_unfinished_for_want_of_a_move(state):
    ends = {state}
    for _ in State:
        ends |= {after for before in ends for after in MOVES[before]}

    assert ends & FINAL


@pytest.mark.parametrize("waiting", sorted(WAITING))
def test_what_a_worker_takes_it_can_give_back(waiting):
    working = move(waiting, WORKING[waiting])

    assert move(working, GIVEN_BACK[working]) is waiting


def test_a_move_that_does_not_exist_is_named():
    with pytest.raises(WrongState, match="queued cannot become published"):
        move(State.QUEUED, State.PUBLISHED)


class Life(RuleBasedStateMachine):
    """An artwork to which anything may be asked at any time."""

    @initialize()
    def submit(self):
        self.lived = [State.SUBMITTED]

    @rule(wanted=st.sampled_from(State))
    def go(self, wanted):
        state = self.lived[-1]
        if (state, wanted) == (State.APPEALED, State.PUBLISHED) and not self.painted:
            return  # there is no picture to show
        if wanted in MOVES[state]:
            self.lived.append(move(state, wanted))
        else:
            with pytest.raises(WrongState):
                move(state, wanted)

    @property
    def painted(self):
        return State.PAINTING in self.lived

    @invariant()
    def only_an_appeal_follows_a_refusal(self):
        for before, after in pairwise(self.lived):
            assert before is not State.REFUSED or after is State.APPEALED

    @invariant()
    def nothing_is_painted_unread_nor_shown_unpainted(self):
        order = (State.SCREENING, State.QUEUED, State.PAINTING, State.PUBLISHED)
        for earlier, later in pairwise(order):
            if later in self.lived:
                assert earlier in self.lived[: self.lived.index(later)]

    @invariant()
    def only_people_go_on_after_the_end(self):
        people = {(State.PUBLISHED, State.REFUSED), (State.REFUSED, State.APPEALED)}
        for before, after in pairwise(self.lived):
            assert before not in FINAL or (before, after) in people


Life.TestCase.settings = settings(max_examples=50, stateful_step_count=15)
test_whatever_is_asked_an_artwork_lives_by_the_rules = Life.TestCase
