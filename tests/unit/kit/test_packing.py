"""A settled turn as rows."""

from typing import Any

import pytest
from sqlalchemy import MetaData

from cordboard.calls import CallDataSet, PromptEnded
from cordboard.kit.bus import Bus
from cordboard.kit.db import Write
from cordboard.kit.ids import CallId
from cordboard.kit.packing import UNREADABLE_FORMAT, pack, refused_write
from cordboard.kit.turns import DeadLetter, Turn
from tests.support.journals import a_rows_table

pytestmark = pytest.mark.unit

CALL = CallId("c-1")


def a_turn(*values: Any) -> Turn:
    turn = Turn(1_000, Bus())
    for value in values:
        turn.facts.append(CallDataSet(at_ms=1_000, call_id=CALL, name="n", value=value))
    return turn


def test_facts_are_numbered_from_the_first() -> None:
    packed = pack(a_turn("a", "b"), 7)

    assert packed.facts == [
        (7, 1_000, "call/c-1", "CallDataSet", 1, _body("a")),
        (8, 1_000, "call/c-1", "CallDataSet", 1, _body("b")),
    ]
    assert packed.last_seq == 8


def test_a_turn_without_facts_ends_before_its_first() -> None:
    assert pack(a_turn(), 7).last_seq == 6


def test_rows_go_by_the_name_of_their_table() -> None:
    turn = a_turn()
    turn.writes.append(Write(a_rows_table(MetaData()), {"id": "x", "n": 1}))

    assert pack(turn, 1).writes == [("test_rows", {"id": "x", "n": 1})]


def test_a_dead_letter_names_the_place_of_its_fact() -> None:
    turn = a_turn("a", "a")
    turn.dead.append(DeadLetter(turn.facts[1], "queues.hear", KeyError("q")))

    (letter,) = pack(turn, 7).dead

    assert letter[1:] == (
        1_000, 8, "call/c-1", "CallDataSet", _body("a"), "queues.hear", "KeyError('q')",
    )  # fmt: skip


def test_a_dead_letter_of_a_signal_has_no_place() -> None:
    turn = a_turn()
    signal = PromptEnded(at_ms=5, call_id=CALL, play_id="p", reason="finished")
    turn.dead.append(DeadLetter(signal, "flows.hear", ValueError("\x00" + "x" * 9_000)))

    (letter,) = pack(turn, 7).dead

    assert letter[1:5] == (5, None, "", "PromptEnded")
    assert "\x00" not in letter[7]
    assert len(letter[7]) <= 2_000


def test_a_fact_that_cannot_be_encoded_keeps_its_place_and_is_mourned() -> None:
    packed = pack(a_turn("a", object(), "b"), 1)

    assert [row[0] for row in packed.facts] == [1, 2, 3]
    assert [row[4] for row in packed.facts] == [1, UNREADABLE_FORMAT, 1]
    assert [(letter[2], letter[4]) for letter in packed.dead] == [(2, "CallDataSet")]


def test_a_refused_row_is_kept_with_all_that_it_held() -> None:
    letter = refused_write(5, 9, "call_records", {"id": "x", "odd": object}, KeyError("id"))

    assert letter[1:5] == (5, 9, "", "call_records")
    assert '"id":"x"' in letter[5]


def _body(value: str) -> str:
    return f'{{"at_ms":1000,"call_id":"c-1","name":"n","value":"{value}"}}'
