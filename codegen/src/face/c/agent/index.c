/* {{ banner }} */

#include "../agent.h"
{%- for provider in providers %}

{% for model in provider.models -%}
AGENT_MODEL({{ model.ty }})
{% endfor -%}
static const agent_model {{ provider.name }}_models[] = {
{%- for model in provider.models %}
    { {{- model.name }}, again_{{ model.ty -}} },
{%- endfor %}
    {NULL, NULL},
};

AGENT_CLIENT({{ provider.name }}, {{ provider.client }})
{% for (_, function) in provider.calls -%}
void {{ function }}(agent_call *call);
{% endfor -%}
static const agent_method {{ provider.name }}_methods[] = {
{%- for (name, function) in provider.calls %}
    { {{- name }}, {{ function -}} },
{%- endfor %}
    {NULL, NULL},
};
{%- endfor %}

const agent_provider agent_providers[] = {
{%- for provider in providers %}
    AGENT_PROVIDER({{ provider.name }}, {{ provider.client }}),
{%- endfor %}
    {NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL},
};
