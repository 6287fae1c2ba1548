import pytest

from vernissage.cli.environment import language


@pytest.mark.parametrize(
    ("locale", "wanted", "spoken"),
    [
        ("ru_RU.UTF-8", None, "ru"),
        ("ru_RU.UTF-8", "en", "en"),
        ("de_DE.UTF-8", None, "en"),
        ("C", None, "en"),
        ("C", "ru", "ru"),
    ],
)
def test_the_answer_is_in_the_language_asked_for_or_the_locales(
    monkeypatch, locale, wanted, spoken
):
    for variable in ("LANGUAGE", "LC_ALL", "LC_CTYPE", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("LANG", locale)

    assert language(wanted) == spoken
