"""The spool keeps whole turns through any interruption, and says when the disk does not."""

import errno
import os
from pathlib import Path

import pytest

from cordboard.kit.packing import Packed, pack
from cordboard.kit.spool import HEADER, Spool
from tests.support.journals import a_turn

pytestmark = pytest.mark.contract


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.spool"


def turns(*numbers: int) -> list[Packed]:
    return [pack(a_turn(n), 1 + 3 * n) for n in numbers]


def test_no_file_is_an_empty_spool(path: Path) -> None:
    spool = Spool(path)

    assert not spool
    assert spool.last_seq == 0
    assert not path.exists()


def test_turns_come_back_as_they_were_after_a_restart(path: Path) -> None:
    spool = Spool(path)
    spool.append(turns(0, 1))
    spool.append(turns(2))
    spool.close()

    again = Spool(path)

    assert (again.turns, again.last_seq) == (3, 9)
    assert again.read(10)[0] == turns(0, 1, 2)


def test_the_file_goes_when_the_last_turn_is_taken(path: Path) -> None:
    spool = Spool(path)
    spool.append(turns(0, 1, 2))
    batch, place = spool.read(2)
    spool.take(len(batch), place)
    assert path.exists()
    assert spool.read(10)[0] == turns(2)

    batch, place = spool.read(2)
    spool.take(len(batch), place)

    assert not path.exists()
    assert not spool
    spool.append(turns(5))
    assert spool.read(10)[0] == turns(5)


def test_turns_appended_while_others_are_taken_follow(path: Path) -> None:
    spool = Spool(path)
    spool.append(turns(0))
    batch, place = spool.read(10)
    spool.append(turns(1))
    spool.take(len(batch), place)

    assert spool.read(10)[0] == turns(1)


def test_a_torn_end_is_cut_at_whatever_byte_it_tore(path: Path) -> None:
    spool = Spool(path)
    spool.append(turns(0))
    whole_bytes = path.stat().st_size
    spool.append(turns(1))
    spool.close()
    data = path.read_bytes()

    for length in range(len(data)):
        path.write_bytes(data[:length])
        torn = Spool(path)
        whole = 1 if length >= whole_bytes else 0
        assert torn.turns == whole, length
        assert torn.last_seq == 3 * whole
        torn.append(turns(9))
        assert torn.read(10)[0] == turns(*[0] * whole, 9)
        torn.close()
        path.unlink()


def test_what_is_cut_is_kept_beside_it(path: Path) -> None:
    spool = Spool(path)
    spool.append(turns(0))
    good = path.stat().st_size
    spool.close()
    with path.open("ab") as file:
        file.write(b"half a record")

    Spool(path).close()

    assert path.stat().st_size == good
    assert path.with_name(f"journal.spool.cut-{good}").read_bytes() == b"half a record"


def test_a_flipped_bit_ends_the_readable_part(path: Path) -> None:
    spool = Spool(path)
    spool.append(turns(0))
    place = path.stat().st_size
    spool.append(turns(1, 2))
    spool.close()
    data = bytearray(path.read_bytes())
    data[place + 20] ^= 1
    path.write_bytes(data)

    assert Spool(path).turns == 1


def test_a_file_of_another_kind_is_refused(path: Path) -> None:
    path.write_bytes(b"CORDBOARD SPOOL 9\n" + b"x" * 100)

    with pytest.raises(OSError, match="not a spool"):
        Spool(path)


def test_a_full_disk_leaves_no_half_turn(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = Spool(path)
    spool.append(turns(0))
    good = path.stat().st_size
    write = os.write

    def full(fd: int, data: bytes) -> int:
        write(fd, bytes(data)[:10])
        raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="no space"):
        spool.append(turns(1))
    monkeypatch.setattr(os, "write", write)

    assert path.stat().st_size == good
    spool.append(turns(2))
    assert spool.read(10)[0] == turns(0, 2)


def test_what_could_not_be_taken_back_is_taken_back_before_the_next_turn(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = Spool(path)
    spool.append(turns(0))
    write, truncate = os.write, os.ftruncate

    def full(fd: int, data: bytes) -> int:
        write(fd, bytes(data)[:10])
        raise OSError(errno.ENOSPC, "no space left on device")

    def broken(fd: int, size: int) -> None:
        raise OSError(errno.EIO, "input/output error")

    monkeypatch.setattr(os, "write", full)
    monkeypatch.setattr(os, "ftruncate", broken)
    with pytest.raises(OSError, match="no space"):
        spool.append(turns(1))
    monkeypatch.setattr(os, "write", write)
    monkeypatch.setattr(os, "ftruncate", truncate)
    spool.append(turns(2))
    spool.close()

    assert Spool(path).read(10)[0] == turns(0, 2)


def test_the_file_begins_with_its_format(path: Path) -> None:
    spool = Spool(path)
    spool.append(turns(0))

    assert path.read_bytes().startswith(HEADER)
    assert path.stat().st_mode & 0o077 == 0, "facts hold numbers: nobody else may read them"
