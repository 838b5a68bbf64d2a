"""What the package is made of; import `snapline` instead."""

from collections.abc import AsyncIterator, Coroutine, Generator, Iterator, Mapping
from types import GenericAlias
from typing import Any, Final, Generic, TypeVar, final

from typing_extensions import Self, disjoint_base

from .._errors import SnaplineError

_T = TypeVar("_T")
_T_co = TypeVar("_T_co", covariant=True)

__version__: Final[str]
"""The version of the package, such as `1.2.3`."""
UNSET: Final[Unset]
"""Stands for an argument left out where `None` means null."""

@final
class Unset:
    """The type of `UNSET`, which stands for an argument left out where `None` means null."""

    def __bool__(self) -> bool: ...

@final
class Attempt:
    """What one attempt of a call saw."""

    __hash__: None  # type: ignore[assignment]
    def __new__(
        cls,
        status: int | None = None,
        error: str | None = None,
        waited: float = 0.0,
        elapsed: float = 0.0,
    ) -> Attempt: ...
    @property
    def status(self) -> int | None:
        """The HTTP status, if one arrived."""
    @property
    def error(self) -> str | None:
        """What went wrong below HTTP, if anything did."""
    @property
    def waited(self) -> float:
        """How long the call waited before this attempt, in seconds."""
    @property
    def elapsed(self) -> float:
        """How long the attempt itself took, in seconds."""
    def __eq__(self, other: object, /) -> bool: ...

@final
class Page(Generic[_T_co]):
    """A page of a list. Iterating over it goes on to the items of the pages behind it, each
    fetched when it is needed.
    """

    @property
    def items(self) -> list[_T_co]:
        """The items of this page alone."""
    @property
    def number(self) -> int:
        """The number of this page, from 1; where the list goes by how many items stand before a page, that; 0
        where it goes by a cursor.
        """
    @property
    def next_page(self) -> int | None:
        """The same of the next page; None on the last, and where the list goes by a cursor."""
    @property
    def next_cursor(self) -> str | None:
        """The cursor of the next page; None on the last, and where the list goes by a number."""
    @property
    def total(self) -> int | None:
        """How many items there are on all pages, if the service says so."""
    def pages(self) -> Iterator[Page[_T_co]]:
        """Goes through this page and the ones behind it, page by page."""
    def __iter__(self) -> Iterator[_T_co]: ...
    def __class_getitem__(cls, key: Any) -> GenericAlias: ...

@disjoint_base
class Call(Coroutine[Any, Any, _T_co]):
    """A call to await, once. It is sent when it is awaited; cancelling the task that awaits drops it."""

    def __await__(self) -> Generator[Any, Any, _T_co]: ...
    def __next__(self) -> Any: ...
    def send(self, _value: Any) -> Any:
        """Go on; what an event loop does."""
    def throw(self, kind: Any, error: Any = None, traceback: Any = None, /) -> Any:
        """End the call with an exception; what cancelling does."""
    def close(self) -> None:
        """Give the call up; a request under way is dropped."""
    def __class_getitem__(cls, key: Any) -> GenericAlias: ...

@final
class AsyncPage(Generic[_T_co]):
    """A page of a list. Iterating over it with `async for` goes on to the items of the pages behind
    it, each fetched when it is needed.
    """

    @property
    def items(self) -> list[_T_co]:
        """The items of this page alone."""
    @property
    def number(self) -> int:
        """The number of this page, from 1; where the list goes by how many items stand before a page, that; 0
        where it goes by a cursor.
        """
    @property
    def next_page(self) -> int | None:
        """The same of the next page; None on the last, and where the list goes by a cursor."""
    @property
    def next_cursor(self) -> str | None:
        """The cursor of the next page; None on the last, and where the list goes by a number."""
    @property
    def total(self) -> int | None:
        """How many items there are on all pages, if the service says so."""
    def pages(self) -> AsyncIterator[AsyncPage[_T_co]]:
        """Goes through this page and the ones behind it, page by page, with `async for`."""
    def __aiter__(self) -> AsyncIterator[_T_co]: ...
    def __class_getitem__(cls, key: Any) -> GenericAlias: ...

