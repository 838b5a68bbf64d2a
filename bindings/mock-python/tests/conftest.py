"""The tests of the package, which use it as it was installed, with the program of its wheel."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from snapline_mock import Mock

pytest_plugins = ["pytester"]


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: Any


Ask = Callable[..., Answer]


@pytest.fixture
def ask() -> Ask:
    """Makes one request by the standard library alone."""

    def ask(mock: Mock, method: str, path: str, body: Any = None, token: str = "any") -> Answer:
        connection = http.client.HTTPConnection(mock.url.removeprefix("http://"), timeout=20)
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        try:
            connection.request(method, path, body=None if body is None else json.dumps(body), headers=headers)
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        told = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, told, json.loads(text) if text else None)

    return ask
