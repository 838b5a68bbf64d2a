/* {{ banner }} */

/* All of {{ name }}. */

#ifndef {{ guard }}
#define {{ guard }}

#include "{{ provider }}/client.hpp"
#include "{{ provider }}/models.hpp"
{% for file in files %}
#include "{{ provider }}/{{ file }}.hpp"
{%- endfor %}

#endif
