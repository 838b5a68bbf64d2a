"""Everything that can go wrong, as exceptions."""

from __future__ import annotations

import builtins

# Read by type checkers alone; importing `typing` would slow down the start.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    from ._native import Attempt

__all__ = [
    "APIError",
    "AuthenticationError",
    "BadRequestError",
    "CancelledError",
    "ClientClosedError",
    "ConfigError",
    "ConflictError",
    "ConnectionError",
    "DecodeError",
    "HookError",
    "InternalError",
    "InvalidArgumentError",
    "NotFoundError",
    "PermissionDeniedError",
    "RateLimitError",
    "ServerError",
    "SnaplineError",
    "TimeoutError",
    "UnprocessableEntityError",
    "WaitFailedError",
    "WaitTimeoutError",
]


class SnaplineError(Exception):
    """Anything that snapline raises, but for a TypeError for an argument of a wrong type.

    Attributes:
        kind: What sort of failure it is, by the name that it has in every language.
        message: The service's message, or what snapline has to say.
        status: The HTTP status; None if no answer arrived.
        operation_id: The operation that failed; None if it was not a call.
        attempts: What each attempt saw, oldest first.
        outcome_unknown: Whether the service may have acted although the call failed.
        last_object: The last that was seen of what was waited for; None if nothing was.
        request_id: The id under which the service knows the request.
        headers: The headers of the answer, their names in lower case.
        body: The raw body of the answer.
    """

    kind: str = "internal"
    message: str
    status: int | None = None
    operation_id: str | None = None
    attempts: tuple[Attempt, ...] = ()
    outcome_unknown: bool = False
    last_object: Any = None
    # As native code has them: what they become needs modules that an error may be too late to import.
    _sent_at: float | None = None
    _started: str | None = None
    request_id: str | None = None
    headers: dict[str, str]
    body: bytes = b""

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.headers = {}

    @property
    def sent_at(self) -> datetime | None:
        """When the first attempt began, in UTC; None if nothing was tried."""
        from datetime import datetime, timezone

        return None if self._sent_at is None else datetime.fromtimestamp(self._sent_at, timezone.utc)

    @property
    def started(self) -> dict[str, Any] | None:
        """What the call had begun before it went wrong, and goes on.

        `call` is the request, `id` what the service calls it, or None, and `answer` all that the request was
        answered. None if it had begun nothing.
        """
        import json

        if self._started is None:
            return None
        started: dict[str, Any] = json.loads(self._started)
        return started


class APIError(SnaplineError):
    """The service answered with an error.

    Attributes:
        code: The service's own code for the error.
        retry_after: Seconds to wait before another try: what the service asks for, else what the
            limit that was met takes.
        limit: The name of the service's limit that was met, such as `snapshots_per_volume`; None if
            none is known. With one and no `retry_after`, time alone makes no room.
        limit_message: A sentence about that limit.
    """

    kind = "api"
    code: str | None = None
    retry_after: float | None = None
    limit: str | None = None
    limit_message: str | None = None


class BadRequestError(APIError):
    """The service does not understand the request (400)."""


class AuthenticationError(APIError):
    """The token is missing, wrong or expired (401)."""


class PermissionDeniedError(APIError):
    """The token does not allow this (403)."""


class NotFoundError(APIError):
    """There is no such thing (404)."""


class ConflictError(APIError):
    """The state of the thing does not allow this now (409)."""


class UnprocessableEntityError(APIError):
    """The service understands the request but cannot carry it out (422)."""


class RateLimitError(APIError):
    """Too many requests (429); with `pacing`, also a call held back too long."""

    kind = "rate_limited"


class ServerError(APIError):
    """The service failed (5xx)."""


class ConnectionError(SnaplineError, builtins.ConnectionError):
    """There was no connection, or it broke."""

    kind = "connection"


class TimeoutError(SnaplineError, builtins.TimeoutError):
    """There was no complete answer in time."""

    kind = "timeout"


class DecodeError(SnaplineError):
    """The answer cannot be read, or departs from the document in a strict call."""

    kind = "decode"


class WaitFailedError(SnaplineError):
    """What was waited for reached a failed state.

    Attributes:
        last_object: The last that was seen of it.
    """

    kind = "wait_failed"
    last_object: Any = None


class WaitTimeoutError(TimeoutError):
    """What was waited for did not happen in time.

    Attributes:
        last_object: The last that was seen of it; None if it never was there.
    """

    kind = "wait_timeout"
    last_object: Any = None


class CancelledError(SnaplineError):
    """The watching function of a wait returned False.

    Attributes:
        last_object: The last that was seen of what was waited for.
    """

    kind = "cancelled"
    last_object: Any = None


class ConfigError(SnaplineError):
    """The client cannot be made with these settings."""

    kind = "config"


class ClientClosedError(SnaplineError):
    """The client was closed, or was made before a fork of the process."""

    kind = "closed"


class HookError(SnaplineError):
    """A hook of the caller's failed.

    What the hook raised is the `__cause__`.
    """

    kind = "hook"


class InvalidArgumentError(SnaplineError, ValueError):
    """An argument breaks a rule; nothing was sent.

    Attributes:
        parameter: The name of the argument.
        rule: The rule that it breaks.
    """

    kind = "invalid_argument"
    parameter: str | None = None
    rule: str | None = None


class InternalError(SnaplineError):
    """A fault of snapline itself."""


# Tracebacks and pickles name the public place.
for _name in __all__:
    globals()[_name].__module__ = "snapline"
