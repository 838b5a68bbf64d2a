"""The server: started, controlled and stopped."""

from __future__ import annotations

import http.client
import json
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Literal, TypedDict
from urllib.parse import quote, urlencode

from ._program import find_program

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

__all__ = ["Mock", "MockError", "Planned", "Request", "Settings", "States"]

States = Literal["documented", "live", "older"]
"""In whose words states are answered: the document's, the running service's, or those from before the document changed."""


class Settings(TypedDict, total=False):
    """What the services begin with and how they behave; what is left out is as the program has it, but for two.

    Attributes:
        snapshots: How many there are from the start; none here.
        volumes: How many there are beside the usual ones. The snapshots are of these then, one a day back of each.
        settle_ms: How long things stay in the making or deleting; 0 here: the next request finds them done.
        settle_polls: Things are done after so many looks instead.
        states: In whose words states are answered.
        visible_after_ms: How long what was made does not show.
        strict: Refuse what a document does not name, which services pass over.
        tokens: The tokens that are taken; any unless some are given.
        rate_limits: How many requests a token may make, such as `"5000/hour"`, `"250/minute"` or `"20/10s"`.
        snapshot_limits: Keep the services' limits of snapshots.
        clock_ahead: By how many seconds a service's clock is ahead, where it looks at the time of requests.
        token_life: How many seconds tokens last that a service gives.
        time: What time it is; this machine's unless it is given.
    """

    snapshots: int
    volumes: int
    settle_ms: int
    settle_polls: int
    states: States
    visible_after_ms: int
    strict: bool
    tokens: Sequence[str]
    rate_limits: Sequence[str]
    snapshot_limits: bool
    clock_ahead: int
    token_life: int
    time: datetime


# Long for a server that answers at once, and short enough for a test that hangs.
_TIMEOUT = 30.0


class MockError(Exception):
    """The server could not be started, or refused what it was asked for."""