@final
class PageCall(Call[AsyncPage[_T]]):
    """A list to await for its first page, or to walk through with `async for`."""

    def __aiter__(self) -> AsyncIterator[_T]: ...
    def __class_getitem__(cls, key: Any) -> GenericAlias: ...

@disjoint_base
class Model:
    """An object that a provider's document describes. It cannot be changed.

    Objects are equal if all their values are; they can be copied, pickled and matched by `match`.
    """

    __hash__: None  # type: ignore[assignment]
    def to_dict(self) -> dict[str, Any]:
        """The object as a dictionary, as the service writes it."""
    @classmethod
    def from_dict(cls, data: Mapping[str, Any], *, strict: bool = False) -> Self:
        """An object from what `to_dict` gave, or from the service's JSON.

        What is only received is read as a call reads it: what departs from the document is told in a
        warning, each field once in a process; with `strict` it is an error. So it always is where the
        object may be sent.
        """
    def __eq__(self, other: object, /) -> bool: ...
    def __copy__(self) -> Self: ...
    def __deepcopy__(self, _memo: Any) -> Self: ...

@final
class Poll:
    """What one poll of a wait saw."""

    @property
    def object(self) -> Any | None:
        """What was found; None if it is not there yet."""
    @property
    def status(self) -> str | None:
        """Its state."""
    @property
    def error(self) -> SnaplineError | None:
        """The passing error that this poll met instead."""
    @property
    def elapsed(self) -> float:
        """How long the wait has lasted, in seconds."""
    @property
    def polls(self) -> int:
        """How many polls there were, this one included."""

@final
class Outgoing:
    """A request that is about to go out, without credentials."""

    @property
    def operation_id(self) -> str:
        """The operation, such as `nfs_get`."""
    @property
    def method(self) -> str:
        """The method in capitals."""
    @property
    def url(self) -> str:
        """Where it goes, with its query."""
    @property
    def attempt(self) -> int:
        """Which sending of the call it is, from 1."""
    @property
    def headers(self) -> dict[str, str]:
        """The headers that the call gives it, names in small letters."""

@final
class Attempted:
    """What came of a request that went out."""

    @property
    def operation_id(self) -> str:
        """The operation, such as `nfs_get`."""
    @property
    def attempt(self) -> int:
        """Which sending of the call it was, from 1."""
    @property
    def elapsed(self) -> float:
        """How long it took with all of the answer, in seconds."""
    @property
    def status(self) -> int | None:
        """The HTTP status, if an answer came."""
    @property
    def headers(self) -> dict[str, str]:
        """The headers of the answer, names in small letters."""
    @property
    def request_id(self) -> str | None:
        """The id under which the service knows the request, if it gave one."""
    @property
    def error(self) -> str | None:
        """Why there is no answer that can be used; None if there is one."""

@final
class RateLimit:
    """What the service last said of the requests left. A value that was absent or malformed is
    None.
    """

    __hash__: None  # type: ignore[assignment]
    @property
    def limit(self) -> int | None:
        """How many requests are allowed in a period."""
    @property
    def remaining(self) -> int | None:
        """How many are left."""
    @property
    def reset(self) -> int | None:
        """When more become available, in Unix seconds."""
    def __eq__(self, other: object, /) -> bool: ...

@final
class Response(Generic[_T_co]):
    """An answer as it came, with the typed value when it is asked for."""

    @property
    def status(self) -> int:
        """The HTTP status."""
    @property
    def headers(self) -> dict[str, str]:
        """The headers, their names in lower case."""
    @property
    def body(self) -> bytes:
        """The body as received, decompressed."""
    @property
    def request_id(self) -> str | None:
        """The id under which the service knows the request."""
    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """What each attempt saw, oldest first."""
    @property
    def drift(self) -> tuple[str, ...]:
        """Where the answer departs from the document."""
    @property
    def rate_limit(self) -> RateLimit | None:
        """The rate limit values of this answer."""
    def parse(self) -> _T_co:
        """What the method gives without `with_raw_response`."""
    def json(self) -> Any:
        """The body decoded from JSON; None for an empty one."""
    def __class_getitem__(cls, key: Any) -> GenericAlias: ...

def _plan_retention(
    policy: object, items: list[Any]
) -> tuple[list[tuple[bool, list[tuple[str, str, bool]]]], list[str]]: ...
