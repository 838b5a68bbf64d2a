/* The samples of {{ provider }} in the reference, each as a function; the argument says which runs. */

#include <stdio.h>
#include <string.h>

#include <snapline.h>
{% for it in functions %}
static snapline_status {{ it.name }}(void)
{
{%- for line in it.lines %}
{% if !line.is_empty() %}    {{ line }}{% endif %}
{%- endfor %}
    return status;
}
{% endfor %}
int main(int count, char **given)
{
    const char *wanted = count > 1 ? given[1] : "";
{%- for it in functions %}
    if (strcmp(wanted, "{{ it.call }}") == 0) {
        return {{ it.name }}() != SNAPLINE_OK;
    }
{%- endfor %}
    fprintf(stderr, "there is no sample of %s\n", wanted);
    return 2;
}
