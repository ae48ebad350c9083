"""What is tracked names no machine, no registry and no build product."""

import re

import pytest

from tests.support.tree import ROOT, tracked_files

pytestmark = pytest.mark.arch

# Written in pieces, so that this file does not find itself.
FORBIDDEN = re.compile(
    "|".join(
        [
            r"(?<![\w./-])/" + r"(?:work|root|opt|home/\w+)/",
            r"\.\./" + "shared",
            "registry" + r"\.npmjs",
            "npm" + "mirror",
            "pypi" + r"\.(?:org|tuna)",
            "files" + r"\.pythonhosted",
            r"--(?:extra-)?" + "index-url",
            r"--" + "trusted-host",
        ]
    )
)
MAY_SAY_IT = {"tools/lock.sh"}  # tells pip-compile not to write them down
INSTALLED_AT = re.compile("/" + r"opt/cordboard\b")  # where docs/operate puts the product
PICTURES = {".png", ".ulaw", ".alaw", ".wav", ".ico", ".woff2", ".bin"}
BUILT = ("web/dist/", "web/node_modules/", "src/cordboard/app/static/", "var/", ".venv/")


def traces(text: str) -> list[str]:
    """What `text` gives away about the machine that it was written on."""
    return [hit.group() for hit in FORBIDDEN.finditer(INSTALLED_AT.sub("", text))]


def test_no_file_names_a_machine_or_a_registry() -> None:
    bad = {}
    for path in tracked_files():
        name = str(path.relative_to(ROOT))
        if path.suffix in PICTURES or name in MAY_SAY_IT:
            continue
        if found := traces(path.read_text(errors="replace")):
            bad[name] = found
    assert bad == {}


def test_nothing_that_is_built_is_tracked() -> None:
    names = [str(path.relative_to(ROOT)) for path in tracked_files()]
    assert [name for name in names if name.startswith(BUILT)] == []


def test_every_pinned_package_has_a_hash() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text().replace("\\\n", " ")
        pins = [line for line in text.splitlines() if "==" in line]
        assert pins
        assert [line for line in pins if "--hash=sha256:" not in line] == []
        assert any(line.startswith("setuptools==") for line in pins)


def test_this_rule_bites() -> None:
    assert traces("see /" + "work/main/src")
    assert traces("https://registry" + ".npmjs.org/antd")
    assert traces("-" + "-index-url x")
    assert not traces("WorkingDirectory=/" + "opt/cordboard")
    assert not traces("docs/operate/install.md and /var/lib/cordboard")
