/* {{ banner }} */

#include "../described.hpp"

namespace api = snapline::{{ provider }};
{% for model in models %}
std::string described(const api::{{ model.view }}& it) {
    Described object;
{%- for statement in model.statements %}
    {{ statement }}
{%- endfor %}
    return object.whole();
}
{% endfor -%}
