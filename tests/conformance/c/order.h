/* The client that the orders are about, and the call that is being ordered: what agent.c and order.c
 * share. */

#ifndef SNAPLINE_ORDER_H
#define SNAPLINE_ORDER_H

#include "agent.h"

typedef struct {
    const agent_provider *provider;
    snapline_settings *settings;
    void *client;
    char *method;
    agent_argument *arguments;
    size_t argument_count;
    snapline_options *options;
    agent_call model;
    int64_t cancel_ms;
    int64_t times;
} agent_order;

extern agent_order order;

/* Keeps the first thing that was wrong with an order that has no answer of its own. */
void not_understood(const char *what);
char *copy(const char *text);

/* Each takes the words of an order, NULL behind the last. */
void order_set(char **words);
void order_option(char **words);
void order_argument(char **words);
void order_item(char **words);
void order_wait(char **words);
void begin_call(const char *name);
void drop_client(void);
/* Takes the percent signs out of a word, in place. */
void decode(char *word);

#endif
