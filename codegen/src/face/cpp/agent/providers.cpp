/* {{ banner }} */

#include "../agent.hpp"
{% for provider in providers %}
Provider {{ provider }}();
{%- endfor %}

const std::map<std::string, Provider> providers = {
{%- for provider in providers %}
    {"{{ provider }}", {{ provider }}()},
{%- endfor %}
};
