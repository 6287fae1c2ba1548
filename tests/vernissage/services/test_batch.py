"""Many artworks in one engine."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from moderation import Category, EmbeddingGate
from tests.factories import NOON, stored
from tests.fakes import MemoryStorage, PlainEngine, Scorer
from vernissage.db.artworks import Artworks
from vernissage.errors import EngineBroken
from vernissage.models.artworks import Artwork
from vernissage.services.leases import Leases
from vernissage.states import State


@pytest.fixture
def queued(sessions):
    """Queues an artwork of each owner, whose prompt is the owner's name."""

    def queue(*owners, **columns):
        return [
            stored(
                sessions,
                State.QUEUED,
                owner=owner,
                prompt=owner,
                submitted_at=NOON + timedelta(seconds=place),
                **columns,
            )
            for place, owner in enumerate(owners)
        ]

    return queue


@pytest.fixture
def standing(sessions):
    """Reads the states of artworks and how often they were tried."""

    def read(*artworks):
        with sessions() as session:
            rows = [Artworks(session)[artwork.id] for artwork in artworks]
            return [(row.state, row.attempt) for row in rows]

    return read


PUBLISHED = (State.PUBLISHED, 1)
AS_IF_NEVER_BEGUN = (State.QUEUED, 0)


def test_many_artworks_share_each_tick(generator, engine, queued, standing):
    artworks = queued("anna", "boris", "vera", steps=3)

    generator.generate_all()

    assert standing(*artworks) == [PUBLISHED] * 3
    assert engine.ticks == [["anna", "boris", "vera"]] * 4


def test_no_more_are_claimed_than_there_are_places(generator, queued, standing):
    artworks = queued(*"abcde", steps=2)
    seen = []
    engine = PlainEngine(
        capacity=2, meanwhile=lambda *_: seen.append(standing(*artworks))
    )

    replace(generator, engine=engine).generate_all()

    claimed = [[s for s, _ in states].count(State.PAINTING) for states in seen]
    assert set(claimed) <= {1, 2}
    assert standing(*artworks) == [PUBLISHED] * 5


def test_a_later_arrival_joins_between_two_steps(generator, engine, queued, standing):
    arrived: list[Artwork] = []

    def arrive(step, steps):
        if step == 3 and not arrived:
            arrived.extend(queued("boris", steps=3))

    engine.meanwhile = arrive
    queued("anna", steps=200)

    generator.generate_all()

    assert standing(*arrived) == [PUBLISHED]
    first = engine.ticks.index(["anna", "boris"])
    assert 3 < first < 100
    assert engine.ticks[-1] == ["anna"]


def test_owners_take_turns_for_a_place_that_is_free(generator, queued, sessions):
    queued("anna", "anna", "anna", "boris")
    engine = PlainEngine(capacity=1)

    replace(generator, engine=engine).generate_all()

    assert engine.decoded == ["anna", "boris", "anna", "anna"]


def test_a_cancelled_picture_frees_its_place_at_once(
    generator, canceller, queued, standing, clock
):
    clock.tick *= 1000
    anna, boris, vera = queued("anna", "boris", "vera", steps=9)
    engine = PlainEngine(capacity=2)

    def cancel_at_four(step, steps):
        if step == 4 and standing(anna)[0][0] is State.PAINTING:
            canceller.cancel(anna.id, owner="anna")

    engine.meanwhile = cancel_at_four

    replace(generator, engine=engine).generate_all()

    assert standing(anna, boris, vera) == [(State.CANCELLED, 1), PUBLISHED, PUBLISHED]
    assert sum("anna" in tick for tick in engine.ticks) == 5
    assert ["boris", "vera"] in engine.ticks


@dataclass
class Fussy(Scorer):
    """Refuses the second embedding that it judges."""

    shown: int = 0

    def scores(self, thing, /):
        self.shown += 1
        return {Category.VIOLENCE: 0.95 if self.shown == 2 else 0.0}


def test_a_refused_embedding_frees_its_slot_and_is_never_decoded(
    generator, engine, policy, queued, standing
):
    artworks = queued("anna", "boris", "vera")
    gate = EmbeddingGate(classifiers=[Fussy()], policy=policy)

    replace(generator, embedding_gate=gate).generate_all()

    assert standing(*artworks) == [PUBLISHED, (State.REFUSED, 1), PUBLISHED]
    assert engine.decoded == ["anna", "vera"]
    assert engine.under_way == []


def test_what_spoils_one_picture_leaves_the_others_alone(generator, queued, standing):
    artworks = queued("anna", "boris", "vera")

    class OneFull(MemoryStorage):
        def keep(self, artwork_id, image):
            if artwork_id == artworks[1].id:
                raise OSError("no space left on device")
            return super().keep(artwork_id, image)

    replace(generator, storage=OneFull()).generate_all()

    assert standing(*artworks) == [PUBLISHED, (State.FAILED, 3), PUBLISHED]


@dataclass
class Weak(PlainEngine):
    """Fails over the prompt of one owner, at one of the stages."""

    victim: str = "boris"
    breaks: str = "step"

    def at_risk(self, stage, request):
        if (stage, request.regime.subject.prompt) == (self.breaks, self.victim):
            self.fail(request, "no room")

    def step(self, request):
        super().step(request)
        self.at_risk("step", request)

    def decode(self, request):
        super().decode(request)
        self.at_risk("paint", request)


@pytest.mark.parametrize("breaks", ["step", "paint"])
def test_an_artwork_that_fails_costs_its_own_attempts_only(
    generator, queued, standing, breaks
):
    artworks = queued("anna", "boris", "vera")

    replace(generator, engine=Weak(breaks=breaks)).generate_all()

    assert standing(*artworks) == [PUBLISHED, (State.FAILED, 3), PUBLISHED]


