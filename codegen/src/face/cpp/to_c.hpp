{%- macro structure(it) %}
{%- for line in it.doc %}
///{{ line }}
{%- endfor %}
struct {{ it.class }} {
{%- for member in it.members %}
{%- for line in member.doc %}
    ///{{ line }}
{%- endfor %}
    {{ member.ty }} {{ member.name }}{{ member.initial }};
{%- endfor %}
};

inline auto to_c({{ it.parameters() }}) {
    {{ layout::list(4, format!("auto* to = {}_new(", it.handle), it.new, ");") }}
    detail::Handle<{{ it.handle }}_free> made(to);
{%- for statement in it.sets %}
    {{ statement }}
{%- endfor %}
    return made;
}
{% endmacro -%}
