"""Calls of the API as a client system makes them: real requests through the whole stack, faults included."""

from typing import Any
from urllib.parse import urlsplit

import orjson
from django.test import Client

from accounts.models import Scope, User
from accounts.services import create_token

JSON = "application/json"
PROBLEM = "application/problem+json"
ALL_SCOPES = list(Scope.values)


class Caller:
    """`Caller(token)("GET", "issues/", tier="B")`; keeps no cookies, raises nothing."""

    def __init__(self, token: str | None = None, client: Client | None = None) -> None:
        self.client = client or Client(raise_request_exception=False)
        self.client.raise_request_exception = False
        self.headers = {} if token is None else {"authorization": f"Bearer {token}"}

    def __call__(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, **query: Any
    ) -> Any:
        data = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        return self.client.generic(
            method,
            path if path.startswith("/") else f"/api/v1/{path}",
            data,
            content_type=JSON,
            headers={**self.headers, **(headers or {})},
            query_params=query or None,
        )

    def get(self, path: str, **query: Any) -> Any:
        return self("GET", path, **query)

    def post(self, path: str, body: Any) -> Any:
        return self("POST", path, body)

    def rows(self, path: str, **query: Any) -> list[Any]:
        response = self.get(path, **query)
        assert response.status_code == 200, response.content
        rows: list[Any] = response.json()["results"]
        return rows

    def all_rows(self, path: str, **query: Any) -> list[Any]:
        """Every page, by following `next`."""
        response, rows = self.get(path, **query), []
        while True:
            assert response.status_code == 200, response.content
            rows += response.json()["results"]
            if response.json()["next"] is None:
                return rows
            address = urlsplit(response.json()["next"])
            response = self.get(f"{address.path}?{address.query}")


def caller(user: User, *scopes: str) -> Caller:
    """A client with a fresh token of the user, for every scope unless some are named."""
    return Caller(create_token(user=user, name="test", scopes=list(scopes) or ALL_SCOPES, days=30)[1])


def assert_problem(response: Any, status: int, *fields: str) -> Any:
    """The answer is a problem of this status that names exactly these fields; its body."""
    assert response.status_code == status, response.content[:500]
    assert response["Content-Type"] == PROBLEM, response.content[:500]
    problem = response.json()
    assert set(problem) - {"errors"} == {"type", "title", "status", "detail", "instance"}
    assert problem["status"] == status
    assert all(problem[key] for key in ("type", "title", "detail", "instance"))
    assert sorted(problem.get("errors", {})) == sorted(fields)
    assert all(messages and all(messages) for messages in problem.get("errors", {}).values())
    return problem
