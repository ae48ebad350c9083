"""Walks through the pages in a real Chromium: the scripts of web/e2e, run by node."""

import asyncio
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.support.tree import ROOT

_WEB = ROOT / "web"


async def walk(
    name: str,
    server_url: str,
    pictures: Path,
    settings: Mapping[str, str],
    limit_s: float = 90,
    hear: Callable[[str], None] = lambda line: None,
) -> str:
    """Run a walk of web/e2e to its end; what it reported.

    Args:
        name: Of the script, without `.mjs`.
        server_url: Of the server.
        pictures: Where it leaves pictures if it fails.
        settings: Its environment, see the script's head.
        limit_s: After this it is ended.
        hear: Told each line as it comes.
    """
    node, chromium = shutil.which("node"), shutil.which("chromium")
    if node is None or chromium is None:
        pytest.skip(f"{'chromium' if node else 'node'} is not installed")
    if not (_WEB / "node_modules" / "playwright-core").exists():
        pytest.skip("web/node_modules is not installed: make test does it")
    path = str(Path(node).parent) + ":/usr/local/bin:/usr/bin:/bin"
    process = await asyncio.create_subprocess_exec(
        node, str(_WEB / "e2e" / f"{name}.mjs"),
        env={
            "PATH": path, "HOME": str(pictures), "SERVER": server_url, "SHOTS": str(pictures),
            "CHROMIUM": chromium, **settings,
        },
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said: list[str] = []
    try:
        async with asyncio.timeout(limit_s):
            assert process.stdout is not None
            async for line in process.stdout:
                said.append(line.decode(errors="replace"))
                hear(said[-1])
            await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    text = "".join(said)
    assert process.returncode == 0, text[-3000:]
    return text
