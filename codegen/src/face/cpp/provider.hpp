/* {{ banner }} */

/* All of {{ name }}. */

#ifndef {{ guard }}
#define {{ guard }}

#include "{{ provider }}/client.hpp"

#endif
