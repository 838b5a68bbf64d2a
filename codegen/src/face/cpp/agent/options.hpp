/* {{ banner }} */

#ifndef SNAPLINE_AGENT_OPTIONS_HPP
#define SNAPLINE_AGENT_OPTIONS_HPP

#include <map>
#include <string>

#include <snapline.hpp>
{% for (name, ty, orders) in tables %}
/* How each is set, by its name in orders. */
template <class To>
auto {{ name }}(snapline::{{ ty }}& it, const To& to) {
    return std::map<std::string, decltype(to(it.{{ orders[0].member }}))>{
{%- for order in orders %}
        {"{{ order.name }}", to(it.{{ order.member }})},
{%- endfor %}
    };
}
{% endfor %}
#endif
