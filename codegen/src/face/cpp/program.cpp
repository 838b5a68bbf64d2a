// The samples of {{ provider }} in the reference, each as a function; the argument says which runs.

#include <iostream>
#include <string_view>
#include <vector>

#include <snapline.hpp>

namespace {
{% for it in functions %}
void {{ it.name }}() {
{%- for line in it.lines %}
{% if !line.is_empty() %}    {{ line }}{% endif %}
{%- endfor %}
}
{% endfor %}
struct Sample {
    std::string_view call;
    void (*run)();
};

constexpr Sample samples[] = {
{%- for it in functions %}
    {"{{ it.call }}", {{ it.name }}},
{%- endfor %}
};

}  // namespace

int main(int count, char** given) try {
    const std::string_view wanted = count > 1 ? given[1] : "";
    for (const auto& sample : samples) {
        if (sample.call == wanted) {
            sample.run();
            return 0;
        }
    }
    std::cerr << "there is no sample of " << wanted << '\n';
    return 2;
} catch (const snapline::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
