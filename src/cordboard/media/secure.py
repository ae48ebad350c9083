"""The socket of a browser's leg: ICE, DTLS and SRTP beneath, plain RTP above.

Takes the place of a leg's two sockets, so the leg itself is like any other and a plain leg pays
nothing. We are the lite side: the browser finds the way and we answer its checks; what is no check
with our password, no DTLS and no protected sound from a place that proved itself is dropped. A new
`secure` (reload, another network) begins anew on the same port, and the leg goes on.
Sources: RFC 8445 §2.5 (lite), RFC 5764 §5.1.2 and RFC 7983 (one port), RFC 5761 (RTCP beside RTP).
"""

import secrets
from collections import deque
from collections.abc import Callable

from pylibsrtp import Error as SrtpError

from . import stun
from .dtls import Dtls, DtlsError
from .ports import PacketSocket, PortPair
from .srtp import Sealed

Address = tuple[str, int]
BROWSER: Address = ("browser.invalid", 9)
"Where a leg believes its party to be: which place that is now is settled here."

_PLACES = 8
"So many places may prove themselves; the oldest gives way."

_REPORTS = 8


class SecureSocket:
    """In the place of a leg's RTP socket; used by the media thread alone."""

    def __init__(self, sock: PacketSocket) -> None:
        self._sock = sock
        self.fileno = sock.fileno
        self.ufrag = self.password = ""
        self._peer_ufrag = ""
        self._dtls: Dtls | None = None
        self._keys: Sealed | None = None
        self._places: dict[Address, None] = {}
        self._chosen: Address | None = None
        self.reports: deque[bytes] = deque(maxlen=_REPORTS)
        "RTCP that came on this port, in clear."

        self.reported: Callable[[], object] = lambda: None
        "Told that there is one."

        self.dropped = 0
        "What proved nothing: foreign, forged or repeated."

    def secure(self, peer_ufrag: str, fingerprint: str) -> None:
        """Expect this peer from now on, with names and password made anew.

        Until its handshake is over, who was there before is heard and spoken to.
        """
        self.ufrag, self.password = secrets.token_hex(4), secrets.token_hex(16)
        self._peer_ufrag = peer_ufrag
        self._dtls = Dtls(fingerprint)
        self._places.clear()

    # --- as a socket -------------------------------------------------------------------------

    def recv(self, size: int) -> bytes:
        """The next RTP packet, in clear.

        Raises:
            BlockingIOError: If what came was none.
        """
        data, source = self._sock.recvfrom(size)
        first = data[0] if data else 255
        if 128 <= first < 192:
            return self._unprotect(data)
        if first < 4:
            self._take_check(data, source)
        elif 20 <= first < 64 and source in self._places:
            self._take_handshake(data, source)
        else:
            self.dropped += 1
        raise BlockingIOError

    def recvfrom(self, size: int) -> tuple[bytes, Address]:
        """The next RTP packet, in clear, from the browser."""
        return self.recv(size), BROWSER

    def send(self, data: bytes) -> int:
        """Send an RTP packet; silently nothing while there is no key."""
        if self._keys is None or self._chosen is None:
            return 0
        try:
            return self._sock.sendto(self._keys.outward.protect(data), self._chosen)
        except SrtpError as error:
            raise OSError(str(error)) from error

    def sendto(self, data: bytes, address: Address) -> int:
        """Send an RTP packet to the browser, wherever it is."""
        return self.send(data)

    def connect(self, address: Address) -> None:
        """Nothing: who may speak is settled by keys."""

    def close(self) -> None:
        """Close the socket."""
        self._sock.close()

    def send_report(self, data: bytes) -> int:
        """Send an RTCP packet beside the sound."""
        if self._keys is None or self._chosen is None:
            return 0
        return self._sock.sendto(self._keys.outward.protect_rtcp(data), self._chosen)

    # --- beneath -----------------------------------------------------------------------------

    def _unprotect(self, data: bytes) -> bytes:
        keys = self._keys
        if keys is not None and len(data) >= 12:
            try:
                if not 192 <= data[1] < 224:
                    return keys.inward.unprotect(data)
                self.reports.append(keys.inward.unprotect_rtcp(data))
            except (SrtpError, ValueError):
                self.dropped += 1
            else:
                self.reported()
        raise BlockingIOError

    def _take_check(self, data: bytes, source: Address) -> None:
        message = stun.parse(data)
        password = self.password.encode()
        wanted = f"{self.ufrag}:{self._peer_ufrag}"
        if (
            message is None
            or message.kind != stun.BINDING_REQUEST
            or message.username != wanted
            or not stun.is_signed(data, message, password)
        ):
            self.dropped += 1
            return
        if message.is_controlled:
            self._put(stun.role_conflict(message, password), source)
            return
        if source not in self._places and len(self._places) >= _PLACES:
            del self._places[next(iter(self._places))]
        self._places[source] = None
        self._put(stun.success(message, source, password), source)
        if message.nominates and self._keys_are_current:
            self._chosen = source
        if self._dtls is not None and self._dtls.keys is None:
            self._send_all(self._dtls.again(), source)

    @property
    def _keys_are_current(self) -> bool:
        return self._dtls is not None and self._dtls.keys is self._keys

    def _take_handshake(self, data: bytes, source: Address) -> None:
        dtls = self._dtls
        if dtls is None:
            return
        try:
            unsent = dtls.take(data)
        except DtlsError:
            self._dtls = None  # nobody gets keys until it is secured anew
            self.dropped += 1
            return
        self._send_all(unsent, source)
        if dtls.keys is not None and not self._keys_are_current:
            self._keys = dtls.keys
            self._chosen = source

    def _send_all(self, datagrams: list[bytes], address: Address) -> None:
        for data in datagrams:
            self._put(data, address)

    def _put(self, data: bytes, address: Address) -> None:
        try:
            self._sock.sendto(data, address)
        except OSError:
            self.dropped += 1


class SecureReports:
    """In the place of a leg's RTCP socket: reports go beside the sound."""

    def __init__(self, sock: PacketSocket, sound: SecureSocket) -> None:
        self._sock = sock
        self._sound = sound
        self.fileno = sock.fileno

    def recvfrom(self, size: int) -> tuple[bytes, Address]:
        """The next report; what comes on the port itself is nobody's and thrown away.

        Raises:
            BlockingIOError: If there is none.
        """
        if self._sound.reports:
            return self._sound.reports.popleft(), BROWSER
        _ = self._sock.recvfrom(size)
        self._sound.dropped += 1
        raise BlockingIOError

    def recv(self, size: int) -> bytes:
        """The next report."""
        return self.recvfrom(size)[0]

    def send(self, data: bytes) -> int:
        """Send a report to the browser."""
        return self._sound.send_report(data)

    def sendto(self, data: bytes, address: Address) -> int:
        """Send a report to the browser, wherever it is."""
        return self._sound.send_report(data)

    def connect(self, address: Address) -> None:
        """Nothing: see the sound."""

    def close(self) -> None:
        """Close the socket."""
        self._sock.close()


class SecurePair(PortPair):
    """A leg's two ports, protected; sound and reports share the first."""

    def __init__(self, pair: PortPair) -> None:
        self.sound = SecureSocket(pair.rtp)
        super().__init__(self.sound, SecureReports(pair.rtcp, self.sound), pair.rtp_port)
