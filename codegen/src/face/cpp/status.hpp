/* {{ banner }} */

/* What a call comes to. */

#ifndef SNAPLINE_STATUS_HPP
#define SNAPLINE_STATUS_HPP

namespace snapline {

/// What a call comes to.
enum class Status : std::int32_t {
{%- for status in statuses %}
    /// {{ status.doc }}
    {{ status.name }} = SNAPLINE_{{ status.constant }},
{%- endfor %}
};

}  // namespace snapline

#endif
