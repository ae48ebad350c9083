"""The web's copy of the server's description is of this server."""

import json
from pathlib import Path

import pytest

from cordboard.app.server import openapi_document

COPY = Path(__file__).parents[2] / "web" / "openapi.json"

pytestmark = pytest.mark.web


async def test_copy_of_the_description_is_up_to_date() -> None:
    assert json.loads(COPY.read_text()) == await openapi_document(), "run `make api`"
