"""What the documents say of the tree is so: links lead somewhere, verbs exist, pages are whole."""

import re

import pytest

from tests.support.tree import ROOT, tracked_files

pytestmark = pytest.mark.arch

LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
VERB = re.compile(r"`make ([a-z-]+)")
CODE_PATH = re.compile(r"`((?:src|tests|docs|tools|deploy|bench|web)/[\w./-]+)`")
PARTS_OF_A_DECISION = [
    "## Context",
    "## Decision",
    "## Consequences",
    "## Alternatives",
    "## Which check enforces it",
]
KINDS_OF_CHANGE = {"feature", "fix", "removal", "security", "doc"}
MADE_LATER = tuple(
    line for line in (ROOT / ".gitignore").read_text().splitlines() if line.endswith("/")
)
"Folders that a verb makes: a page may name a file in them before it is there."

PAGES = [path for path in tracked_files() if path.suffix == ".md" and path.parts[-2] != "rooms"]


@pytest.mark.parametrize("page", [str(path.relative_to(ROOT)) for path in PAGES])
def test_links_verbs_and_paths_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text()
    verbs = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text()))
    folder = (ROOT / page).parent

    assert [link for link in LINK.findall(text) if not (folder / link).exists()] == []
    assert [verb for verb in VERB.findall(text) if verb not in verbs] == []
    named = CODE_PATH.findall(text)
    assert [
        path
        for path in named
        if not ((ROOT / path).exists() or (folder / path).exists() or path.startswith(MADE_LATER))
    ] == []


@pytest.mark.parametrize("name", [path.name for path in (ROOT / "docs/decisions").glob("0*.md")])
def test_a_decision_is_whole_and_fits_one_page(name: str) -> None:
    text = (ROOT / "docs" / "decisions" / name).read_text()

    assert [part for part in text.splitlines() if part.startswith("## ")] == PARTS_OF_A_DECISION
    assert len(text.splitlines()) <= 60
    assert f"({name})" in (ROOT / "docs" / "decisions" / "README.md").read_text()


def test_the_tour_has_twelve_stops() -> None:
    stops = re.findall(r"(?m)^## (\d+)\.", (ROOT / "docs" / "tour.md").read_text())

    assert [int(stop) for stop in stops] == list(range(1, 13))


def test_every_change_says_its_kind_and_is_short() -> None:
    for path in (ROOT / "changes").glob("*.md"):
        if path.name != "README.md":
            assert path.name.split(".")[-2] in KINDS_OF_CHANGE, path.name
            assert 0 < len(path.read_text().splitlines()) <= 6, path.name


def test_the_house_plan_names_every_room() -> None:
    plan = (ROOT / "HOUSE.md").read_text()
    rooms = [path.parent.name for path in (ROOT / "src" / "cordboard").glob("*/__init__.py")]

    assert [room for room in rooms if f"`{room}`" not in plan] == []