def test_what_is_tried_again_is_alone_and_nobody_overtakes_it_for_ever(
    generator, queued, standing
):
    again = queued("anna", attempt=1)
    later = queued("boris", "vera")
    engine = PlainEngine()

    replace(generator, engine=engine).generate_all()

    assert standing(*again, *later) == [(State.PUBLISHED, 2), PUBLISHED, PUBLISHED]
    assert all(tick == ["anna"] or "anna" not in tick for tick in engine.ticks)


def test_what_is_tried_again_waits_until_the_others_are_done(
    generator, engine, queued, standing
):
    retried: list[Artwork] = []

    def arrive(step, steps):
        if step == 2 and not retried:
            retried.extend(queued("anna", attempt=1))

    engine.meanwhile = arrive
    queued("boris", "vera", steps=200)

    generator.generate_all()

    assert standing(*retried) == [(State.PUBLISHED, 2)]
    assert engine.ticks[-1] == ["anna"]


@pytest.mark.parametrize("step", [1, 2])
def test_a_generator_that_is_stopped_returns_every_artwork_at_once(
    generator, engine, queued, standing, step
):
    artworks = queued(*"abcdef", steps=2)

    def stop(now, steps):
        if now == step:
            generator.stopping.set()

    engine.meanwhile = stop

    generator.generate_all()

    states = standing(*artworks)
    done = 4 if step == 2 else 0
    assert states.count(PUBLISHED) == done
    assert states.count(AS_IF_NEVER_BEGUN) == len(artworks) - done
    assert engine.under_way == []


def test_a_generator_that_is_stopped_begins_nothing(
    generator, engine, queued, standing
):
    artworks = queued("anna")
    generator.stopping.set()

    generator.generate_all()

    assert standing(*artworks) == [AS_IF_NEVER_BEGUN]
    assert engine.embedded == []


def test_an_engine_that_breaks_down_in_a_tick_costs_each_an_attempt(
    generator, engine, queued, standing
):
    artworks = queued("anna", "boris")

    def snap(step, steps):
        raise ZeroDivisionError("anna")

    engine.meanwhile = snap

    with capture_logs() as logged, pytest.raises(EngineBroken):
        generator.generate_all()

    assert standing(*artworks) == [(State.QUEUED, 1)] * 2
    events = [entry["event"] for entry in logged]
    assert events == ["attempt_failed", "attempt_failed", "engine_broken"]
    assert {entry["error"] for entry in logged} == {"ZeroDivisionError"}
    assert "anna" not in str(logged)


@dataclass
class Brittle(PlainEngine):
    """Breaks down over the prompt of boris, at one of its methods."""

    breaks: str = "begin"

    def submit(self, regime, recipe):
        if self.breaks == "begin" and regime.subject.prompt == "boris":
            raise ZeroDivisionError
        return super().submit(regime, recipe)

    def decode(self, request):
        if self.breaks == "paint" and request.regime.subject.prompt == "boris":
            raise ZeroDivisionError
        super().decode(request)

    def cancel(self, request):
        assert self.breaks == "never", "a broken engine is left alone"


@pytest.mark.parametrize("breaks", ["begin", "paint"])
def test_an_engine_that_breaks_down_over_one_artwork_costs_that_one_an_attempt(
    generator, queued, standing, breaks
):
    artworks = queued("anna", "boris", "vera")

    with pytest.raises(EngineBroken):
        replace(generator, engine=Brittle(breaks=breaks)).generate_all()

    assert standing(*artworks) == [
        AS_IF_NEVER_BEGUN,
        (State.QUEUED, 1),
        AS_IF_NEVER_BEGUN,
    ]


def test_a_poisonous_artwork_fails_and_harms_another_once_at_most(
    generator, queued, standing
):
    poison, harmless = queued("boris", "anna")

    class Poisoned(PlainEngine):
        def step(self, request):
            if request.regime.subject.prompt == "boris":
                raise ZeroDivisionError
            super().step(request)

    for _ in range(3):
        with pytest.raises(EngineBroken):
            replace(generator, engine=Poisoned()).generate_all()
    replace(generator, engine=Poisoned()).generate_all()

    assert standing(poison, harmless) == [(State.FAILED, 3), (State.PUBLISHED, 2)]


@dataclass
class Flickering:
    """Leases of a database that is away whenever something is under way."""

    leases: Leases
    engine: PlainEngine
    away: list[int] = field(default_factory=list)

    def claim(self, *arguments, **options):
        if self.engine.under_way:
            self.away.append(1)
            raise OperationalError("SELECT", {}, Exception("away"))
        return self.leases.claim(*arguments, **options)

    def __getattr__(self, name):
        return getattr(self.leases, name)


def test_what_is_under_way_outlives_a_database_that_is_away(
    generator, engine, queued, standing
):
    flickering = Flickering(generator.leases, engine)
    artworks = queued("anna", "boris")

    replace(generator, leases=flickering).generate_all()

    assert flickering.away
    assert standing(*artworks) == [PUBLISHED] * 2


def test_between_two_looks_in_vain_there_is_time_to_paint(generator, engine, queued):
    looks = []

    class Watched(Flickering):
        def claim(self, *arguments, **options):
            looks.append(len(self.engine.ticks))
            return self.leases.claim(*arguments, **options)

    queued("anna", steps=200)

    replace(generator, leases=Watched(generator.leases, engine)).generate_all()

    assert len(looks) < 40
