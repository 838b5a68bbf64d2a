/* What the agent and the generated calls share. tests/conformance/README.md describes the orders. */

#ifndef SNAPLINE_AGENT_H
#define SNAPLINE_AGENT_H

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <snapline.h>

/* A text that grows. */
typedef struct {
    char *data;
    size_t length;
    size_t room;
} agent_buffer;

void agent_add(agent_buffer *buffer, const char *text);
void agent_add_bytes(agent_buffer *buffer, const char *bytes, size_t length);
void agent_add_format(agent_buffer *buffer, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;
/* A JSON string; null for NULL. */
void agent_add_string(agent_buffer *buffer, const char *text);
/* A member of an object, `"name":` with a comma before it if one is due. */
void agent_add_name(agent_buffer *buffer, const char *name);

/* A text of that length, which may hold anything, as a JSON string. */
void agent_add_text(agent_buffer *buffer, const char *text, size_t length);
/* A time; one that has no number of nanoseconds though it should is told so. */
void agent_add_instant(agent_buffer *buffer, const char *text, bool known);

/* A value of an enum: its text, and the number that stands for it. */
typedef struct {
    const char *text;
    int32_t value;
} agent_constant;

/* A text of an enum; one whose number is another is told so. */
void agent_add_constant(agent_buffer *buffer, const char *text, int32_t value, const agent_constant *listed);

/* An argument: its type as in the order, and what it holds. */
typedef struct {
    char *name;
    char *type;
    char *text;
    size_t count;
    char **item_types;
    char **item_texts;
    int64_t *integers;
    uint64_t *unsigneds;
    double *numbers;
    bool *flags;
    char *json;
    uint8_t *bytes;
    size_t byte_count;
} agent_argument;

typedef enum { AGENT_VALUE, AGENT_RAW, AGENT_ITEMS } agent_mode;

/* One call as it was ordered, and what it came to. */
typedef struct {
    const void *client;
    const agent_argument *arguments;
    size_t argument_count;
    const snapline_options *options;
    int64_t limit;
    agent_mode mode;
    /* The outcome. */
    snapline_error *error;
    snapline_response *response;
    struct timespec begun;
    double elapsed_ms;
    const char *broken;
    agent_buffer meta;
    agent_buffer items;
    agent_buffer outcome;
    int64_t item_count;
} agent_call;

/* Arguments by name; NULL, 0 or false where there is none. */
bool agent_has(const agent_call *call, const char *name);
bool agent_is_null(const agent_call *call, const char *name);
bool agent_is_number(const agent_call *call, const char *name);
const char *agent_text(const agent_call *call, const char *name);
int64_t agent_integer(const agent_call *call, const char *name);
uint64_t agent_unsigned(const agent_call *call, const char *name);
double agent_number(const agent_call *call, const char *name);
bool agent_flag(const agent_call *call, const char *name);
const char *agent_json(const agent_call *call, const char *name);
size_t agent_count(const agent_call *call, const char *name);
const char *const *agent_texts(const agent_call *call, const char *name);
const int64_t *agent_integers(const agent_call *call, const char *name);
const uint64_t *agent_unsigneds(const agent_call *call, const char *name);
const double *agent_numbers(const agent_call *call, const char *name);
const bool *agent_flags(const agent_call *call, const char *name);
const uint8_t *agent_bytes(const agent_call *call, const char *name);

/* How a call goes: begin; ended, which takes the error and the answer out of the call and says whether it
 * was a success; then one of those that tell. */
void agent_begin(agent_call *call);
void agent_check(agent_call *call, snapline_status status);
bool agent_wants_more(const agent_call *call);
bool agent_ended(agent_call *call, snapline_status status);
/* Where the answer as it came goes; NULL where the order does not ask for it. */
snapline_response **agent_answer(agent_call *call);
void agent_nothing(agent_call *call);
void agent_value(agent_call *call, const char *json);
void agent_string(agent_call *call, const char *text);
void agent_hex(agent_call *call, const uint8_t *bytes, size_t length);
void agent_item(agent_call *call, const char *json);
void agent_list(agent_call *call);
void agent_items(agent_call *call);
void agent_page(agent_call *call, int64_t total, uint64_t next);
void agent_cursor(agent_call *call, const char *next);
void agent_answered(agent_call *call, snapline_status status);
void agent_rate_limit(agent_call *call, bool known, int64_t limit, int64_t remaining, int64_t reset);
/* An error as JSON. */
void agent_add_error(agent_buffer *buffer, const snapline_error *error);

#define AGENT_DESCRIBES(type) void agent_describe_##type(agent_buffer *to, const type *object)

/* Fields of an object, each told if it is there: by its getter, or by one that says whether. */
#define agent_always(object) ((void)(object), true)
#define AGENT_FIELD(there, name, told)                                                             \
    if (there) {                                                                                   \
        agent_add_name(to, name);                                                                  \
        told;                                                                                      \
    }
#define AGENT_TEXT(name, get, length)                                                              \
    AGENT_FIELD(get(object) != NULL, name, agent_add_text(to, get(object), length(object)))
#define AGENT_INSTANT(name, get, ns)                                                               \
    AGENT_FIELD(get(object) != NULL, name, agent_add_instant(to, get(object), ns(object, NULL)))
#define AGENT_STRING(name, get) AGENT_FIELD(get(object) != NULL, name, agent_add_string(to, get(object)))
#define AGENT_JSON(name, get) AGENT_FIELD(get(object) != NULL, name, agent_add(to, get(object)))
#define AGENT_CONSTANT(name, get, text, table)                                                     \
    AGENT_FIELD(text(object) != NULL, name, agent_add_constant(to, text(object), (int32_t)get(object), table))
#define AGENT_PART(name, get, type)                                                                \
    AGENT_FIELD(get(object) != NULL, name, agent_describe_##type(to, get(object)))
#define AGENT_INTEGER(name, has, get)                                                              \
    AGENT_FIELD(has(object), name, agent_add_format(to, "%" PRId64, get(object)))
#define AGENT_UNSIGNED(name, has, get)                                                             \
    AGENT_FIELD(has(object), name, agent_add_format(to, "%" PRIu64, get(object)))
#define AGENT_NUMBER(name, has, get) AGENT_FIELD(has(object), name, agent_add_format(to, "%.17g", get(object)))
#define AGENT_FLAG(name, has, get) AGENT_FIELD(has(object), name, agent_add(to, get(object) ? "true" : "false"))

#define AGENT_EACH(has, name, count, told)                                                         \
    AGENT_FIELD(has(object), name, {                                                               \
        agent_add(to, "[");                                                                        \
        for (size_t i = 0; i < count(object); i++) {                                               \
            agent_add(to, i > 0 ? "," : "");                                                       \
            told;                                                                                  \
        }                                                                                          \
        agent_add(to, "]");                                                                        \
    })
#define AGENT_TEXTS(name, has, count, at, length)                                                  \
    AGENT_EACH(has, name, count, agent_add_text(to, at(object, i), length(object, i)))
#define AGENT_STRINGS(name, has, count, at) AGENT_EACH(has, name, count, agent_add_string(to, at(object, i)))
#define AGENT_CONSTANTS(name, has, count, at, text, table)                                         \
    AGENT_EACH(has, name, count, agent_add_constant(to, text(object, i), (int32_t)at(object, i), table))
#define AGENT_PARTS(name, has, count, at, type)                                                    \
    AGENT_EACH(has, name, count, agent_describe_##type(to, at(object, i)))
#define AGENT_INTEGERS(name, has, count, at)                                                       \
    AGENT_EACH(has, name, count, agent_add_format(to, "%" PRId64, at(object, i)))
#define AGENT_UNSIGNEDS(name, has, count, at)                                                      \
    AGENT_EACH(has, name, count, agent_add_format(to, "%" PRIu64, at(object, i)))
#define AGENT_NUMBERS(name, has, count, at)                                                        \
    AGENT_EACH(has, name, count, agent_add_format(to, "%.17g", at(object, i)))
#define AGENT_FLAGS(name, has, count, at)                                                          \
    AGENT_EACH(has, name, count, agent_add(to, at(object, i) ? "true" : "false"))

/* Objects that a call is given, made from JSON. */
#define AGENT_MAKE(type, made, name)                                                               \
    type *made = NULL;                                                                             \
    if (agent_has(call, name)) {                                                                   \
        agent_check(call, type##_from_json(agent_json(call, name), &made, NULL));                  \
    }
#define AGENT_DROP(type, made, name) type##_free(made);
#define AGENT_MAKE_ALL(type, made, name)                                                           \
    type **made = calloc(agent_count(call, name) + 1, sizeof *made);                               \
    for (size_t i = 0; i < agent_count(call, name); i++) {                                         \
        agent_check(call, type##_from_json(agent_texts(call, name)[i], &made[i], NULL));           \
    }
#define AGENT_DROP_ALL(type, made, name)                                                           \
    for (size_t i = 0; i < agent_count(call, name); i++) {                                         \
        type##_free(made[i]);                                                                      \
    }                                                                                              \
    free(made);

/* Arguments, each set if it was given. */
#define AGENT_WITH(name, set)                                                                      \
    if (agent_has(call, name)) {                                                                   \
        set;                                                                                       \
    }
#define AGENT_SET(name, set, read) AGENT_WITH(name, set(args, read(call, name)))
#define AGENT_SET_ALL(name, set, read) AGENT_WITH(name, set(args, read(call, name), agent_count(call, name)))
#define AGENT_SET_MADE(name, set, made) AGENT_WITH(name, set(args, made))
#define AGENT_SET_ALL_MADE(name, set, made)                                                        \
    AGENT_WITH(name, set(args, (const void *)made, agent_count(call, name)))
#define AGENT_SET_NUMBER(name, set)                                                                \
    if (agent_has(call, name) && agent_is_number(call, name)) {                                    \
        set(args, agent_integer(call, name));                                                      \
    }
#define AGENT_SET_TEXT(name, set)                                                                  \
    if (agent_has(call, name) && !agent_is_number(call, name)) {                                   \
        set(args, agent_text(call, name));                                                         \
    }
#define AGENT_NULL(name, set)                                                                      \
    if (agent_is_null(call, name)) {                                                               \
        set(args);                                                                                 \
    }

/* Calls, and what came out. */
#define AGENT_TELL(call, tell, type, object)                                                       \
    do {                                                                                           \
        agent_buffer told_ = {0};                                                                  \
        agent_describe_##type(&told_, object);                                                     \
        tell(call, told_.data);                                                                    \
        free(told_.data);                                                                          \
    } while (0)
/* What a call may give NULL for. */
#define AGENT_SOMETHING(told)                                                                      \
    if (out == NULL) {                                                                             \
        agent_value(call, "null");                                                                 \
    } else {                                                                                       \
        told;                                                                                      \
    }
#define AGENT_NOTHING(call, sent)                                                                  \
    if (agent_ended(call, sent)) {                                                                 \
        agent_nothing(call);                                                                       \
    }
#define AGENT_OBJECT(type, sent)                                                                   \
    if (agent_ended(call, sent)) {                                                                 \
        AGENT_SOMETHING(AGENT_TELL(call, agent_value, type, out))                                  \
    }                                                                                              \
    type##_free(out)
#define AGENT_ITEMS_OF(list, type)                                                                 \
    for (size_t i = 0; i < list##_count(out); i++) {                                               \
        AGENT_TELL(call, agent_item, type, list##_at(out, i));                                     \
    }
#define AGENT_LIST(list, type, sent)                                                               \
    if (agent_ended(call, sent)) {                                                                 \
        AGENT_SOMETHING(AGENT_ITEMS_OF(list, type) agent_list(call))                               \
    }                                                                                              \
    list##_free(out)
#define AGENT_PAGE_AND(page, type, sent, more)                                                     \
    if (agent_ended(call, sent)) {                                                                 \
        AGENT_ITEMS_OF(page, type)                                                                 \
        agent_page(call, page##_total(out), page##_next_page(out));                                \
        more;                                                                                      \
    }                                                                                              \
    page##_free(out)
#define AGENT_PAGE(page, type, sent) AGENT_PAGE_AND(page, type, sent, (void)0)
#define AGENT_CURSOR_PAGE(page, type, sent)                                                        \
    AGENT_PAGE_AND(page, type, sent, agent_cursor(call, page##_next_cursor(out)))
#define AGENT_TOLD(tell, sent)                                                                     \
    if (agent_ended(call, sent)) {                                                                 \
        AGENT_SOMETHING(tell(call, out))                                                           \
    }                                                                                              \
    snapline_string_free(out)
#define AGENT_BYTES(call, sent)                                                                    \
    if (agent_ended(call, sent)) {                                                                 \
        AGENT_SOMETHING(agent_hex(call, snapline_bytes_data(out), snapline_bytes_length(out)))     \
    }                                                                                              \
    snapline_bytes_free(out)
#define AGENT_WALK(iter, type, sent)                                                               \
    iter *iterator = NULL;                                                                         \
    const type *item = NULL;                                                                       \
    snapline_status status = sent;                                                                 \
    while (status == SNAPLINE_OK && agent_wants_more(call)) {                                      \
        status = iter##_next(iterator, &item, &call->error);                                       \
        if (status != SNAPLINE_OK || item == NULL) {                                               \
            break;                                                                                 \
        }                                                                                          \
        AGENT_TELL(call, agent_item, type, item);                                                  \
    }                                                                                              \
    if (agent_ended(call, status)) {                                                               \
        agent_items(call);                                                                         \
    }                                                                                              \
    iter##_free(iterator)

/* A model by its name, and what reads an instance and writes it again. */
typedef struct {
    const char *name;
    char *(*again)(const char *json, snapline_error **error);
} agent_model;

#define AGENT_MODEL(type)                                                                          \
    static char *again_##type(const char *json, snapline_error **error)                            \
    {                                                                                              \
        type *made = NULL;                                                                         \
        char *out = NULL;                                                                          \
        if (type##_from_json(json, &made, error) == SNAPLINE_OK) {                                 \
            type##_to_json(made, &out, error);                                                     \
        }                                                                                          \
        type##_free(made);                                                                         \
        return out;                                                                                \
    }

/* A method by its name. */
typedef struct {
    const char *name;
    void (*make)(agent_call *call);
} agent_method;

/* A provider: what is done with its client, and its methods. */
typedef struct {
    const char *name;
    snapline_status (*open)(const snapline_settings *settings, void **out, snapline_error **error);
    void (*request)(agent_call *call);
    void (*rate_limit)(agent_call *call);
    void (*close)(agent_call *call);
    void (*drop)(void *client);
    const agent_method *methods;
    const agent_model *models;
} agent_provider;

extern const agent_provider agent_providers[];

#define AGENT_CLIENT(provider, type)                                                               \
    static snapline_status provider##_open(const snapline_settings *settings, void **out,          \
                                           snapline_error **error)                                 \
    {                                                                                              \
        type *made = NULL;                                                                         \
        snapline_status status = type##_new(settings, &made, error);                               \
        *out = made;                                                                               \
        return status;                                                                             \
    }                                                                                              \
    static void provider##_request(agent_call *call)                                               \
    {                                                                                              \
        agent_begin(call);                                                                         \
        agent_answered(call, type##_request(call->client, agent_text(call, "method"),              \
                                            agent_text(call, "path"), agent_json(call, "body"),    \
                                            call->options, &call->response, &call->error));        \
    }                                                                                              \
    static void provider##_rate_limit(agent_call *call)                                            \
    {                                                                                              \
        int64_t limit = 0, remaining = 0, reset = 0;                                               \
        bool known = type##_rate_limit(call->client, &limit, &remaining, &reset);                  \
        agent_rate_limit(call, known, limit, remaining, reset);                                    \
    }                                                                                              \
    static void provider##_close(agent_call *call)                                                 \
    {                                                                                              \
        type##_close(call->client);                                                                \
        agent_nothing(call);                                                                       \
    }                                                                                              \
    static void provider##_drop(void *client)                                                      \
    {                                                                                              \
        type##_free(client);                                                                       \
    }

#define AGENT_PROVIDER(provider, type)                                                             \
    {                                                                                              \
        #provider, provider##_open, provider##_request, provider##_rate_limit, provider##_close,   \
            provider##_drop, provider##_methods, provider##_models                                 \
    }

#endif
