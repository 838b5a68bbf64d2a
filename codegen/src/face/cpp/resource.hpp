{%- import "face/cpp/to_c.hpp" as to_c -%}
/* {{ head.banner() }} */

/*{% for line in doc %}{{ line }}
 *{% endfor %}
 * A resource borrows its client; any number of threads may use one at once. A function that begins with try_ gives a
 * value or the error why there is none, its namesake without try_ throws that error, and the one that ends with _async
 * returns at once: if it gives success, `done` is called exactly once with the same outcome, on a thread of the
 * library; else never. `done` must not throw. Where a `response` is given, it becomes the answer as it came. */

#ifndef {{ head.guard }}
#define {{ head.guard }}

{% for need in needs -%}
#include "{{ need }}.hpp"
{% endfor %}
#include <snapline/{{ head.provider }}/{{ c_file }}.h>

namespace snapline::{{ head.provider }} {
{% for resource in resources %}
{%- for it in resource.structs %}
{%- call to_c::structure(it) %}{% endcall %}
{%- endfor %}
{%- for line in resource.doc %}
///{{ line }}
{%- endfor %}
class {{ resource.class }} {
public:
    explicit {{ resource.class }}(const {{ client }}* client) noexcept : client_(client) {}
{% for child in resource.children %}
{%- for line in child.doc %}
    ///{{ line }}
{%- endfor %}
    {{ layout::body(format!("{} {}() const noexcept", child.class, child.name), format!("return {}(client_);", child.class)) }}
{% endfor %}
{%- for call in resource.calls %}
{%- for line in call.doc %}
    ///{{ line }}
{%- endfor %}
    {{ layout::list(4, format!("Result<{}> try_{}(", call.value, call.bare), call.parameters(), ") const {") }}
        detail::Call call(options);
{%- if call.is_wait %}
        {{ layout::list(8, format!("return call.wait<{}>(", call.taken), call.sent("", call.function), ");") }}
{%- else %}
        {{ layout::list(8, format!("return call.send<{}>(", call.taken), call.sent("response", call.function), ");") }}
{%- endif %}
    }

    /// `done` gets a Result<{{ call.value }}>.
    template <class Done>
    {{ layout::list(4, format!("Result<void> {}_async(", call.bare), call.in_background(), ") const {") }}
        detail::Call call(options);
        {{ layout::list(8, format!("return call.start<{}>(", call.taken), call.sent("std::move(done)", call.background), ");") }}
    }
{% if let Some(walk) = call.walk %}
{%- for line in walk.doc %}
    ///{{ line }}
{%- endfor %}
    {{ layout::list(4, format!("Result<{}> try_{}(", walk.items, walk.bare), call.walked(), ") const {") }}
        detail::Call call(options);
        {{ layout::list(8, format!("return call.walk<{}>(", walk.items), call.sent("", walk.function), ");") }}
    }
{% endif %}
{%- endfor %}
{%- if !resource.calls.is_empty() %}
#if SNAPLINE_EXCEPTIONS
{%- for call in resource.calls %}
    /// As try_{{ call.bare }}, or throws.
    {{ layout::list(4, format!("{} {}(", call.value, call.name), call.parameters(), ") const {") }}
        {{ layout::list(8, format!("return try_{}(", call.bare), call.forwarded(), ").value();") }}
    }
{%- if let Some(walk) = call.walk %}
    /// As try_{{ walk.bare }}, or throws.
    {{ layout::list(4, format!("{} {}(", walk.items, walk.name), call.walked(), ") const {") }}
        {{ layout::list(8, format!("return try_{}(", walk.bare), call.forwarded_walk(), ").value();") }}
    }
{%- endif %}
{%- endfor %}
#endif
{% endif %}
private:
    const {{ client }}* client_;
};
{% endfor %}
{{ layout::body(format!("inline {} Client::{}() const noexcept", self.accessor.class, self.accessor.name), format!("return {}(handle());", self.accessor.class)).trim_start() }}

}  // namespace snapline::{{ head.provider }}

#endif
