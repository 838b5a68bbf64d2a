/* {{ banner }} */

/* snapline for C++17 and later: everything. What is included by parts takes the compiler less time. */

#ifndef SNAPLINE_HPP
#define SNAPLINE_HPP

#include "snapline/core.hpp"
#include "snapline/each.hpp"
#include "snapline/retention.hpp"
{% for provider in providers %}
#include "snapline/{{ provider }}.hpp"
{%- endfor %}

#endif
