from random import Random

import pytest

from moderation import Category
from moderation.errors import ModerationError
from moderation.text.canonical import canonical
from moderation.text.linear import LinearClassifier
from moderation.training.corpus import training_texts
from moderation.training.labelled_texts import LabelledText, read, safe_entails, write
from moderation.training.obfuscation import OBFUSCATIONS
from moderation.training.prompt_classifier import fit
from moderation.training.synthetic_prompts import (
    PatternGrammar,
    TemplateGrammar,
    sample_text,
)

SAFE = ["a cat", "a dog on a lake", "кот на окне", "красный дом", "two old ships"]
HARMFUL = ["naked woman", "nude man", "голая женщина", "голый мужчина", "naked people"]


def dice() -> Random:
    return Random(1)  # noqa: S311  # no secret


def toy_examples() -> list[LabelledText]:
    known = [(text, False) for text in SAFE] + [(text, True) for text in HARMFUL]
    return [
        LabelledText(text, "en", "toy", dict.fromkeys(Category, label))
        for text, label in known * 20
    ]


def test_a_fit_tells_apart_what_it_learnt_and_is_loaded_again(tmp_path):
    fit(toy_examples()).save(tmp_path / "w.safetensors", version="toy-2")

    classifier = LinearClassifier.load(tmp_path / "w.safetensors")
    assert classifier.version == "toy-2"
    assert all(classifier.scores(text)[Category.SEXUAL] < 0.2 for text in SAFE)
    assert all(classifier.scores(text)[Category.SEXUAL] > 0.8 for text in HARMFUL)


def test_the_same_examples_fit_the_same_weights():
    once, again = fit(toy_examples()), fit(toy_examples())

    assert (once.weights == again.weights).all()
    assert (once.biases == again.biases).all()


def test_a_source_left_out_is_not_learnt(tmp_path):
    write([LabelledText("a cat", "en", "here", {})], tmp_path / "a.csv")
    write([LabelledText("a dog", "en", "there", {})], tmp_path / "b.csv")

    found = training_texts(tmp_path, without=frozenset({"there"}), random=dice())

    sources = {example.source for example in found}
    assert "here" in sources
    assert "there" not in sources


def test_examples_are_read_as_they_were_written(tmp_path):
    labels = {Category.UNSAFE: True, Category.HATE: False}
    written = [LabelledText('кот, "в шляпе"', "ru", "toy", labels)]
    write(written, tmp_path / "e.csv")

    assert list(read(tmp_path / "e.csv")) == written


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("text,lang\na,en\n", "source"),
        ("text,lang,source,hate\na,en,toy,maybe\n", "line 2.*maybe"),
    ],
)
def test_a_wrong_file_says_where(tmp_path, lines, message):
    (tmp_path / "e.csv").write_text(lines)

    with pytest.raises(ModerationError, match=message):
        list(read(tmp_path / "e.csv"))


def test_an_unknown_label_stays_unknown_unless_the_picture_is_safe():
    safe = LabelledText("a", "en", "toy", {Category.UNSAFE: False})
    harmful = LabelledText("a", "en", "toy", {Category.UNSAFE: True})

    assert safe_entails(safe).labels[Category.HATE] is False
    assert Category.TOXIC not in safe_entails(safe).labels
    assert safe_entails(harmful) == harmful


def test_what_measures_was_never_learnt():
    grammar = TemplateGrammar.bundled()

    learnt = {e.text for e in grammar.examples("train", each=3, random=dice())}
    measuring = {e.text for e in grammar.examples("held-out", each=3, random=dice())}

    assert not {t for t in measuring if len(t.split()) > 5} & learnt


@pytest.mark.parametrize("lang", ["en", "ru"])
@pytest.mark.parametrize("category", [c for c in Category if c != Category.TOXIC])
def test_both_languages_ask_for_every_category(lang, category):
    made = TemplateGrammar.bundled().examples("train", each=1, random=dice())

    assert any(e.lang == lang and e.labels.get(category) for e in made)


@pytest.mark.parametrize(
    "disguise",
    [
        "spread",
        "dotted",
        "invisible characters",
        "struck through",
        "entities",
        "mojibake",
        "full width",
        "look-alike letters",
    ],
)
@pytest.mark.parametrize("text", ["naked woman", "голая женщина"])
def test_the_canonical_prompt_sees_through(disguise, text):
    assert canonical(OBFUSCATIONS[disguise](text)).text == text


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_phrases_leave_no_pattern_unfilled(lang):
    made = [*PatternGrammar.bundled(lang).examples("all", each=2, random=dice())]

    assert len({example.text for example in made}) > 500
    assert not [e.text for e in made if set(e.text) & set("{}|()?")]


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_phrases_ask_for_every_category_and_for_none(lang):
    made = [*PatternGrammar.bundled(lang).examples("all", each=1, random=dice())]

    asked = {c for example in made for c, present in example.labels.items() if present}
    assert asked == set(Category) - {Category.TOXIC}
    assert any(not any(example.labels.values()) for example in made)


def test_a_pattern_is_drawn_with_its_slots_and_choices():
    text = sample_text(
        "(a|a) {colour} (cat|cat)(, {colour}|)", {"colour": ["red"]}, dice()
    )

    assert text in {"a red cat", "a red cat, red"}
