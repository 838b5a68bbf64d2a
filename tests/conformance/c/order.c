/* What the agent is told of a client and of a call before it makes it. */

#define _POSIX_C_SOURCE 200809L

#include "generated/settings.h"
#include "order.h"

#include <stdio.h>
#include <string.h>

agent_order order = {.cancel_ms = -1, .times = 1};

char *copy(const char *text) { return text == NULL ? NULL : strdup(text); }

static void drop_call(void)
{
    for (size_t i = 0; i < order.argument_count; i++) {
        agent_argument *it = &order.arguments[i];
        for (size_t n = 0; n < it->count; n++) {
            free(it->item_types[n]);
            free(it->item_texts[n]);
        }
        free(it->name);
        free(it->type);
        free(it->text);
        free(it->item_types);
        free(it->item_texts);
        free(it->integers);
        free(it->unsigneds);
        free(it->numbers);
        free(it->flags);
        free(it->json);
        free(it->bytes);
    }
    free(order.arguments);
    free(order.method);
    snapline_options_free(order.options);
    order.arguments = NULL;
    order.argument_count = 0;
    order.method = NULL;
    order.options = NULL;
}

void drop_client(void)
{
    drop_call();
    if (order.client != NULL) {
        order.provider->drop(order.client);
    }
    snapline_settings_free(order.settings);
    order.client = NULL;
    order.settings = NULL;
}

