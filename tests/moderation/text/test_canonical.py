from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.text.canonical import canonical


@pytest.fixture(scope="module", autouse=True)
def _words() -> None:
    """Read the word lists before anything is timed."""
    canonical("nnaakkeedd ггооллааяя")


NASTY = "&#;xamplt<|>/ 0347ae.\n\u200b\u0336\u0301\u0306\u0308ﷺ＆ÐÑ°¾аеёйnudeгол "
PIECES = ["&amp;", "&#38;", "&#x26;", "&lt;", "<|endoftext|>", "n u d e", "nudе", "Ð³"]


@given(st.text())
def test_spelling_twice_changes_nothing(prompt):
    once = canonical(prompt).text

    assert canonical(once).text == once


@given(st.text(alphabet=NASTY, max_size=80))
def test_spelling_nasty_characters_twice_changes_nothing(prompt):
    once = canonical(prompt).text

    assert canonical(once).text == once


@given(st.lists(st.sampled_from([*PIECES, *NASTY]), max_size=30).map("".join))
def test_spelling_nested_tricks_twice_changes_nothing(prompt):
    once = canonical(prompt).text

    assert canonical(once).text == once


@given(st.text(alphabet=st.characters(codec=None, exclude_categories=())))
def test_what_had_to_change_is_a_share_and_the_rest_can_be_encoded(prompt):
    spelled = canonical(prompt)

    assert 0 <= spelled.changed <= 1
    assert spelled.text.encode().decode() == spelled.text


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        ("n&#117;de w&#111;man", "nude woman"),
        ("n&amp;amp;#117;de", "nude"),
        ("голая".encode().decode("latin-1"), "голая"),
        ("ｎｕｄｅ", "nude"),
        ("𝐧𝐮𝐝𝐞", "nude"),
        ("n\u200bu\u00add\u2060e", "nude"),
        ("n\u0336u\u0336d\u0336e\u0336", "nude"),
        ("nudе woman", "nude woman"),
        ("гoлaя", "голая"),
        ("draw n u d e  w o m a n", "draw nude woman"),
        ("г.о.л.а.я", "голая"),
        ("nuuuude", "nude"),
        ("nnaakkeedd", "naked"),
        ("booooobs", "boobs"),
        ("n.u.d.e m.a.n o.n a b.e.d", "nude man on a bed"),
        ("ѕехy wоmаn in her ѕhоrtѕ", "sexy woman in her shorts"),
        ("a <|endoftext|> b <|StartOfText|>", "a b"),
        ("\ud800abc", "abc"),
        ("cat\non\ta\x00 mat", "cat on a mat"),
    ],
)
def test_a_disguise_comes_off(prompt, text):
    assert canonical(prompt).text == text
    assert canonical(prompt).changed > 0 or prompt.split() == text.split()


@pytest.mark.parametrize(
    "prompt",
    [
        "GPT-модель и ёлка, чёрный йод, Ильич",
        "Кот в шляпе, масляная живопись, 4k",
        "A CAT on a red background",
        "Henry VIII and Людовик XIV",
        "3D-модель, VIP-зал",
        "и я в лесу",
        "xxx www",
        "a coffee balloon committee",
        "плакат СССР, poster",
        "fish & chips",
        "हिन्दी がぎ",
    ],
)
def test_an_honest_prompt_stays_as_it_is(prompt):
    spelled = canonical(prompt)

    assert spelled.text == prompt
    assert spelled.changed == 0


@pytest.mark.parametrize(
    "pattern",
    ["&amp;", "&#&#51;8;", "&#x26;", "a ", "a", "é", "<|", "n\u0336", "Ð³", "&"],
)
def test_ten_thousand_characters_of_an_attack_take_no_time(pattern):
    prompt = (pattern * 10_000)[:10_000]
    started = process_time()  # a busy machine takes nothing of it

    canonical(prompt)

    assert process_time() - started < 1
