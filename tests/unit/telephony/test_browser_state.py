import pytest

from cordboard.telephony.adapters.browser_state import TABLE, Act, Heard, Talk, follow

pytestmark = pytest.mark.unit


def walk(*heard: Heard, talk: Talk = Talk.RINGING) -> tuple[Talk, list[Act]]:
    """Where a call ends up, and all that was done on the way."""
    done: list[Act] = []
    for one in heard:
        talk, acts = follow(talk, one)
        done += acts
    return talk, done


def test_a_call_is_picked_up_and_hung_up_by_the_page() -> None:
    talk, done = walk(Heard.BACK, Heard.OFFER, Heard.SECURED, Heard.HANG_UP)
    assert talk is Talk.OVER
    assert done == [
        Act.STAY, Act.SHOW, Act.STAY, Act.SECURE, Act.REPLY, Act.PICK_UP, Act.LEAVE, Act.TELL,
    ]  # fmt: skip


def test_a_reload_keeps_the_call_and_resumes_it_without_picking_up_again() -> None:
    talk, done = walk(Heard.GONE, Heard.BACK, Heard.OFFER, Heard.SECURED, talk=Talk.UP)
    assert talk is Talk.UP
    assert done == [Act.WAIT, Act.SHOW, Act.SECURE, Act.STAY, Act.REPLY]


def test_a_page_that_lost_only_its_socket_goes_on() -> None:
    assert walk(Heard.GONE, Heard.ALIVE, talk=Talk.UP) == (Talk.UP, [Act.WAIT, Act.STAY])


def test_a_page_that_does_not_come_back_in_time_loses_the_call() -> None:
    assert walk(Heard.GONE, Heard.LATE, talk=Talk.UP)[0] is Talk.OVER
    assert walk(Heard.GONE, Heard.BACK, Heard.OFFER, Heard.LATE, talk=Talk.UP)[0] is Talk.OVER


def test_a_page_that_goes_while_it_picks_up_leaves_the_call_ringing() -> None:
    talk, done = walk(Heard.OFFER, Heard.GONE, Heard.SECURED)
    assert (talk, done[-1]) == (Talk.RINGING, Act.WAIT)
    assert Act.PICK_UP not in done


def test_an_offer_that_cannot_be_met_ends_a_ring_and_not_a_talk() -> None:
    assert walk(Heard.OFFER, Heard.REFUSED)[0] is Talk.OVER
    assert walk(Heard.OFFER, Heard.REFUSED, talk=Talk.UP)[0] is Talk.WAITING


@pytest.mark.parametrize("talk", [talk for talk in Talk if talk is not Talk.OVER])
def test_every_living_call_can_be_ended_from_elsewhere_and_hung_up(talk: Talk) -> None:
    assert follow(talk, Heard.ENDED) == (Talk.OVER, (Act.TELL,))
    assert follow(talk, Heard.HANG_UP)[0] is Talk.OVER


def test_nothing_happens_to_a_call_that_is_over() -> None:
    assert all(follow(Talk.OVER, heard) == (Talk.OVER, ()) for heard in Heard)


def test_whoever_is_waited_for_is_either_stayed_for_or_late() -> None:
    waits = [key for key, (_, acts) in TABLE.items() if Act.WAIT in acts]
    for key in waits:
        after = TABLE[key][0]
        assert follow(after, Heard.LATE)[0] is Talk.OVER