/* Settings and options by name. A value that cannot be taken is told by `open` or the call. */
#define NUMBER(kind, name)                                                                         \
    if (strcmp(words[1], #name) == 0) {                                                            \
        snapline_##kind##_set_##name(order.kind, strtoull(words[2], NULL, 10));                    \
        return;                                                                                    \
    }
#define SMALL(kind, name)                                                                          \
    if (strcmp(words[1], #name) == 0) {                                                            \
        snapline_##kind##_set_##name(order.kind, (uint32_t)strtoul(words[2], NULL, 10));           \
        return;                                                                                    \
    }
#define FLAG(kind, name)                                                                           \
    if (strcmp(words[1], #name) == 0) {                                                            \
        snapline_##kind##_set_##name(order.kind, strcmp(words[2], "true") == 0);                   \
        return;                                                                                    \
    }
#define TEXT(kind, name)                                                                           \
    if (strcmp(words[1], #name) == 0) {                                                            \
        snapline_##kind##_set_##name(order.kind, words[2]);                                        \
        return;                                                                                    \
    }
#define PAIR(kind, name)                                                                           \
    if (strcmp(words[1], #name) == 0) {                                                            \
        snapline_##kind##_add_##name(order.kind, words[2], words[3]);                              \
        return;                                                                                    \
    }

/* What the hooks are to do, and what they have seen. */
static struct {
    char does[32];
    char came[16];
} hook;

static const char *before_send(void *user_data, snapline_outgoing *request)
{
    char seen[256];
    (void)user_data;
    if (strcmp(hook.does, "fail_before") == 0) {
        return "as it was told";
    }
    if (strcmp(hook.does, "take_token") == 0) {
        snapline_outgoing_set_header(request, "authorization", "Bearer other");
        return NULL;
    }
    snprintf(seen, sizeof seen, "%s %s %u %s", snapline_outgoing_method(request), snapline_outgoing_operation(request),
             (unsigned)snapline_outgoing_attempt(request), hook.came);
    snapline_outgoing_set_header(request, "x-hook", seen);
    return NULL;
}

static const char *after_answer(void *user_data, const snapline_attempted *attempted)
{
    int status = snapline_attempted_http_status(attempted);
    (void)user_data;
    if (strcmp(hook.does, "fail_after") == 0) {
        return "as it was told";
    }
    if (status == 0) {
        snprintf(hook.came, sizeof hook.came, "none");
    } else {
        snprintf(hook.came, sizeof hook.came, "%d", status);
    }
    return NULL;
}

void order_set(char **words)
{
    if (strcmp(words[1], "hook") == 0) {
        snprintf(hook.does, sizeof hook.does, "%s", words[2]);
        snprintf(hook.came, sizeof hook.came, "nothing");
        snapline_settings_set_hooks(order.settings, before_send, after_answer, NULL, NULL);
        return;
    }
    AGENT_SETTINGS
    TEXT(settings, token)
    if (strcmp(words[1], "credential") == 0 && words[3] != NULL) {
        snapline_settings_set_credential(order.settings, words[2], words[3]);
        return;
    }
    not_understood("there is no such setting");
}

void order_option(char **words)
{
    AGENT_OPTIONS
    not_understood("there is no such option");
}

#undef NUMBER
#define NUMBER(kind, name)                                                                         \
    if (strcmp(words[1], #name) == 0) {                                                            \
        snapline_options_set_##kind##_##name(order.options, strtoull(words[2], NULL, 10));         \
        return;                                                                                    \
    }

void order_wait(char **words)
{
    AGENT_WAITS
    not_understood("a wait has no such bound");
}

/* A JSON value of an argument's type and text. */
static void add_typed(agent_buffer *to, const char *type, const char *text)
{
    if (strcmp(type, "text") == 0) {
        agent_add_string(to, text);
    } else {
        agent_add(to, strcmp(type, "null") == 0 ? "null" : text);
    }
}

void order_argument(char **words)
{
    agent_buffer json = {0};
    agent_argument *it;
    order.arguments = realloc(order.arguments, (order.argument_count + 1) * sizeof *order.arguments);
    it = &order.arguments[order.argument_count++];
    memset(it, 0, sizeof *it);
    it->name = copy(words[1]);
    it->type = copy(words[2]);
    it->text = copy(words[3]);
    if (strcmp(it->type, "bytes") == 0) {
        it->byte_count = it->text == NULL ? 0 : strlen(it->text) / 2;
        it->bytes = malloc(it->byte_count + 1);
        for (size_t i = 0; i < it->byte_count; i++) {
            char digits[3] = {it->text[2 * i], it->text[2 * i + 1], '\0'};
            it->bytes[i] = (uint8_t)strtoul(digits, NULL, 16);
        }
    }
    if (strcmp(it->type, "list") == 0) {
        agent_add(&json, "[]");
    } else {
        add_typed(&json, it->type, it->text);
    }
    it->json = json.data;
}

void order_item(char **words)
{
    agent_argument *it = order.argument_count > 0 ? &order.arguments[order.argument_count - 1] : NULL;
    agent_buffer json = {0};
    size_t n;
    if (it == NULL || strcmp(it->name, words[1]) != 0 || words[3] == NULL) {
        not_understood("an item belongs to no list");
        return;
    }
    n = ++it->count;
    it->item_types = realloc(it->item_types, n * sizeof *it->item_types);
    it->item_texts = realloc(it->item_texts, n * sizeof *it->item_texts);
    it->integers = realloc(it->integers, n * sizeof *it->integers);
    it->unsigneds = realloc(it->unsigneds, n * sizeof *it->unsigneds);
    it->numbers = realloc(it->numbers, n * sizeof *it->numbers);
    it->flags = realloc(it->flags, n * sizeof *it->flags);
    it->item_types[n - 1] = copy(words[2]);
    it->item_texts[n - 1] = copy(words[3]);
    it->integers[n - 1] = strtoll(words[3], NULL, 10);
    it->unsigneds[n - 1] = strtoull(words[3], NULL, 10);
    it->numbers[n - 1] = strtod(words[3], NULL);
    it->flags[n - 1] = strcmp(words[3], "true") == 0;
    agent_add_bytes(&json, it->json, strlen(it->json) - 1);
    agent_add(&json, n > 1 ? "," : "");
    add_typed(&json, words[2], words[3]);
    agent_add(&json, "]");
    free(it->json);
    it->json = json.data;
}

void begin_call(const char *name)
{
    drop_call();
    order.method = copy(name);
    order.options = snapline_options_new();
    memset(&order.model, 0, sizeof order.model);
    order.model.limit = -1;
    order.cancel_ms = -1;
    order.times = 1;
}

/* Takes the percent signs out of a word, in place. */
void decode(char *word)
{
    char *to = word;
    for (; *word != '\0'; word++) {
        if (word[0] == '%' && word[1] != '\0' && word[2] != '\0') {
            char digits[3] = {word[1], word[2], '\0'};
            *to++ = (char)strtol(digits, NULL, 16);
            word += 2;
        } else {
            *to++ = *word;
        }
    }
    *to = '\0';
}

static const agent_argument *find(const agent_call *call, const char *name)
{
    for (size_t i = 0; i < call->argument_count; i++) {
        if (strcmp(call->arguments[i].name, name) == 0) {
            return &call->arguments[i];
        }
    }
    return NULL;
}

static bool is_a(const agent_call *call, const char *name, const char *type)
{
    const agent_argument *found = find(call, name);
    return found != NULL && strcmp(found->type, type) == 0;
}

bool agent_has(const agent_call *call, const char *name)
{
    return find(call, name) != NULL && !is_a(call, name, "null");
}

bool agent_is_null(const agent_call *call, const char *name) { return is_a(call, name, "null"); }

bool agent_is_number(const agent_call *call, const char *name) { return is_a(call, name, "number"); }

const char *agent_text(const agent_call *call, const char *name)
{
    return agent_has(call, name) ? find(call, name)->text : NULL;
}

int64_t agent_integer(const agent_call *call, const char *name)
{
    const char *text = agent_text(call, name);
    return text == NULL ? 0 : (int64_t)strtoll(text, NULL, 10);
}

uint64_t agent_unsigned(const agent_call *call, const char *name)
{
    const char *text = agent_text(call, name);
    return text == NULL ? 0 : (uint64_t)strtoull(text, NULL, 10);
}

double agent_number(const agent_call *call, const char *name)
{
    const char *text = agent_text(call, name);
    return text == NULL ? 0 : strtod(text, NULL);
}

bool agent_flag(const agent_call *call, const char *name)
{
    const char *text = agent_text(call, name);
    return text != NULL && strcmp(text, "true") == 0;
}

size_t agent_count(const agent_call *call, const char *name)
{
    const agent_argument *found = agent_has(call, name) ? find(call, name) : NULL;
    return found == NULL ? 0 : found->bytes == NULL ? found->count : found->byte_count;
}

#define LIST(type, function, member)                                                               \
    type function(const agent_call *call, const char *name)                                        \
    {                                                                                              \
        return agent_has(call, name) ? (type)find(call, name)->member : 0;                         \
    }
LIST(const char *, agent_json, json)
LIST(const uint8_t *, agent_bytes, bytes)
LIST(const char *const *, agent_texts, item_texts)
LIST(const int64_t *, agent_integers, integers)
LIST(const uint64_t *, agent_unsigneds, unsigneds)
LIST(const double *, agent_numbers, numbers)
LIST(const bool *, agent_flags, flags)
