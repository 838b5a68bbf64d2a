# {{ banner }}
"""The sets of strings that {{ provider.client }} uses. They may grow."""

from .._open_enum import OpenEnum
{% if exported.is_empty() %}
__all__: list[str] = []
{%- else %}
__all__ = [
{%- for name in exported %}
    "{{ name }}",
{%- endfor %}
]
{%- endif %}
{%- for item in provider.enums %}


class {{ item.class }}(OpenEnum):
{{ item.docstring() }}
{%- for value in item.values %}

    {{ value.name }} = {{ value.literal }}
{{ value.docstring() }}
{%- endfor %}
{%- endfor %}
