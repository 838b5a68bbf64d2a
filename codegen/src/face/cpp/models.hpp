/* {{ head.banner() }} */

/* Objects: views with getters that borrow, owners of such objects, and structs of which they are made.
 *
 * A view, and an item of a list or of a page, must not outlive what it was read from, and neither
 * may texts and parts read from it. A getter of what is absent gives nothing; that of an enum gives unknown, also for a
 * string that is not listed. An owner is moved, not copied, and frees its object. What its from_json finds to depart
 * from the document is told in a warning, as for an answer, unless the object may be sent: then it is an error. */

#ifndef {{ head.guard }}
#define {{ head.guard }}
{% for file in files %}
#include "{{ file }}.hpp"
{%- endfor %}

#endif
