# {{ banner }}
"""The client of each provider, and its module."""

{% for (module, client) in providers -%}
from . import {{ module }}
from .{{ module }} import Async{{ client }}, {{ client }}
{% endfor %}
__all__ = [
{%- for name in exported %}
    "{{ name }}",
{%- endfor %}
]