@dataclass(frozen=True)
class Request:
    """A request that the server answered. Credentials are `[redacted]`.

    Attributes:
        method: The method, in capitals.
        path: The path as it was sent, without the query.
        query: Names and values of the query, in their order.
        headers: Names, in small letters, and values, in their order.
        body: The body as text; empty where there was none.
        status: The status of the answer; 0 where the connection was closed and nothing was carried out.
        time: When it came, by the server's clock.
        operation: The operation that was asked for, by the id that the provider's document gives it.
        fault: The fault that it met, by the number that `Mock.fault` gave.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: tuple[tuple[str, str], ...]
    body: str
    status: int
    time: datetime
    operation: str | None
    fault: int | None

    def header(self, name: str) -> str | None:
        """The first header of this name, in whatever letters."""
        return next((value for known, value in self.headers if known == name.lower()), None)

    def json(self) -> Any:
        """The body, which must be JSON."""
        return json.loads(self.body)

    def __str__(self) -> str:
        query = f"?{urlencode(self.query)}" if self.query else ""
        return f"{self.method} {self.path}{query} -> {self.status or 'closed'}"


@dataclass(frozen=True)
class Planned:
    """A fault that was planned, and what came of it so far.

    Attributes:
        id: Its number.
        met: How many requests met it.
        left: How many more will; None where all do that fit.
        fault: What was asked for.
    """

    id: int
    met: int
    left: int | None
    fault: Mapping[str, Any]


class Mock:
    """A server of its own, on this machine, that stands in for every provider. Use it in a `with` block, or `stop` it.

        with Mock(volumes=3) as mock:
            do = snapline.DigitalOcean("any", base_url=mock.url)

    It ends with the process that started it, whatever becomes of that.

    Args:
        settings: What the services begin with and how they behave, here and at each `reset`; see `Settings`.
        port: The port; a free one unless it is given.
        arguments: Further arguments of the program, as `snapline-mock --help` has them.
        program: The path of the program; found by itself unless it is given.

    Raises:
        MockError: If it does not start.
        FileNotFoundError: If there is no program.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        arguments: Sequence[str] = (),
        program: str | None = None,
        **settings: Unpack[Settings],
    ) -> None:
        self._settings = _over({"settle_ms": 0, "snapshots": 0}, settings)
        self._url = ""
        # It ends once its standard input is closed, so that nothing is left of a test run that was killed.
        command = [program or find_program(), "--exit-with-stdin", "--port", str(port), *arguments]
        with ExitStack() as files:
            # Not a pipe: nobody reads it while the server runs.
            self._errors: IO[bytes] = files.enter_context(tempfile.TemporaryFile())
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors
            )
            self._files = files.pop_all()
        try:
            self._listen()
            self.reset()
        except BaseException:
            self.stop()
            raise

    def _listen(self) -> None:
        assert self._process.stdout is not None
        first = self._process.stdout.readline().decode().strip()
        word, _, url = first.rpartition(" ")
        if word != "listening on":
            self._process.wait(_TIMEOUT)
            self._errors.seek(0)
            told = self._errors.read().decode(errors="replace").strip()
            raise MockError(told or f"the server said {first!r} in place of its address")
        # What else it says is asked for over HTTP.
        while self._process.stdout.readline().strip():
            pass
        self._url = url

    @property
    def url(self) -> str:
        """The base URL, without a slash at its end."""
        return self._url

    @property
    def environments(self) -> dict[str, dict[str, str]]:
        """For each provider, by its name, the environment in which a client finds this server, and credentials."""
        providers = self._ask("GET", "")["providers"]
        return {name: dict(about["environment"]) for name, about in providers.items()}

    @property
    def environment(self) -> dict[str, str]:
        """The same of all providers together: `subprocess.run(job, env={**os.environ, **mock.environment})`."""
        return {name: value for some in self.environments.values() for name, value in some.items()}

    def apply(self, environ: MutableMapping[str, str]) -> None:
        """Sends every client to this server that goes by this environment, whatever else it says of a provider.

        What belongs to the same family of variables, such as all that begin with the same word, is taken out, and no
        proxy is used for this machine.
        """
        ours = self.environment
        families = {name.split("_")[0] + "_" for name in ours}
        for name in [name for name in environ if any(name.startswith(family) for family in families)]:
            del environ[name]
        environ.update(ours)
        for name in ("NO_PROXY", "no_proxy"):
            environ[name] = ",".join(filter(None, (environ.get(name), "127.0.0.1,localhost")))

    def reset(self, **settings: Unpack[Settings]) -> None:
        """Begins anew as it was started but for what is given: state, planned faults, requests and clock."""
        given = _over(self._settings, settings)
        self._ask("POST", "/reset", {name: _plain(value) for name, value in given.items()})

    def fault(
        self,
        *,
        status: int | None = None,
        retry_after: int | None = None,
        body: Any = None,
        drop: bool = False,
        lose: bool = False,
        truncate: int | None = None,
        delay: float | timedelta = 0.0,
        method: str | None = None,
        path: str | None = None,
        operation: str | None = None,
        after: int = 0,
        times: int = 1,
        always: bool = False,
    ) -> int:
        """Plans what the next requests meet that fit, and gives its number. Of several the first one counts that fits.

        Args:
            status: Answer with this status, in the provider's shape, and carry nothing out.
            retry_after: Say with it in how many seconds one may come again.
            body: The JSON that comes with it in place of the provider's own.
            drop: Close the connection, and carry nothing out.
            lose: Carry it out, and close the connection in place of an answer.
            truncate: Carry it out, and close the connection after so many bytes of the answer's body.
            delay: Wait so many seconds before that, or before an answer that is as ever. Real time.
            method: Only requests with this method.
            path: Only requests to this path: `*` stands for a part between two slashes, `**` for any number of them.
            operation: Only requests for this operation, by the id that the provider's document gives it.
            after: Let so many pass first.
            times: How many requests meet it.
            always: All of them do.
        """
        seconds = delay.total_seconds() if isinstance(delay, timedelta) else delay
        asked: dict[str, Any] = {
            "status": status,
            "retry_after": retry_after,
            "body": body,
            "truncate": truncate,
            "method": method,
            "path": path,
            "operation": operation,
            "times": None if always else times,
        }
        asked = {name: value for name, value in asked.items() if value is not None}
        asked.update(drop=drop, lose=lose, always=always, after=after, delay_ms=round(seconds * 1000))
        return int(self._ask("POST", "/faults", asked)["ids"][0])

    def faults(self) -> list[Planned]:
        """What was planned, and how many requests met it."""
        return [Planned(it["id"], it["met"], it["left"], it["fault"]) for it in self._ask("GET", "/faults")]

    def remove_fault(self, id: int) -> None:
        """Takes a planned fault back.

        Raises:
            MockError: If it is not there.
        """
        self._ask("DELETE", f"/faults/{id}")

    def clear_faults(self) -> None:
        """Takes all planned faults back."""
        self._ask("DELETE", "/faults")

    def requests(
        self, *, method: str | None = None, path: str | None = None, operation: str | None = None
    ) -> list[Request]:
        """The requests answered so far that fit, oldest first; `path` is a pattern as that of a fault."""
        wanted = {"method": method, "path": path, "operation": operation}
        pairs = [(name, value) for name, value in wanted.items() if value is not None]
        query = f"?{urlencode(pairs, quote_via=quote)}" if pairs else ""
        return [_request(it) for it in self._ask("GET", f"/requests{query}")]

    def clear_requests(self) -> None:
        """Forgets the requests so far."""
        self._ask("DELETE", "/requests")

    def counts(self) -> dict[str, int]:
        """How often each operation was asked for, refusals counted in."""
        return dict(self._ask("GET", "/counts"))

    def state(self) -> dict[str, Any]:
        """All that the services remember, by their names: each thing as an answer shows it."""
        return dict(self._ask("GET", "/state"))

    def now(self) -> datetime:
        """The time by the server's clock. Give it to what decides by age, such as `retention.Policy(now=…)`."""
        return _time(self._ask("GET", "/clock")["time"])

    def advance(
        self,
        by: timedelta = timedelta(0),
        *,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
    ) -> datetime:
        """Lets time pass at the server and gives its time then: what was to take that long is done, limits are free
        again, tokens have ended, and what is made from now on is that much younger than what there is."""
        by += timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        return _time(self._ask("POST", "/clock", {"seconds": by.total_seconds()})["time"])

    def set_time(self, time: datetime) -> None:
        """Sets the server's clock. What lies between passes if it lies ahead; if it lies back nothing is undone."""
        self._ask("POST", "/clock", {"time": _plain(time)})

    def stop(self) -> None:
        """Ends the server; once is enough."""
        process = self._process
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()
        self._files.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<snapline_mock.Mock at {self._url or 'no address'}>"

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        # http.client knows no proxies.
        host = self._url.partition("://")[2]
        connection = http.client.HTTPConnection(host, timeout=_TIMEOUT)
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, f"/_mock{path}", body=text)
            answer = connection.getresponse()
            told = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise MockError(f"the server does not answer: {error}") from error
        finally:
            connection.close()
        if answer.status >= 400:
            raise MockError(json.loads(told)["message"])
        return json.loads(told) if told else None


