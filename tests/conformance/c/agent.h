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
    double *numbers;
    bool *flags;
    char *json;
} agent_argument;

typedef enum { AGENT_VALUE, AGENT_RAW, AGENT_ITEMS } agent_mode;

/* One call as it was ordered, and what it came to. */
typedef struct {
    const void *client;
    const agent_argument *arguments;
    size_t argument_count;
    const snapline_options *options;
    int64_t timeout_ms;
    int64_t first_interval_ms;
    int64_t max_interval_ms;
    int64_t not_found_grace_ms;
    int64_t limit;
    agent_mode mode;
    /* The outcome. */
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
double agent_number(const agent_call *call, const char *name);
bool agent_flag(const agent_call *call, const char *name);
const char *agent_json(const agent_call *call, const char *name);
size_t agent_count(const agent_call *call, const char *name);
const char *const *agent_texts(const agent_call *call, const char *name);
const int64_t *agent_integers(const agent_call *call, const char *name);
const double *agent_numbers(const agent_call *call, const char *name);
const bool *agent_flags(const agent_call *call, const char *name);

/* How a call goes: begin; ended, which takes over the error and the answer and says whether it was a
 * success; then one of those that tell. */
void agent_begin(agent_call *call);
void agent_check(agent_call *call, snapline_status status);
bool agent_wants_more(const agent_call *call);
bool agent_ended(agent_call *call, snapline_status status, snapline_error *error, snapline_response *response);
void agent_nothing(agent_call *call);
void agent_value(agent_call *call, const char *json);
void agent_string(agent_call *call, const char *text);
void agent_item(agent_call *call, const char *json);
void agent_list(agent_call *call);
void agent_items(agent_call *call);
void agent_page(agent_call *call, int64_t total, uint64_t next);
void agent_answered(agent_call *call, snapline_status status, snapline_error *error, snapline_response *response);
void agent_rate_limit(agent_call *call, bool known, int64_t limit, int64_t remaining, int64_t reset);
/* An error as JSON. */
void agent_add_error(agent_buffer *buffer, const snapline_error *error);

#define AGENT_TELL(call, tell, type, object)                                                       \
    do {                                                                                           \
        agent_buffer told_ = {0};                                                                  \
        agent_describe_##type(&told_, object);                                                     \
        tell(call, told_.data);                                                                    \
        free(told_.data);                                                                          \
    } while (0)

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
        snapline_response *response = NULL;                                                        \
        snapline_error *error = NULL;                                                              \
        snapline_status status;                                                                    \
        agent_begin(call);                                                                         \
        status = type##_request(call->client, agent_text(call, "method"), agent_text(call, "path"), \
                                agent_json(call, "body"), call->options, &response, &error);       \
        agent_answered(call, status, error, response);                                             \
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
