/* {{ banner }} */

#include "describe.h"
{%- for item in enums %}

static const agent_constant {{ item.table }}[] = {
{%- for (wire, constant) in item.values %}
    { {{- wire }}, {{ constant -}} },
{%- endfor %}
    {NULL, 0},
};
{%- endfor %}
{%- for model in models %}

AGENT_DESCRIBES({{ model.ty }})
{
    agent_add(to, "{");
{%- for field in model.fields %}
    {{ field.tells }}({{ field.wire }}{% for argument in field.arguments %},{{ field.gap }}{{ argument }}{% endfor %})
{%- endfor %}
    agent_add(to, "}");
}
{%- endfor %}

