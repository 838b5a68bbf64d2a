# {{ banner }}
"""The client of each provider that this build has, and its module."""

from . import _native

__all__: list[str] = []
{%- for provider in providers %}

if hasattr(_native, "{{ provider.module }}"):
    from . import {{ provider.module }}
    from .{{ provider.module }} import {{ provider.awaited() }}, {{ provider.client }}

    __all__ += [
{%- for name in provider.exported() %}
        "{{ name }}",
{%- endfor %}
    ]
{%- endfor %}

# The cargo feature that each name needs.
FEATURES = {
{%- for provider in providers %}
{%- for name in provider.exported() %}
    "{{ name }}": "{{ provider.module }}",
{%- endfor %}
{%- endfor %}
}
