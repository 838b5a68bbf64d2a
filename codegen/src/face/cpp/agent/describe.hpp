/* {{ banner }} */

#ifndef SNAPLINE_DESCRIBE_HPP
#define SNAPLINE_DESCRIBE_HPP

#include <string>

#include <snapline.hpp>
{% for view in views %}
std::string described(const snapline::{{ view }}& it);
{%- endfor %}

#endif
