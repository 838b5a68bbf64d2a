# {{ banner }}
"""The classes of {{ provider.client }}."""

import builtins
from collections.abc import Coroutine, Iterable, Mapping
from datetime import datetime
{%- if provider.helps() %}
from os import PathLike
{%- endif %}
from types import TracebackType
from typing import Any, Literal, final

from typing_extensions import TypeAlias, Unpack

from .._options import CallOptions, ClientOptions, WaitOptions
{%- if !provider.enums.is_empty() %}
from ..{{ provider.module }}.enums import (
{%- for item in provider.enums %}
    {{ item.class }},
{%- endfor %}
)
{%- endif %}
from . import AsyncPage, Model, Page, PageCall, RateLimit, Response, Unset
{%- if !provider.enums.is_empty() %}
{% for item in provider.enums %}
{{ item.alias() }}
{%- endfor %}
{%- endif %}
{%- for model in provider.models %}

@final
class {{ model.class }}(Model):
{{ model.docstring() }}

    __match_args__: {{ model.names() }}
{%- if let Some(constructor) = model.constructor() %}
{{ constructor }}
{%- endif %}
{%- for attribute in model.attributes %}
    @property
    def {{ attribute.name }}(self) -> {{ attribute.ty() }}:
{{ attribute.docstring() }}
{%- endfor %}
{%- for helper in model.model.helpers() %}
    def {{ helper.name }}(self{% if let Some((argument, _)) = helper.argument %}, {{ argument }}: str | PathLike[str]{% endif %}) -> str:
{{ provider.text(docs::helper(helper)) }}
{%- endfor %}
{%- endfor %}
{%- for face in faces %}
{%- if face.raw && !face.awaited %}

# At run time these are the plain classes; only type checkers see the difference.
{%- endif %}

@final
class {{ face.class(provider.client) }}:
{%- if face.raw %}
    """A client whose methods give the whole answer."""
{% else %}
{{ provider.docstring(face) }}

{{ provider.constructor(face) }}
{%- endif %}
{%- for child in provider.children %}
    @property
    def {{ child.name }}(self) -> {{ face.class(child.class) }}:
{%- if face.raw %} ...
{%- else %}
{{ provider.text(docs::resource(child.resource)) }}
{%- endif %}
{%- endfor %}
{%- if !face.raw %}
    @property
    def with_raw_response(self) -> {{ face.raw().class(provider.client) }}:
{{ provider.text(docs::raw()) }}
    def with_options(self, **options: Unpack[CallOptions]) -> {{ face.class(provider.client) }}:
{{ provider.text(docs::with_options()) }}
    @property
    def rate_limit(self) -> RateLimit | None:
{{ provider.text(docs::rate_limit()) }}
{{ provider.request(face) }}
{{ provider.text(docs::request()) }}
    def close(self) -> {{ face.result("None") }}:
{{ provider.text(docs::close()) }}
    def {% if face.awaited %}__aenter__{% else %}__enter__{% endif %}(self) -> {{ face.result(face.class(provider.client).as_str()) }}: ...
    def {% if face.awaited %}__aexit__{% else %}__exit__{% endif %}(
        self,
        kind: builtins.type[BaseException] | None = ...,
        error: BaseException | None = ...,
        traceback: TracebackType | None = ...,
        /,
    ) -> {{ face.result("None") }}: ...
{%- endif %}
{%- for resource in provider.resources %}

@final
class {{ face.class(resource.class) }}:
{%- if face.raw %}
{%- for child in resource.children %}
    @property
    def {{ child.name }}(self) -> {{ face.class(child.class) }}: ...
{%- endfor %}
{%- for call in resource.calls %}
{{ call.head(face) }}
{%- endfor %}
{%- else %}
{{ resource.docstring(face) }}
{% for child in resource.children %}
    @property
    def {{ child.name }}(self) -> {{ face.class(child.class) }}:
{{ provider.text(docs::resource(child.resource)) }}
{%- endfor %}
{%- for call in resource.calls %}
{{ call.head(face) }}
{{ call.docstring(face, resource.class) }}
{%- endfor %}
{%- endif %}
{%- endfor %}
{%- endfor %}
