"""What a waiting caller is told, word by word."""

import json
from importlib.resources import files

import pytest

from cordboard.queues.effects import localise, position_items

pytestmark = pytest.mark.unit


class TestPositionItems:
    def test_position_alone_when_no_wait_can_be_told(self) -> None:
        assert position_items("zh", 3, None) == (
            "file:zh/queue/position_is",
            "say:zh:number/3",
            "file:zh/queue/position_suffix",
        )
        assert position_items("en", 3, None) == ("file:en/queue/position_is", "say:en:number/3")

    @pytest.mark.parametrize(
        ("estimate_s", "spoken"),
        [
            (1.0, ("file:en/queue/less_than_a_minute",)),
            (59.9, ("file:en/queue/less_than_a_minute",)),
            (60.0, ("say:en:number/1", "file:en/queue/minute")),
            (89.9, ("say:en:number/1", "file:en/queue/minute")),
            (90.0, ("say:en:number/2", "file:en/queue/minutes")),
            (205.875, ("say:en:number/3", "file:en/queue/minutes")),
        ],
    )
    def test_wait_in_whole_minutes_half_up(
        self, estimate_s: float, spoken: tuple[str, ...]
    ) -> None:
        items = position_items("en", 1, estimate_s)
        assert items[2:] == ("file:en/queue/estimated_wait", *spoken)

    @pytest.mark.parametrize("language", ["zh", "en"])
    @pytest.mark.parametrize("estimate_s", [None, 30.0, 60.0, 200.0])
    def test_every_prompt_that_is_named_is_shipped(
        self, language: str, estimate_s: float | None
    ) -> None:
        catalogue = json.loads(
            files("cordboard").joinpath("media/prompts/catalogue.json").read_text()
        )
        for item in position_items(language, 2, estimate_s):
            if item.startswith("file:"):
                assert language in catalogue[item.removeprefix(f"file:{language}/")]


def test_names_without_language_get_it_and_everything_else_stays() -> None:
    assert localise(("file:queue/wait", "moh:default", "silence:500"), "en") == (
        "file:en/queue/wait",
        "moh:default",
        "silence:500",
    )
