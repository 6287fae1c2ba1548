"""What is documented is what there is."""

import re
from pathlib import Path

import pytest

from generation.recipe import Safety
from moderation import Category
from moderation.policy import SAFETY
from vernissage.settings import Settings

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


@pytest.mark.parametrize("setting", Settings.model_fields)
def test_every_setting_is_on_its_page(setting):
    page = (ROOT / "docs" / "settings.md").read_text("utf-8")

    assert f"`VERNISSAGE_{setting.upper()}`" in page


def test_no_setting_is_documented_that_does_not_exist():
    page = (ROOT / "docs" / "settings.md").read_text("utf-8")
    documented = set(re.findall(r"`VERNISSAGE_([A-Z_]+)`", page))

    assert documented == {name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize("category", Category)
def test_every_category_is_on_the_policy_page(category):
    assert f"`{category}`" in (ROOT / "docs" / "policy.md").read_text("utf-8")


@pytest.mark.parametrize("safety", SAFETY)
def test_every_way_to_steer_is_on_the_policy_page_and_in_the_engine(safety):
    assert f"`{safety}`" in (ROOT / "docs" / "policy.md").read_text("utf-8")
    assert Safety(safety)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_link_between_pages_leads_somewhere(page):
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text("utf-8"))

    assert [link for link in links if not (page.parent / link).exists()] == []
