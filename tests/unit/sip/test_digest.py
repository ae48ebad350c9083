"""Digest against the worked examples of the RFCs."""

import hashlib

import pytest

from cordboard.sip import Ha1, RemoteProtocolError
from cordboard.sip.digest import (
    DigestClient,
    DigestServer,
    digest,
    ha1_of,
    parse_fields,
    response_of,
)
from cordboard.sip.messages import Request
from cordboard.sip.parser import parse
from tests.unit.sip.exchange import request, tokens

pytestmark = pytest.mark.unit

RFC2617 = {
    "username": "Mufasa", "realm": "testrealm@host.com", "uri": "/dir/index.html",
    "nonce": "dcd98b7102dd2f0e8b11d0f600bfb0c093", "nc": "00000001", "cnonce": "0a4f113b",
    "qop": "auth",
}  # fmt: skip
RFC7616 = {
    "username": "Mufasa", "realm": "http-auth@example.org", "uri": "/dir/index.html",
    "nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "nc": "00000001",
    "cnonce": "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", "qop": "auth",
}  # fmt: skip


class TestWorkedExamples:
    def test_rfc2617_section_3_5(self) -> None:
        ha1 = digest("MD5", "Mufasa:testrealm@host.com:Circle Of Life")
        assert response_of(RFC2617, ha1, "GET", b"") == "6629fae49393a05397450978507c4ef1"

    @pytest.mark.parametrize(
        ("algorithm", "expected"),
        [
            ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
            ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
        ],
    )
    def test_rfc7616_section_3_9_1(self, algorithm: str, expected: str) -> None:
        ha1 = digest(algorithm, "Mufasa:http-auth@example.org:Circle of Life")
        fields = RFC7616 | {"algorithm": algorithm}
        assert response_of(fields, ha1, "GET", b"") == expected

    def test_rfc2617_without_qop(self) -> None:
        fields = {k: v for k, v in RFC2617.items() if k not in ("qop", "nc", "cnonce")}
        ha1 = digest("MD5", "Mufasa:testrealm@host.com:CircleOfLife")
        assert response_of(fields, ha1, "GET", b"") == "1949323746fe6a43ef61f9606e7febea"


class TestClient:
    def test_nc_counts_up_in_hex_while_the_nonce_is_reused(self) -> None:
        client = DigestClient("u", "p", tokens("c"))
        challenge = ['Digest realm="r", nonce="n", qop="auth"']
        for _ in range(10):
            last = client.answer(challenge, "INVITE", "sip:x", b"")
        assert last is not None
        assert "nc=0000000a" in last

    def test_the_first_challenge_that_it_can_meet_is_taken(self) -> None:
        client = DigestClient("u", "p", tokens("c"))
        value = client.answer(
            [
                "Basic realm=x",
                'Digest realm="r", nonce="n1", algorithm=SHA-512-256',
                'Digest realm="r", nonce="n2", algorithm=SHA-256, qop="auth-int", opaque="o"',
                'Digest realm="r", nonce="n3"',
            ],
            "INVITE",
            "sip:x",
            b"body",
        )
        fields = parse_fields(value or "")
        assert fields is not None
        assert (fields["nonce"], fields["qop"], fields["opaque"]) == ("n2", "auth-int", "o")
        ha1 = digest("SHA-256", "u:r:p")
        assert fields["response"] == response_of(fields, ha1, "INVITE", b"body")
        assert fields["response"] != response_of(fields, ha1, "INVITE", b"other")

    def test_nothing_to_meet_gives_nothing(self) -> None:
        assert DigestClient("u", "p", tokens("c")).answer(["Basic x"], "BYE", "sip:x", b"") is None

    def test_a_user_name_with_quotes_survives(self) -> None:
        client = DigestClient('a"b\\c', "p", tokens("c"))
        value = client.answer(['Digest realm="r", nonce="n"'], "BYE", "sip:x", b"")
        assert (parse_fields(value or "") or {})["username"] == 'a"b\\c'


class TestServer:
    @staticmethod
    def server(secret: str | Ha1) -> DigestServer:
        return DigestServer("r", lambda _, user: secret if user == "u" else None, tokens("s"))

    @staticmethod
    def signed(challenge: str, *, body: bytes = b"", uri: str | None = None) -> Request:
        client = DigestClient("u", "p", tokens("c"))
        value = client.answer([challenge], "INVITE", uri or "sip:bob@10.0.0.2", body)
        message = parse(request("INVITE", f"Authorization: {value}", body=body))
        assert isinstance(message, Request)
        return message

    @pytest.mark.parametrize("index", [0, 1])
    def test_a_right_answer_to_either_challenge_names_the_user(self, index: int) -> None:
        server = self.server("p")
        message = self.signed(server.challenges(5.0)[index])
        assert server.check(message, 6.0).user == "u"

    def test_stored_hashes_serve_as_well_as_a_password(self) -> None:
        server = self.server(Ha1(md5=digest("MD5", "u:r:p")))
        assert server.check(self.signed(server.challenges(5.0)[1]), 6.0).user == "u"
        assert server.check(self.signed(server.challenges(5.0)[0]), 6.0).user is None

    def test_auth_int_covers_the_body(self) -> None:
        server = self.server("p")
        challenge = server.challenges(5.0)[0].replace('"auth,auth-int"', '"auth-int"')
        message = self.signed(challenge, body=b"v=0\r\n")
        message.body = b"v=1\r\n"
        assert server.check(message, 6.0).user is None

    def test_a_proof_for_another_target_proves_nothing(self) -> None:
        server = self.server("p")
        message = self.signed(server.challenges(5.0)[0], uri="sip:carol@10.0.0.2")
        assert server.check(message, 6.0).user is None

    def test_a_nonce_of_somebody_else_is_stale(self) -> None:
        server = self.server("p")
        for nonce in ("n", "5-x", "f" * 40, "zz-" + "0" * 40):
            message = self.signed(f'Digest realm="r", nonce="{nonce}", qop="auth", algorithm=MD5')
            assert server.check(message, 6.0).stale

    def test_counters_may_only_rise(self) -> None:
        server = self.server("p")
        challenge = server.challenges(5.0)
        client = DigestClient("u", "p", tokens("c"))
        values = [client.answer(challenge, "INVITE", "sip:bob@10.0.0.2", b"") for _ in range(3)]
        verdicts = []
        for value in (values[0], values[2], values[1]):
            message = parse(request("INVITE", f"Authorization: {value}"))
            assert isinstance(message, Request)
            verdicts.append(server.check(message, 6.0).user)
        assert verdicts == ["u", "u", None]

    @pytest.mark.parametrize(
        "value", ['Digest realm="r" nonce="x"', 'Digest realm="r", realm="r"', "Digest ,"]
    )
    def test_broken_credentials_are_the_peers_fault(self, value: str) -> None:
        message = parse(request("INVITE", f"Authorization: {value}"))
        assert isinstance(message, Request)
        with pytest.raises(RemoteProtocolError):
            self.server("p").check(message, 6.0)

    def test_other_schemes_and_realms_are_passed_over(self) -> None:
        data = request("INVITE", "Authorization: Basic abc", 'Authorization: Digest realm="q"')
        message = parse(data)
        assert isinstance(message, Request)
        assert self.server("p").check(message, 6.0).user is None


def test_a_password_outside_latin_1_is_hashed_as_utf_8() -> None:
    expected = hashlib.md5("u:r:密码".encode()).hexdigest()
    assert ha1_of("密码", "MD5", "u", "r") == expected
