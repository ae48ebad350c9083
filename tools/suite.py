"""Run the tests in parts that disturb one another least, and add up what they say.

`quick`: all but the live ones, two at a time. `all`: then the live ones, one after the other,
because they measure time and share ports. The last line counts both parts.
"""

import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

PARTS = {
    "quick": [["-n", "2", "-m", "not live"]],
    "all": [["-n", "2", "-m", "not live"], ["-m", "live"]],
}
NO_TESTS = 5
"pytest's exit status when a part chose no test."


def main(which: str, extra: list[str]) -> int:
    """Run the parts of `which`; return 0 if all passed and there was at least one test."""
    totals = {"passed": 0, "failed": 0, "skipped": 0}
    worst = 0
    with tempfile.TemporaryDirectory() as folder:
        for number, options in enumerate(PARTS[which]):
            result = Path(folder) / f"{number}.xml"
            command = [
                sys.executable,
                "-m",
                "pytest",
                "-q",
                f"--junitxml={result}",
                *options,
                *extra,
            ]
            status = subprocess.run(command, check=False).returncode
            worst = max(worst, 0 if status == NO_TESTS else status)
            if result.exists():
                count(result, totals)
    print(", ".join(f"{number} {word}" for word, number in totals.items()), flush=True)
    return worst or (0 if totals["passed"] else 1)


def count(result: Path, totals: dict[str, int]) -> None:
    """Add the figures of one JUnit file to `totals`."""
    for suite in ET.parse(result).getroot().iter("testsuite"):
        bad = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        skipped = int(suite.get("skipped", 0))
        totals["failed"] += bad
        totals["skipped"] += skipped
        totals["passed"] += int(suite.get("tests", 0)) - bad - skipped


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
