/* {{ head.banner() }} */

/* Objects whose names begin alike; models.hpp says what holds for all. */

#ifndef {{ head.guard }}
#define {{ head.guard }}

#include "../../call.hpp"
#include "../enums.hpp"

#include <snapline/{{ head.provider }}/models/{{ name }}.h>

namespace snapline::{{ head.provider }} {
{% for view in ahead %}
class {{ view }};
{%- if loop.last %}
{% endif %}
{%- endfor %}
{%- for view in views %}
{%- for line in view.doc %}
///{{ line }}
{%- endfor %}
{{ layout::list(0, format!("class {} : public ", view.class), [format!("detail::Object<{}, {0}_to_json>", view.handle)], " {") }}
public:
    using Object::Object;
{% for getter in view.getters %}
{%- for line in getter.doc %}
    ///{{ line }}
{%- endfor %}
{%- if getter.later %}
    {{ getter.head(4, "", "", ";") }}
{%- else if getter.fits() %}
    {{ getter.ty }} {{ getter.name }}() const { {{ getter.body(0) }} }
{%- else %}
    {{ getter.ty }} {{ getter.name }}() const {
        {{ getter.body(8) }}
    }
{%- endif %}
{% endfor -%}
{%- for helper in view.helpers %}
{%- for line in helper.doc %}
    ///{{ line }}
{%- endfor %}
    Result<std::string> try_{{ helper.name }}({{ helper.parameter }}) const {
        return detail::helped({{ helper.function }}, handle_{{ helper.given }});
    }
{% endfor -%}
{%- if !view.helpers.is_empty() %}
#if SNAPLINE_EXCEPTIONS
{%- for helper in view.helpers %}
    /// As try_{{ helper.name }}, or throws.
    std::string {{ helper.name }}({{ helper.parameter }}) const { return try_{{ helper.name }}({{ helper.argument }}).value(); }
{%- endfor %}
#endif
{% endif -%}
};
{% endfor %}
{%- for model in owners %}
{%- for owner in model %}
{{ owner.declared() }}
{%- endfor %}
{% endfor %}
}  // namespace snapline::{{ head.provider }}
{% if has_later() %}
{%- for other in others %}
#include "{{ other }}.hpp"
{%- endfor %}
{%- if !others.is_empty() %}
{% endif %}
namespace snapline::{{ head.provider }} {
{%- for view in views %}
{%- for getter in view.later() %}
{{ getter.head(0, "inline ", format!("{}::", view.class).as_str(), " {") }}
    {{ getter.body(4) }}
}
{% endfor %}
{%- endfor %}
}  // namespace snapline::{{ head.provider }}
{% endif %}
#endif
