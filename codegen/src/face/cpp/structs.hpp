{%- import "face/cpp/to_c.hpp" as to_c -%}
/* {{ head.banner() }} */

/* Structs of which objects that are sent are made. */

#ifndef {{ head.guard }}
#define {{ head.guard }}

#include "../../call.hpp"
#include "../enums.hpp"
{%- for other in others %}
#include "{{ other }}.hpp"
{%- endfor %}
{% for file in c_files %}
#include <snapline/{{ head.provider }}/models/{{ file }}.h>
{%- endfor %}

namespace snapline::{{ head.provider }} {
{% for it in structs %}
{%- call to_c::structure(it) %}{% endcall %}
{%- endfor %}
}  // namespace snapline::{{ head.provider }}

#endif
