/* Makes calls as it is told on its standard input, and tells on its standard output what came out.
 * tests/conformance/README.md describes the orders. */

#define _POSIX_C_SOURCE 200809L

#include "order.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define MOST_WORDS 8

/* What was wrong with an order that has no answer of its own. */
static char *wrong;

static pthread_mutex_t log_mutex = PTHREAD_MUTEX_INITIALIZER;
static agent_buffer logged;

static void answer(agent_buffer *line)
{
    if (wrong != NULL) {
        line->length = 0;
        agent_add(line, "{\"agent\":");
        agent_add_string(line, wrong);
        agent_add(line, "}");
    }
    printf("%s\n", line->data);
    fflush(stdout);
    free(line->data);
    free(wrong);
    wrong = NULL;
}

void not_understood(const char *what)
{
    if (wrong == NULL) {
        wrong = copy(what);
    }
}

/* Fields that are numbers; C gets them all as text. */
static bool is_number(const char *field)
{
    static const char *const names[] = {"attempts", "status", "duration_ms", "attempt", "wait_ms"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(field, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void on_record(void *user_data, const snapline_log_record *record)
{
    static const char *const levels[] = {"off", "error", "warning", "info", "debug"};
    (void)user_data;
    pthread_mutex_lock(&log_mutex);
    agent_add(&logged, logged.length > 0 ? ",{" : "{");
    agent_add_name(&logged, "level");
    agent_add_string(&logged, levels[snapline_log_record_level(record)]);
    agent_add_name(&logged, "message");
    agent_add_string(&logged, snapline_log_record_title(record));
    agent_add_name(&logged, "fields");
    agent_add(&logged, "{");
    for (size_t i = 0; i < snapline_log_record_field_count(record); i++) {
        const char *name = snapline_log_record_field_name_at(record, i);
        const char *value = snapline_log_record_field_value_at(record, i);
        agent_add_name(&logged, name);
        if (is_number(name)) {
            agent_add(&logged, value);
        } else {
            agent_add_string(&logged, value);
        }
    }
    agent_add(&logged, "}}");
    pthread_mutex_unlock(&log_mutex);
}

static void begin_client(const char *name)
{
    drop_client();
    order.provider = NULL;
    for (const agent_provider *it = agent_providers; it->name != NULL; it++) {
        if (strcmp(it->name, name) == 0) {
            order.provider = it;
        }
    }
    if (order.provider == NULL) {
        not_understood("there is no such provider");
    }
    order.settings = snapline_settings_new();
    pthread_mutex_lock(&log_mutex);
    logged.length = 0;
    pthread_mutex_unlock(&log_mutex);
}

static void open_client(void)
{
    agent_buffer line = {0};
    snapline_error *error = NULL;
    if (order.provider != NULL && order.provider->open(order.settings, &order.client, &error) == SNAPLINE_OK) {
        agent_add(&line, "{\"opened\":true}");
    } else {
        agent_add(&line, "{\"error\":");
        agent_add_error(&line, error);
        agent_add(&line, "}");
    }
    snapline_error_free(error);
    answer(&line);
}

static void make(agent_call *call)
{
    if (strcmp(order.method, "client.request") == 0) {
        order.provider->request(call);
    } else if (strcmp(order.method, "client.rate_limit") == 0) {
        order.provider->rate_limit(call);
    } else if (strcmp(order.method, "client.close") == 0) {
        order.provider->close(call);
    } else {
        for (const agent_method *it = order.provider->methods; it->name != NULL; it++) {
            if (strcmp(it->name, order.method) == 0) {
                it->make(call);
                return;
            }
        }
        call->broken = "there is no such method";
    }
}

static void *make_on_thread(void *call)
{
    make(call);
    return NULL;
}

static void *cancel_later(void *token)
{
    struct timespec pause = {order.cancel_ms / 1000, (order.cancel_ms % 1000) * 1000000};
    nanosleep(&pause, NULL);
    snapline_cancel_token_cancel(token);
    return NULL;
}

static void go(void)
{
    agent_buffer line = {0};
    size_t count = order.times < 1 ? 1 : (size_t)order.times;
    agent_call *calls = calloc(count, sizeof *calls);
    pthread_t *threads = calloc(count, sizeof *threads);
    snapline_cancel_token *token = snapline_cancel_token_new();
    pthread_t canceller;
    bool ready = order.client != NULL && order.method != NULL;
    if (!ready) {
        not_understood("there is no client or no call");
    }
    snapline_options_set_cancel_token(order.options, token);
    order.model.client = order.client;
    order.model.arguments = order.arguments;
    order.model.argument_count = order.argument_count;
    order.model.options = order.options;
    if (order.cancel_ms >= 0) {
        pthread_create(&canceller, NULL, cancel_later, token);
    }
    for (size_t i = 0; ready && i < count; i++) {
        calls[i] = order.model;
        if (count == 1) {
            make(&calls[i]);
        } else {
            pthread_create(&threads[i], NULL, make_on_thread, &calls[i]);
        }
    }
    agent_add(&line, "{\"done\":[");
    for (size_t i = 0; ready && i < count; i++) {
        if (count > 1) {
            pthread_join(threads[i], NULL);
        }
        if (calls[i].broken != NULL) {
            not_understood(calls[i].broken);
        }
        agent_add(&line, i > 0 ? ",{" : "{");
        agent_add(&line, calls[i].outcome.data == NULL ? "\"kind\":\"nothing\"" : calls[i].outcome.data);
        agent_add_format(&line, ",\"elapsed_ms\":%.3f", calls[i].elapsed_ms);
        if (calls[i].meta.length > 0) {
            agent_add(&line, ",\"meta\":");
            agent_add(&line, calls[i].meta.data);
        }
        agent_add(&line, "}");
        free(calls[i].outcome.data);
        free(calls[i].items.data);
        free(calls[i].meta.data);
    }
    agent_add(&line, "]}");
    if (order.cancel_ms >= 0) {
        pthread_join(canceller, NULL);
    }
    snapline_cancel_token_free(token);
    free(threads);
    free(calls);
    answer(&line);
}

static void tell_model(char **words)
{
    agent_buffer line = {0};
    snapline_error *error = NULL;
    char *again = NULL;
    for (const agent_provider *it = agent_providers; it->name != NULL; it++) {
        for (const agent_model *model = it->models; model->name != NULL; model++) {
            if (strcmp(it->name, words[1]) == 0 && strcmp(model->name, words[2]) == 0) {
                again = model->again(words[3], &error);
            }
        }
    }
    if (again != NULL) {
        agent_add(&line, "{\"model\":");
        agent_add(&line, again);
    } else {
        agent_add(&line, "{\"error\":");
        agent_add_error(&line, error);
    }
    agent_add(&line, "}");
    snapline_string_free(again);
    snapline_error_free(error);
    answer(&line);
}

static void tell_log(void)
{
    agent_buffer line = {0};
    pthread_mutex_lock(&log_mutex);
    agent_add(&line, "{\"log\":[");
    agent_add(&line, logged.length > 0 ? logged.data : "");
    agent_add(&line, "]}");
    pthread_mutex_unlock(&log_mutex);
    answer(&line);
}

static void obey(char *line)
{
    char *words[MOST_WORDS] = {NULL};
    size_t count = 0;
    agent_buffer ended = {0};
    char *next = line;
    while (next != NULL && count < MOST_WORDS - 1) {
        char *end = strchr(next, ' ');
        words[count++] = next;
        if (end != NULL) {
            *end++ = '\0';
        }
        next = end;
    }
    for (size_t i = 0; i < count; i++) {
        decode(words[i]);
    }
#define ORDER(name, least) (strcmp(words[0], name) == 0 && count >= (least))
    if (ORDER("client", 2)) {
        begin_client(words[1]);
    } else if (ORDER("set", 3)) {
        order_set(words);
    } else if (ORDER("open", 1)) {
        open_client();
    } else if (ORDER("call", 2)) {
        begin_call(words[1]);
    } else if (ORDER("arg", 3)) {
        order_argument(words);
    } else if (ORDER("item", 3)) {
        order_item(words);
    } else if (ORDER("option", 3)) {
        order_option(words);
    } else if (ORDER("wait", 3)) {
        order_wait(words);
    } else if (ORDER("mode", 2)) {
        order.model.mode = strcmp(words[1], "raw") == 0     ? AGENT_RAW
                     : strcmp(words[1], "items") == 0 ? AGENT_ITEMS
                                                      : AGENT_VALUE;
    } else if (ORDER("limit", 2)) {
        order.model.limit = strtoll(words[1], NULL, 10);
    } else if (ORDER("cancel", 2)) {
        order.cancel_ms = strtoll(words[1], NULL, 10);
    } else if (ORDER("times", 2)) {
        order.times = strtoll(words[1], NULL, 10);
    } else if (ORDER("go", 1)) {
        go();
    } else if (ORDER("model", 4)) {
        tell_model(words);
    } else if (ORDER("log", 1)) {
        tell_log();
    } else if (ORDER("end", 1)) {
        drop_client();
        agent_add(&ended, "{\"ended\":true}");
        answer(&ended);
    } else {
        not_understood("there is no such order");
    }
}

/* Obeys until there are no more orders. */
static void *obey_all(void *unused)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    (void)unused;
    while ((length = getline(&line, &room, stdin)) > 0) {
        if (line[length - 1] == '\n') {
            line[length - 1] = '\0';
        }
        obey(line);
    }
    drop_client();
    free(line);
    free(logged.data);
    return NULL;
}

/* Makes the calls on a thread whose stack has so many bytes. */
static int obey_on_a_stack_of(const char *bytes)
{
    pthread_attr_t attributes;
    pthread_t thread;
    if (pthread_attr_init(&attributes) != 0 ||
        pthread_attr_setstacksize(&attributes, (size_t)strtoul(bytes, NULL, 10)) != 0 ||
        pthread_create(&thread, &attributes, obey_all, NULL) != 0) {
        fprintf(stderr, "there is no thread with a stack of %s bytes\n", bytes);
        return 1;
    }
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attributes);
    return 0;
}

int main(void)
{
    const char *stack = getenv("SNAPLINE_TEST_STACK");
    snapline_error *error = NULL;
    if (snapline_log_set_callback(on_record, NULL, SNAPLINE_LOG_DEBUG, &error) != SNAPLINE_OK) {
        fprintf(stderr, "%s\n", snapline_error_message(error));
        return 1;
    }
    if (stack != NULL) {
        return obey_on_a_stack_of(stack);
    }
    obey_all(NULL);
    return 0;
}
