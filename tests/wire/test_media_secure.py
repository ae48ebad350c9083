"""A secure leg's socket against a browser's side that uses other hands: checks, handshake, SRTP."""

import contextlib
import socket
from collections.abc import Iterator

import pytest

from cordboard.media import stun
from cordboard.media.dtls import Dtls, DtlsError, own_fingerprint
from cordboard.media.ports import PortPair
from cordboard.media.rtp import HEADER
from cordboard.media.secure import BROWSER, SecurePair
from tests.support.web_peer import WebPeer

pytestmark = pytest.mark.wire


def an_rtp(seq: int, kind: int = 8) -> bytes:
    return HEADER.pack(0x80, kind, seq, seq * 160, 77) + bytes([seq & 0xFF]) * 160


class Place:
    """A secure pair and its peer on loopback."""

    def __init__(self) -> None:
        socks = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
        for sock in socks:
            sock.bind(("127.0.0.1", 0))
            sock.settimeout(2)
        self.pair = SecurePair(PortPair(socks[0], socks[1], socks[0].getsockname()[1]))
        self.sound = self.pair.sound
        self.peers: list[WebPeer] = []

    def peer(self) -> WebPeer:
        self.peers.append(WebPeer(("127.0.0.1", self.pair.rtp_port)))
        return self.peers[-1]

    def take(self) -> bytes:
        """Let the leg take one datagram; the sound in it, or nothing."""
        with contextlib.suppress(BlockingIOError):
            return self.sound.recv(2048)
        return b""

    def check(self, peer: WebPeer) -> bytes:
        peer.send(peer.check(self.sound.ufrag, self.sound.password))
        self.take()
        return peer.read()

    def shake_hands(self, peer: WebPeer) -> None:
        for _ in range(2):
            peer.send(peer.flight())
            self.take()
            peer.heard(peer.read())
        peer.flight()
        peer.take_keys()

    def close(self) -> None:
        self.pair.close()
        for peer in self.peers:
            peer.close()


@pytest.fixture
def place() -> Iterator[Place]:
    made = Place()
    yield made
    made.close()


def joined(place: Place) -> WebPeer:
    peer = place.peer()
    place.sound.secure(peer.ufrag, peer.fingerprint)
    place.check(peer)
    place.shake_hands(peer)
    return peer


def test_a_check_is_answered_with_the_place_it_came_from(place: Place) -> None:
    peer = place.peer()
    place.sound.secure(peer.ufrag, peer.fingerprint)
    answer = place.check(peer)
    message = stun.parse(answer)
    assert message is not None
    assert message.kind == stun.BINDING_SUCCESS
    assert stun.is_signed(answer, message, place.sound.password.encode())


def test_a_check_without_our_password_or_name_is_not_answered(place: Place) -> None:
    peer = place.peer()
    place.sound.secure(peer.ufrag, peer.fingerprint)
    peer.send(peer.check(place.sound.ufrag, "guessed"))
    place.take()
    peer.send(peer.check("another", place.sound.password))
    place.take()
    assert place.sound.dropped == 2
    assert peer.nothing_comes()


def test_sound_goes_both_ways_in_no_clear_text(place: Place) -> None:
    peer = joined(place)
    peer.send(peer.outbound.protect(an_rtp(1)))
    assert place.sound.recvfrom(2048) == (an_rtp(1), BROWSER)
    place.sound.send(an_rtp(9))
    data = peer.read()
    assert an_rtp(9)[12:] not in data
    assert peer.inbound.unprotect(data) == an_rtp(9)
    assert peer.ssl.get_peer_certificate(as_cryptography=True) is not None


def test_who_shows_another_certificate_gets_no_keys(place: Place) -> None:
    peer = place.peer()
    place.sound.secure(peer.ufrag, own_fingerprint())
    place.check(peer)
    peer.send(peer.flight())
    place.take()
    peer.heard(peer.read())
    peer.send(peer.flight())
    place.take()
    assert place.sound.send(an_rtp(1)) == 0
    assert place.sound.dropped == 1


def test_the_refusal_says_why() -> None:
    peer = WebPeer(("127.0.0.1", 9))
    dtls = Dtls(own_fingerprint())
    for data in dtls.take(peer.flight()):
        peer.heard(data)
    with pytest.raises(DtlsError, match="announced"):
        dtls.take(peer.flight())
    peer.close()


def test_a_packet_that_comes_twice_is_heard_once(place: Place) -> None:
    peer = joined(place)
    data = peer.outbound.protect(an_rtp(5))
    peer.send(data)
    peer.send(data)
    assert [place.take(), place.take()] == [an_rtp(5), b""]
    assert place.sound.dropped == 1


def test_sound_in_clear_and_forged_sound_are_dropped(place: Place) -> None:
    peer = joined(place)
    peer.send(an_rtp(1))
    forged = bytearray(peer.outbound.protect(an_rtp(2)))
    forged[20] ^= 1
    peer.send(bytes(forged))
    assert [place.take(), place.take()] == [b"", b""]
    assert place.sound.dropped == 2


def test_a_handshake_from_a_place_that_proved_nothing_is_dropped(place: Place) -> None:
    peer = place.peer()
    place.sound.secure(peer.ufrag, peer.fingerprint)
    peer.send(peer.flight())
    place.take()
    assert place.sound.dropped == 1
    assert peer.nothing_comes()


def test_after_a_reload_the_new_page_is_spoken_to_and_the_old_one_until_then(place: Place) -> None:
    old = joined(place)
    new = place.peer()
    place.sound.secure(new.ufrag, new.fingerprint)
    place.check(new)
    place.sound.send(an_rtp(1))
    assert old.inbound.unprotect(old.read()) == an_rtp(1)
    place.shake_hands(new)
    place.sound.send(an_rtp(2))
    assert new.inbound.unprotect(new.read()) == an_rtp(2)
    old.send(old.outbound.protect(an_rtp(3)))
    assert place.take() == b""
    assert old.nothing_comes()


def test_the_browser_may_move_to_another_network(place: Place) -> None:
    peer = joined(place)
    before, peer.sock = peer.sock, socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    peer.sock.bind(("127.0.0.1", 0))
    peer.sock.settimeout(2)
    assert place.check(peer)
    place.sound.send(an_rtp(4))
    assert peer.inbound.unprotect(peer.read()) == an_rtp(4)
    before.close()


def test_reports_go_beside_the_sound(place: Place) -> None:
    peer = joined(place)
    report = bytes.fromhex("80c90001") + (77).to_bytes(4, "big")
    told: list[int] = []
    place.sound.reported = lambda: told.append(1)
    peer.send(peer.outbound.protect_rtcp(report))
    assert place.take() == b""
    assert (told, place.pair.rtcp.recvfrom(2048)) == ([1], (report, BROWSER))
    place.pair.rtcp.sendto(report, BROWSER)
    assert peer.inbound.unprotect_rtcp(peer.read()) == report
