/* {{ banner }} */

#ifndef SNAPLINE_DESCRIBE_H
#define SNAPLINE_DESCRIBE_H

#include "../agent.h"

{% for model in models -%}
AGENT_DESCRIBES({{ model }});
{% endfor %}
#endif
