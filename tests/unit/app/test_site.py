"""A site document is checked whole before anything of it counts."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from cordboard.app.site import BadSiteError, agent_of, lines_of, read_site
from cordboard.kit.ids import UserId
from cordboard.media.prompt_cache import PromptCache
from tests.support.whole_house import DEMO

pytestmark = pytest.mark.unit

SHIPPED = PromptCache([]).missing
"Looks for a prompt among those of the package."

ADMIN = {
    "name": "root",
    "display_name": "Root",
    "role": "administrator",
    "password": "a long password",
}


def a_site(folder: Path, **parts: Any) -> Path:
    """A document of these parts, with an administrator."""
    path = folder / "site.json"
    path.write_text(json.dumps({"format": 1, "name": "A site", "users": [ADMIN], **parts}))
    return path


def wrong_with(path: Path) -> list[str]:
    """Everything that is said to be wrong."""
    with pytest.raises(BadSiteError) as caught:
        read_site(path, SHIPPED)
    problems = caught.value.details["problems"]
    assert isinstance(problems, list)
    assert all(problem in caught.value.detail for problem in problems)
    return problems


def test_the_demo_site_holds() -> None:
    site, flows = read_site(DEMO, SHIPPED)

    assert [flow.id for flow in flows] == ["demo"]
    agents = [agent for user in site.users if (agent := agent_of(user, UserId(user.name)))]
    assert {agent.agent_number for agent in agents} >= {"8012", "8017", "8009"}
    phones = {phone.extension for phone in site.phones}
    assert {agent.extension for agent in agents} <= phones
    for queue in site.queues:
        assert any(queue.needs.keys() <= agent.skills.keys() for agent in agents), queue.id


def test_phones_keep_hashes_for_the_realm_and_no_password() -> None:
    site, _ = read_site(DEMO, SHIPPED)

    phone = next(p for p in lines_of(site, "a-realm").phones if p.extension == "8001")

    secret = b"8001:a-realm:phone-8001"
    assert phone.ha1_md5 == hashlib.md5(secret).hexdigest()
    assert phone.ha1_sha256 == hashlib.sha256(secret).hexdigest()
    assert b"phone-8001" not in repr(phone).encode()


def test_a_phone_for_sha256_alone_keeps_no_hash_for_md5(tmp_path: Path) -> None:
    phone = {"extension": "8001", "password": "phone-8001", "digest": "sha-256"}
    site, _ = read_site(a_site(tmp_path, phones=[phone]), SHIPPED)

    [kept] = lines_of(site, "a-realm").phones
    assert kept.ha1_md5 == ""
    assert kept.ha1_sha256 == hashlib.sha256(b"8001:a-realm:phone-8001").hexdigest()


def test_a_phone_with_a_fixed_contact_needs_no_secret() -> None:
    site, _ = read_site(DEMO, SHIPPED)

    phone = next(p for p in lines_of(site, "a-realm").phones if p.extension == "8000")

    assert (phone.ha1_md5, phone.ha1_sha256, phone.contact) == ("", "", "127.0.0.1:15090")


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    person = {"display_name": "P", "role": "agent", "password": "x" * 12}
    queue = {"id": "q", "name": "q", "name_en": "q", "needs": {}}
    path = a_site(
        tmp_path,
        users=[
            {**person, "name": "p", "agent_number": "8012", "extension": "8001"},
            {**person, "name": "p", "agent_number": "8012", "extension": "8002"},
        ],
        trunks=[{"id": "t", "name": "T", "hosts": []}],
        phones=[
            {"extension": "8001", "password": "secret"},
            {"extension": "8001", "password": "secret"},
            {"extension": "8003"},
            {"extension": "9001", "contact": "192.0.2.1:5060"},
        ],
        service_numbers=[
            {"number": "96510", "name": "N", "kind": "queue", "target": "nowhere"},
            {"number": "96511", "name": "N", "kind": "flow", "target": "nothing"},
        ],
        queues=[queue, {**queue, "overflow_queue_id": "gone"}],
        flows=["missing.json", {"id": "broken"}],
    )

    found = wrong_with(path)

    for words in (
        "flow missing.json: ",
        "flow broken: ",
        "extension 8001: stands there twice",
        "trunk t: name at least one host",
        "phone 8003: give a password or a fixed contact",
        "extension 9001: starts with the outside prefix 9",
        "service number 96510: there is no queue nowhere",
        "service number 96511: there is no flow nothing",
        "queue q: there is no queue gone to overflow to",
        "user p: there is no phone 8002",
        "users: name at least one administrator",
        "user p: stands there twice",
        "agent number 8012: stands there twice",
        "queue q: stands there twice",
    ):
        assert any(problem.startswith(words) for problem in found), words
    assert len([each for each in found if not each.startswith("flow broken: ")]) == 13


def test_every_prompt_that_is_not_there_is_named_with_who_asks_and_what_to_do(
    tmp_path: Path,
) -> None:
    flow = json.loads((DEMO.parent / "flows/demo.json").read_text())
    flow["nodes"]["language"]["items"] = ["menus/nobody_recorded_this", "menus/nor_this"]
    queue = {"id": "q", "name": "q", "welcome": ["file:queue/hello"], "hold_music": "moh:jazz"}
    path = a_site(tmp_path, flows=[flow], queues=[queue])

    found = wrong_with(path)

    assert found == [
        *(
            f"flow demo: language there is no prompt file:{language}/menus/{name}"
            for language in ("en", "zh")
            for name in ("nobody_recorded_this", "nor_this")
        ),
        "queue q: there is no prompt moh:jazz",
        "queue q: there is no prompt file:zh/queue/hello",
        "queue q: there is no prompt file:en/queue/hello",
    ]
    with pytest.raises(BadSiteError, match="CORDBOARD_MEDIA_PROMPTS_DIR"):
        read_site(path, SHIPPED)


def test_own_prompts_count_from_their_folder(tmp_path: Path) -> None:
    prompt = tmp_path / "own/zh/queue/hello.alaw"
    prompt.parent.mkdir(parents=True)
    prompt.write_bytes(b"\xd5" * 160)
    path = a_site(tmp_path, queues=[{"id": "q", "name": "q", "welcome": ["file:queue/hello"]}])

    with pytest.raises(BadSiteError) as caught:
        read_site(path, PromptCache([tmp_path / "own"]).missing)

    assert caught.value.details["problems"] == ["queue q: there is no prompt file:en/queue/hello"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "truncated"),
        ("[]", "Expected `object`"),
        ('{"name": "x"}', "format"),
        ('{"format": 2, "name": "x"}', "format"),
        ('{"format": 1, "name": "x", "queue": []}', "queue"),
        ('{"format": 1, "name": "x", "users": [{"name": "a"}]}', "users[0]"),
    ],
    ids=["empty", "a list", "no format", "a later format", "an unknown part", "half a user"],
)
def test_a_document_of_another_shape_is_refused_with_its_place(
    text: str, says: str, tmp_path: Path
) -> None:
    path = tmp_path / "site.json"
    path.write_text(text)

    with pytest.raises(BadSiteError) as caught:
        read_site(path, SHIPPED)

    assert str(path) in caught.value.detail
    assert says in caught.value.detail


def test_a_missing_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(BadSiteError, match=r"none\.json"):
        read_site(tmp_path / "none.json", SHIPPED)
