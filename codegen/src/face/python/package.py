# {{ banner }}
"""{{ provider.client }}: its client, objects and enums."""

from .. import _native

if not hasattr(_native, "{{ provider.module }}"):
    from .._missing import feature

    raise ImportError(feature("{{ provider.module }}"), name=__name__)

from .._native.{{ provider.module }} import (
{%- for name in native %}
    {{ name }},
{%- endfor %}
)
{%- if !provider.enums.is_empty() %}

# The enums are loaded when one is first used: `enum` is slow to import.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from .enums import (
{%- for item in provider.enums %}
        {{ item.class }},
{%- endfor %}
    )
else:

    def __getattr__(name):
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from . import enums

        value = globals()[name] = getattr(enums, name)
        return value

    def __dir__():
        return sorted({*globals(), *__all__})
{%- endif %}


# The same names in every provider's module.
Client = {{ provider.client }}
"""`{{ provider.client }}`, by the name that every provider's module has."""
AsyncClient = Async{{ provider.client }}
"""`Async{{ provider.client }}`, by the name that every provider's module has."""

__all__ = [
{%- for name in exported %}
    "{{ name }}",
{%- endfor %}
]
