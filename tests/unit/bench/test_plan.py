"""Plans and reports survive the way between processes."""

import json

import pytest

from bench.plan import Plan, Report, plan_of, report_of

pytestmark = pytest.mark.unit


def test_a_plan_comes_back_from_json() -> None:
    plan = Plan("127.0.0.1:5060", "96511", rate=10, calls=5, keys="1")
    assert plan_of(json.loads(json.dumps(plan._asdict()))) == plan


def test_a_report_comes_back_from_json() -> None:
    report = Report(begun=3, statuses=((200, 2), (503, 1)), setup_ms=(1.5, 2.5))
    assert report_of(json.loads(json.dumps(report._asdict()))) == report


def test_a_call_refused_for_want_of_room_is_not_lost() -> None:
    report = Report(begun=10, completed=6, busy=3, failed=1)
    assert report.lost == 1