def _over(before: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings with others in their place; of the two ways in which things settle the later one counts."""
    after = {**before, **settings}
    for given, other in (("settle_ms", "settle_polls"), ("settle_polls", "settle_ms")):
        if given in settings and other not in settings:
            after.pop(other, None)
    return after


def _plain(value: Any) -> Any:
    """A setting as JSON has it."""
    if not isinstance(value, datetime):
        return value
    if value.tzinfo is None:
        raise MockError(f"a time needs its zone, such as timezone.utc: {value!r}")
    return value.astimezone(timezone.utc).isoformat()


def _time(text: str) -> datetime:
    # Python reads nanoseconds and a `Z` from 3.11 on alone.
    whole, _, fraction = text.rstrip("Z").partition(".")
    micros = int(fraction[:6].ljust(6, "0")) if fraction else 0
    return datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S").replace(microsecond=micros, tzinfo=timezone.utc)


def _request(told: Mapping[str, Any]) -> Request:
    return Request(
        method=told["method"],
        path=told["path"],
        query=_pairs(told["query"]),
        headers=_pairs(told["headers"]),
        body=told["body"],
        status=told["status"],
        time=_time(told["time"]),
        operation=told["operation"],
        fault=told["fault"],
    )


def _pairs(told: Iterable[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in told)
