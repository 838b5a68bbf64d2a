/* {{ banner }} */

#include "describe.h"
{%- for call in calls %}

void {{ call.name }}(agent_call *call)
{
{%- if let Some(out) = call.out %}
    {{ out }} *out = NULL;
{%- endif %}
{%- for made in call.makes %}
    AGENT_MAKE{{ made.many }}({{ made.ty }}, {{ made.name }}, {{ made.wire }})
{%- endfor %}
{%- if let Some(args) = call.args %}
    {{ args.ty }} *args ={{ args.new }};
{%- for set in args.sets %}
    {{ set.how }}({{ set.wire }}, {{ set.function }}{% if let Some(reader) = set.reader %}, {{ reader }}{% endif %})
{%- endfor %}
{%- endif %}
    agent_begin(call);
{%- if let Some(walk) = call.walk %}
    if (call->mode == AGENT_ITEMS) {
        AGENT_WALK({{ walk.iter }}, {{ walk.item }},
            {{ walk.sent }});
    } else {
        {{ call.tells }},
            {{ call.sent }});
    }
{%- else %}
    {{ call.tells }},
        {{ call.sent }});
{%- endif %}
{%- if let Some(args) = call.args %}
    {{ args.ty }}_free(args);
{%- endif %}
{%- for made in call.makes %}
    AGENT_DROP{{ made.many }}({{ made.ty }}, {{ made.name }}, {{ made.wire }})
{%- endfor %}
}
{%- endfor %}

