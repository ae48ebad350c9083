"""`python -m tools.fuzz`: each reader for a while; a finding is kept, and told how to replay.

python -m tools.fuzz                        every reader for 20 s
python -m tools.fuzz sdp wav --seconds 300
python -m tools.fuzz sdp --replay tests/fuzz-corpus/sdp/crash-0a1b2c3d
python -m tools.fuzz sdp --keep             keep small inputs with outcomes of their own
"""

import argparse
import hashlib
import random
import sys
from pathlib import Path

from tools.fuzz.engine import Result, Target, arm, attempt, run
from tools.fuzz.targets import CORPUS, ROOT, TARGETS, corpus_of

_KEPT, _KEPT_BYTES = 12, 1_500


def main() -> int:
    """The number of readers with findings, as exit code 0 or 1."""
    options = _options()
    names = options.targets or list(TARGETS)
    if options.replay is not None:
        return _replay(TARGETS[names[0]], options.replay)
    seed = options.seed if options.seed is not None else random.randrange(1 << 32)
    print(f"seed {seed}; {options.seconds:g} s each; again with --seed {seed}", flush=True)
    bad = 0
    for name in names:
        target = TARGETS[name]
        result = run(target, corpus_of(target), options.seconds, seed)
        print(f"{name:10} {result.inputs:9,} inputs, {len(result.novel):5} outcomes", flush=True)
        if result.finding is not None:
            bad += 1
            _tell(name, result)
        elif options.keep:
            _keep(name, result.novel)
    return int(bad > 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.fuzz")
    parser.add_argument("targets", nargs="*", choices=[*TARGETS, []])
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--replay", type=Path)
    parser.add_argument("--keep", action="store_true")
    return parser.parse_args()


def _replay(target: Target, path: Path) -> int:
    arm()
    outcome, says = attempt(target, path.read_bytes())
    print(says or f"fine: {outcome}")
    return int(bool(says))


def _tell(name: str, result: Result) -> None:
    assert result.finding is not None
    path = _save(name, "crash", result.finding.data).relative_to(ROOT)
    print(f"{result.finding.says}\nkept as {path}", flush=True)
    print(f"replay: .venv/bin/python -m tools.fuzz {name} --replay {path}", flush=True)


def _keep(name: str, novel: tuple[bytes, ...]) -> None:
    small = sorted((data for data in novel if len(data) <= _KEPT_BYTES), key=len)
    for data in small[:: max(1, len(small) // _KEPT)][:_KEPT]:
        _save(name, "kept", data)


def _save(name: str, kind: str, data: bytes) -> Path:
    path = CORPUS / name / f"{kind}-{hashlib.sha256(data).hexdigest()[:8]}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


if __name__ == "__main__":
    sys.exit(main())
