/* What the agent reads of an order and tells of a call, as JSON. */

#define _POSIX_C_SOURCE 200809L

#include "agent.h"

#include <inttypes.h>
#include <string.h>

/* How much of a body is told. */
#define LOOKED_AT 65536

static void add_member(agent_buffer *buffer, const char *name, const char *text)
{
    agent_add_name(buffer, name);
    agent_add_string(buffer, text);
}

void agent_begin(agent_call *call) { clock_gettime(CLOCK_MONOTONIC, &call->begun); }

void agent_check(agent_call *call, snapline_status status)
{
    if (status != SNAPLINE_OK) {
        call->broken = "an object cannot be read or written as JSON";
    }
}

bool agent_wants_more(const agent_call *call) { return call->limit < 0 || call->item_count < call->limit; }

/* The two kinds of handle that have headers, attempts and a body have functions of the same names. */
#define ADD_ANSWER(kind)                                                                           \
    static void add_##kind(agent_buffer *to, const snapline_##kind *of)                            \
    {                                                                                              \
        size_t length = 0;                                                                         \
        const char *body = snapline_##kind##_body(of, &length);                                    \
        int status = snapline_##kind##_http_status(of);                                            \
        if (status != 0) {                                                                         \
            agent_add_name(to, "status");                                                          \
            agent_add_format(to, "%d", status);                                                    \
        }                                                                                          \
        add_member(to, "request_id", snapline_##kind##_request_id(of));                            \
        agent_add_name(to, "headers");                                                             \
        agent_add(to, "{");                                                                        \
        for (size_t i = 0; i < snapline_##kind##_header_count(of); i++) {                          \
            add_member(to, snapline_##kind##_header_name_at(of, i), snapline_##kind##_header_value_at(of, i)); \
        }                                                                                          \
        agent_add(to, "}");                                                                        \
        agent_add_name(to, "attempts");                                                            \
        agent_add(to, "[");                                                                        \
        for (size_t i = 0; i < snapline_##kind##_attempt_count(of); i++) {                         \
            int seen = snapline_##kind##_attempt_http_status(of, i);                               \
            agent_add(to, i > 0 ? ",{" : "{");                                                     \
            if (seen != 0) {                                                                       \
                agent_add_name(to, "status");                                                      \
                agent_add_format(to, "%d", seen);                                                  \
            }                                                                                      \
            add_member(to, "error", snapline_##kind##_attempt_reason(of, i));                      \
            agent_add(to, "}");                                                                    \
        }                                                                                          \
        agent_add(to, "]");                                                                        \
        agent_add_name(to, "body_length");                                                         \
        agent_add_format(to, "%zu", length);                                                       \
        agent_add_name(to, "body_hex");                                                            \
        agent_add(to, "\"");                                                                       \
        for (size_t i = 0; i < length && i < LOOKED_AT; i++) {                                     \
            agent_add_format(to, "%02x", (unsigned)(unsigned char)body[i]);                        \
        }                                                                                          \
        agent_add(to, "\"");                                                                       \
    }
ADD_ANSWER(error)
ADD_ANSWER(response)

void agent_add_error(agent_buffer *to, const snapline_error *error)
{
    agent_buffer debug = {0};
    int64_t hint = snapline_error_retry_after_ms(error);
    const char *object = snapline_error_last_object_json(error);
    agent_add(to, "{");
    add_member(to, "kind", snapline_status_name((int32_t)snapline_error_status(error)));
    add_member(to, "code", snapline_error_code(error));
    add_member(to, "message", snapline_error_reason(error));
    add_member(to, "shown", snapline_error_message(error));
    add_member(to, "parameter", snapline_error_parameter(error));
    add_member(to, "operation", snapline_error_operation(error));
    add_member(to, "limit", snapline_error_limit(error));
    add_member(to, "limit_message", snapline_error_limit_message(error));
    agent_add_name(to, "outcome_unknown");
    agent_add(to, snapline_error_outcome_unknown(error) ? "true" : "false");
    if (hint >= 0) {
        agent_add_name(to, "retry_after_ms");
        agent_add_format(to, "%" PRId64, hint);
    }
    if (object != NULL) {
        agent_add_name(to, "last_object");
        agent_add(to, object);
    }
    if (snapline_error_started_json(error) != NULL) {
        agent_add_name(to, "started");
        agent_add(to, snapline_error_started_json(error));
    }
    add_error(to, error);
    /* C prints nothing by itself: these are all the texts that a program could print. */
    const char *texts[] = {snapline_error_message(error), snapline_error_reason(error),
                           snapline_error_code(error),    snapline_error_request_id(error),
                           snapline_error_rule(error),    object,
                           snapline_error_started_json(error)};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        agent_add(&debug, texts[i] == NULL ? "-" : texts[i]);
        agent_add(&debug, "\n");
    }
    for (size_t i = 0; i < snapline_error_attempt_count(error); i++) {
        const char *reason = snapline_error_attempt_reason(error, i);
        agent_add(&debug, reason == NULL ? "-" : reason);
    }
    add_member(to, "debug", debug.data);
    agent_add(to, "}");
    free(debug.data);
}

static void add_rate_limit(agent_buffer *to, int64_t limit, int64_t remaining, int64_t reset)
{
    const char *names[] = {"limit", "remaining", "reset"};
    int64_t values[] = {limit, remaining, reset};
    agent_add(to, "{");
    for (size_t i = 0; i < 3; i++) {
        agent_add_name(to, names[i]);
        if (values[i] < 0) {
            agent_add(to, "null");
        } else {
            agent_add_format(to, "%" PRId64, values[i]);
        }
    }
    agent_add(to, "}");
}

static void add_meta(agent_buffer *to, const snapline_response *response)
{
    int64_t limit = 0, remaining = 0, reset = 0;
    agent_add(to, "{");
    add_response(to, response);
    agent_add_name(to, "drift");
    agent_add(to, "[");
    for (size_t i = 0; i < snapline_response_drift_count(response); i++) {
        agent_add(to, i > 0 ? "," : "");
        agent_add_string(to, snapline_response_drift_at(response, i));
    }
    agent_add(to, "]");
    if (snapline_response_rate_limit(response, &limit, &remaining, &reset)) {
        agent_add_name(to, "rate_limit");
        add_rate_limit(to, limit, remaining, reset);
    }
    agent_add(to, "}");
}

snapline_response **agent_answer(agent_call *call) { return call->mode == AGENT_RAW ? &call->response : NULL; }

bool agent_ended(agent_call *call, snapline_status status)
{
    struct timespec now;
    snapline_error *error = call->error;
    snapline_response *response = call->response;
    call->error = NULL;
    call->response = NULL;
    clock_gettime(CLOCK_MONOTONIC, &now);
    call->elapsed_ms = (double)(now.tv_sec - call->begun.tv_sec) * 1e3 +
                       (double)(now.tv_nsec - call->begun.tv_nsec) / 1e6;
    if (response != NULL) {
        add_meta(&call->meta, response);
    }
    if (status != SNAPLINE_OK) {
        if (error == NULL || snapline_error_status(error) != status || response != NULL) {
            call->broken = "a call that failed did not tell its error, or gave an answer";
        }
        agent_add(&call->outcome, "\"kind\":\"error\",\"error\":");
        agent_add_error(&call->outcome, error);
    } else if (error != NULL) {
        call->broken = "a call that succeeded gave an error";
    }
    snapline_error_free(error);
    snapline_response_free(response);
    return status == SNAPLINE_OK;
}

/* A line has to stay one; no text of JSON has a line break that is not written out. */
static void add_json(agent_buffer *to, const char *json)
{
    size_t begun = to->length;
    agent_add(to, json == NULL || *json == '\0' ? "null" : json);
    for (size_t i = begun; i < to->length; i++) {
        if (to->data[i] == '\n' || to->data[i] == '\r') {
            to->data[i] = ' ';
        }
    }
}

void agent_nothing(agent_call *call) { agent_add(&call->outcome, "\"kind\":\"nothing\""); }

void agent_value(agent_call *call, const char *json)
{
    agent_add(&call->outcome, "\"kind\":\"value\",\"value\":");
    add_json(&call->outcome, json);
}

void agent_string(agent_call *call, const char *text)
{
    agent_add(&call->outcome, "\"kind\":\"value\",\"value\":");
    agent_add_string(&call->outcome, text);
}

void agent_hex(agent_call *call, const uint8_t *bytes, size_t length)
{
    agent_add(&call->outcome, "\"kind\":\"value\",\"value\":{\"$bytes\":\"");
    for (size_t i = 0; i < length; i++) {
        agent_add_format(&call->outcome, "%02x", bytes[i]);
    }
    agent_add(&call->outcome, "\"}");
}

void agent_item(agent_call *call, const char *json)
{
    agent_add(&call->items, call->item_count++ > 0 ? "," : "");
    add_json(&call->items, json);
}

static void add_items(agent_call *call, const char *before)
{
    agent_add(&call->outcome, before);
    agent_add(&call->outcome, "[");
    agent_add(&call->outcome, call->items.data == NULL ? "" : call->items.data);
    agent_add(&call->outcome, "]");
}

void agent_list(agent_call *call) { add_items(call, "\"kind\":\"value\",\"value\":"); }

void agent_items(agent_call *call) { add_items(call, "\"kind\":\"items\",\"items\":"); }

void agent_page(agent_call *call, int64_t total, uint64_t next)
{
    add_items(call, "\"kind\":\"page\",\"items\":");
    if (total >= 0) {
        agent_add_format(&call->outcome, ",\"total\":%" PRId64, total);
    }
    if (next > 0) {
        agent_add_format(&call->outcome, ",\"next\":%" PRIu64, next);
    }
}

void agent_cursor(agent_call *call, const char *next)
{
    if (next != NULL) {
        agent_add(&call->outcome, ",\"next\":");
        agent_add_string(&call->outcome, next);
    }
}

void agent_answered(agent_call *call, snapline_status status)
{
    agent_buffer body = {0};
    agent_add(&body, call->response == NULL ? "" : snapline_response_body(call->response, NULL));
    if (agent_ended(call, status)) {
        agent_value(call, body.data);
    }
    free(body.data);
}

void agent_rate_limit(agent_call *call, bool known, int64_t limit, int64_t remaining, int64_t reset)
{
    if (!known) {
        agent_nothing(call);
        return;
    }
    agent_add(&call->outcome, "\"kind\":\"value\",\"value\":");
    add_rate_limit(&call->outcome, limit, remaining, reset);
}
