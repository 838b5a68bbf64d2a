"""Enums of strings that keep values nobody has told us about yet."""

from __future__ import annotations

from enum import Enum


class OpenEnum(str, Enum):
    """A set of strings that may grow.

    Each member equals its string. A string that is not listed gives a member of its own, so that
    a new value of the service never gets lost.
    """

    def __new__(cls, value: str) -> OpenEnum:
        member = str.__new__(cls, value)
        member._value_ = value
        return member

    @property
    def is_listed(self) -> bool:
        """Whether the document lists this value."""
        return self._value_ in type(self)._value2member_map_

    @classmethod
    def _missing_(cls, value: object) -> OpenEnum | None:
        if not isinstance(value, str):
            return None
        text = str(value)
        member = str.__new__(cls, text)
        member._name_ = text
        member._value_ = text
        return member

    def __str__(self) -> str:
        return str(self._value_)

    def __format__(self, format_spec: str) -> str:
        return format(str(self._value_), format_spec)

    def __repr__(self) -> str:
        if self.is_listed:
            return f"{type(self).__name__}.{self._name_}"
        return f"{type(self).__name__}({self._value_!r})"
