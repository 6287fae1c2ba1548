from pathlib import Path

import pytest

from moderation import Outcome
from tests.factories import a_verdict, stored
from vernissage.cli.generate_artwork import to_dict, to_lines
from vernissage.db.artworks import Artworks
from vernissage.db.decisions import Decisions
from vernissage.messages import translator
from vernissage.states import State

OUT = Path("lake.png")


def settled(sessions, state, *verdicts):
    artwork = stored(sessions, state)
    with sessions.begin() as session:
        for verdict in verdicts:
            Decisions(session).record(artwork, verdict, artwork.submitted_at)
    with sessions() as session:
        artwork = Artworks(session)[artwork.id]
        return artwork, list(artwork.decisions)


def lines(language, artwork, decisions):
    return list(
        to_lines(artwork, decisions, out=OUT, translations=translator(language))
    )


def test_a_published_picture_is_named_with_its_seed(sessions):
    assert lines("en", *settled(sessions, State.PUBLISHED)) == [
        "Ready: lake.png (seed 7)"
    ]


@pytest.mark.parametrize(
    ("gate", "first"),
    [
        ("prompt", "The prompt was refused, so nothing was painted."),
        ("embedding", "This prompt would lead to a picture that we do not show, "),
    ],
)
def test_a_refusal_says_who_refused_why_and_what_to_change(sessions, gate, first):
    refusal = a_verdict(Outcome.REFUSE, gate=gate)

    told_first, judged, advice = lines("en", *settled(sessions, State.REFUSED, refusal))

    assert told_first.startswith(first)
    assert judged.startswith("What was checked: ")
    assert judged.endswith("Who decided: An automatic check.")
    assert advice.startswith("Violence or weapons: We do not paint weapons")


def test_a_category_is_explained_once(sessions):
    refusals = [a_verdict(Outcome.REFUSE, gate=g) for g in ("embedding", "image")]

    assert len(lines("en", *settled(sessions, State.REFUSED, *refusals))) == 3


def test_a_refusal_speaks_russian(sessions):
    refusal = a_verdict(Outcome.REFUSE)

    shown = "".join(lines("ru", *settled(sessions, State.REFUSED, refusal)))

    assert "Насилие и оружие: " in shown
    assert "Кто решил: Автоматическая проверка" in shown
    assert "We " not in shown


@pytest.mark.parametrize("state", [State.IN_REVIEW, State.FAILED, State.CANCELLED])
@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_other_end_has_one_line_in_both_languages(sessions, state, language):
    [line] = lines(language, *settled(sessions, state))

    assert line.isascii() is (language == "en")


def test_programs_learn_every_decision_and_no_path_to_what_is_not_shown(sessions):
    doubt = a_verdict(Outcome.REVIEW, gate="image")
    artwork, decisions = settled(sessions, State.IN_REVIEW, doubt)

    answer = to_dict(artwork, decisions, out=OUT, translations=translator("en"))

    assert (answer["state"], answer["out"]) == ("in_review", None)
    assert answer["translation"] is None
    assert [(d["gate"], d["outcome"]) for d in answer["decisions"]] == [
        ("prompt", "allow"),
        ("image", "review"),
    ]
