# {{ banner }}
"""The keywords that clients, calls and waits take: `**options: Unpack[CallOptions]`."""

from os import PathLike
from typing import Callable, Mapping, Optional, TypedDict, Union

from ._native import Attempted, Outgoing, Poll

__all__ = ["CallOptions", "ClientOptions", "WaitOptions"]
{%- for options in options %}


class {{ options.class }}(TypedDict, total=False):
{{ options.docstring() }}
{% for keyword in options.keywords %}
    {{ keyword.name }}: Optional[{{ keyword.ty }}]
{%- endfor %}
{%- endfor %}
