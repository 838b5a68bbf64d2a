/* {{ banner }} */

#ifndef SNAPLINE_ORDER_SETTINGS_H
#define SNAPLINE_ORDER_SETTINGS_H
{%- for table in tables %}

#define {{ table.name }} \
{%- for setting in table.settings %}
    {{ setting.form }}({{ table.handle }}, {{ setting.name }}){% if !loop.last %} \{% endif %}
{%- endfor %}
{%- endfor %}

#endif
