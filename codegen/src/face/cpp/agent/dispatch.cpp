/* {{ banner }} */

#include "../described.hpp"

namespace api = snapline::{{ provider }};
{% for it in structs %}
template <>
struct Read<api::{{ it.class }}> {
    static api::{{ it.class }} from(const Json& json) {
        {{ layout::list(8, format!("api::{} made{{", it.class), it.required, "};") }}
{%- for statement in it.optional %}
        {{ statement }}
{%- endfor %}
        return made;
    }
};
{% endfor %}
namespace {

const api::Client& client(const Call& call) { return call.client<api::Client>(); }

}  // namespace

Provider {{ provider }}() {
    Provider all = provider<api::Client>();
    all.methods.insert({
{%- for call in calls %}
    {{ "{" }}{{ call.name }}, [](Call& call) {
{%- if let Some(it) = call.args %}
        {{ layout::list(8, format!("api::{} args{{", it.class), it.required, "};") }}
{%- for statement in it.optional %}
        {{ statement }}
{%- endfor %}
{%- endif %}
{%- if let Some(walk) = call.walk %}
        if (call.mode == Mode::items) {
            {{ layout::list(12, format!("return call.items([&] {{ return {}(", walk.function), walk.arguments, "); });") }}
        }
{%- endif %}
        {{ layout::list(8, format!("call.{}([&] {{ return {}(", call.how, call.function), call.arguments, "); });") }}
    }},
{%- endfor %}
    });
    all.models = {
{%- for (name, class) in models %}
        {{ layout::list(8, "{", [name.clone(), format!("again<api::{class}>")], "},") }}
{%- endfor %}
    };
    return all;
}
