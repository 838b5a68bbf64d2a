/* {{ head.banner() }} */

/* Sets of strings that may grow. A string that this version does not list is unknown; the getter of the string has it.
 * to_string gives the string of a value, and "" for unknown. */

#ifndef {{ head.guard }}
#define {{ head.guard }}

#include "../core.hpp"

#include <snapline/{{ head.provider }}/enums.h>

namespace snapline::{{ head.provider }} {
{% for set in enums %}
{%- for line in set.doc %}
///{{ line }}
{%- endfor %}
enum class {{ set.class }} : std::int32_t {
    unknown = {{ set.unknown }},
{%- for value in set.values %}
{%- if let Some(line) = value.remark() %}
    {{ value.name }} = {{ value.constant }},  ///<{{ line }}
{%- else %}
{%- for line in value.doc %}
    ///{{ line }}
{%- endfor %}
    {{ layout::list(4, format!("{} =", value.name), [format!(" {}", value.constant)], ",") }}
{%- endif %}
{%- endfor %}
};

/// The string of a value; "" for unknown.
inline const char* to_string({{ set.class }} value) noexcept {
    switch (value) {
{%- for value in set.values %}
        {{ layout::list(8, format!("case {}::{}:", set.class, value.name), [format!(" return {}", value.text)], ";") }}
{%- endfor %}
        case {{ set.class }}::unknown: break;
    }
    return "";
}
{% endfor %}
}  // namespace snapline::{{ head.provider }}

#endif
