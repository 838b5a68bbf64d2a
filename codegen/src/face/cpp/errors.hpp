/* {{ banner }} */

/* A class of exceptions for each kind of error. */

#ifndef SNAPLINE_ERRORS_HPP
#define SNAPLINE_ERRORS_HPP

namespace snapline {

/// Anything that can go wrong, by the name that it has in every language.
using {{ root }} = Error;
{% for class in classes %}
/// {{ class.doc }}
class {{ class.name }} : public {{ class.base }} {
public:
    explicit {{ class.name }}(const Error& error) : {{ class.base }}(error) {}
};
{% endfor %}
#if SNAPLINE_EXCEPTIONS
namespace detail {

[[noreturn]] inline void raise(const Error& error) {
    switch (error.status()) {
{%- for kind in kinds() %}
        case Status::{{ names::word(kind.kind) }}:
{%- for (class, condition) in narrower(kind) %}
            if ({{ condition }}) throw {{ class.name }}(error);
{%- endfor %}
            throw {{ kind.name }}(error);
{%- endfor %}
        case Status::ok:
            break;
    }
    throw Error(error);
}

}  // namespace detail
#endif

}  // namespace snapline

#endif
