"""Every reader stands what it was ever found not to stand, and the kept corpus besides."""

import signal
from collections.abc import Iterator

import pytest

from tools.fuzz.engine import arm, attempt
from tools.fuzz.targets import CORPUS, TARGETS, corpus_of

pytestmark = pytest.mark.wire


@pytest.fixture(autouse=True)
def armed() -> Iterator[None]:
    before = signal.getsignal(signal.SIGALRM)
    arm()
    yield
    signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("name", TARGETS)
def test_a_reader_stands_its_corpus(name: str) -> None:
    target = TARGETS[name]
    found = [says for data in corpus_of(target) if (says := attempt(target, data)[1])]

    assert found == []


def test_every_folder_of_the_corpus_has_a_reader() -> None:
    assert {path.name for path in CORPUS.iterdir() if path.is_dir()} <= TARGETS.keys()
