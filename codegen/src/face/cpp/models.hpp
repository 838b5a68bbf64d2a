/* {{ head.banner() }} */

/* Objects, all of them: views with getters that borrow, owners of such objects, and structs of which they are made. */

#ifndef {{ head.guard }}
#define {{ head.guard }}
{% for file in files %}
#include "{{ file }}.hpp"
{%- endfor %}

#endif
