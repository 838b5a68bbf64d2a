/* What all clients of C share: they carry out the orders on the standard input and tell what those cost. See README.md.
 *
 * A client defines these four; `caller` is what one thread has for itself. */

#ifndef BENCH_CLIENT_H
#define BENCH_CLIENT_H

#define _GNU_SOURCE

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define TOKEN "dop_v1_bench"
#define MOST_THREADS 64

struct order {
    const char *workload, *base, *method, *path, *body;
    unsigned long calls, at_once;
};

static void *client_new(const struct order *order);
static void client_free(void *client);
static void *caller_new(void *client, const struct order *order);
static void caller_free(void *caller);
/* Makes one call and gives how many things came. */
static unsigned long call(void *client, void *caller, const struct order *order);

static void must(int holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "error: %s failed\n", what);
        exit(1);
    }
}

static int is(const struct order *order, const char *workload)
{
    return strcmp(order->workload, workload) == 0;
}

static int is_secure(const struct order *order)
{
    return strncmp(order->base, "https", 5) == 0;
}

struct thread {
    pthread_t thread;
    void *client, *caller;
    const struct order *order;
    unsigned long calls, items;
};

static void *work(void *given)
{
    struct thread *thread = given;
    for (unsigned long n = 0; n < thread->calls; n++) {
        if (is(thread->order, "connect")) {
            void *client = client_new(thread->order), *caller = caller_new(client, thread->order);
            thread->items += call(client, caller, thread->order);
            caller_free(caller);
            client_free(client);
        } else {
            thread->items += call(thread->client, thread->caller, thread->order);
        }
    }
    return NULL;
}

static void *client;
static struct thread threads[MOST_THREADS];

static unsigned long calls(const struct order *order, unsigned long wanted)
{
    unsigned long items = 0;
    for (unsigned long n = 0; n < order->at_once; n++) {
        struct thread *thread = &threads[n];
        thread->client = client;
        thread->order = order;
        thread->items = 0;
        /* The first ones take what does not divide. */
        thread->calls = wanted / order->at_once + (n < wanted % order->at_once);
        if (thread->caller == NULL) {
            thread->caller = caller_new(client, order);
        }
        if (order->at_once == 1) {
            work(thread);
        } else {
            must(pthread_create(&thread->thread, NULL, work, thread) == 0, "pthread_create");
        }
    }
    for (unsigned long n = 0; n < order->at_once; n++) {
        if (order->at_once > 1) {
            pthread_join(threads[n].thread, NULL);
        }
        items += threads[n].items;
    }
    return items;
}

static void forget(void)
{
    for (size_t n = 0; n < MOST_THREADS; n++) {
        if (threads[n].caller != NULL) {
            caller_free(threads[n].caller);
            threads[n].caller = NULL;
        }
    }
    if (client != NULL) {
        client_free(client);
        client = NULL;
    }
}

static double cpu(const struct rusage *usage)
{
    return (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1e6 +
           (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec);
}

static double wall(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static char *word(char **line)
{
    char *found = strsep(line, "\t\n");
    must(found != NULL, "reading an order, which has seven words between tabs,");
    return found;
}

int main(void)
{
    char *line = NULL, *base = strdup("");
    size_t room = 0;
    while (getline(&line, &room, stdin) > 0) {
        char *rest = line;
        struct order order;
        struct rusage before, after;
        double started;
        order.workload = word(&rest);
        order.calls = strtoul(word(&rest), NULL, 10);
        order.at_once = strtoul(word(&rest), NULL, 10);
        order.base = word(&rest);
        order.method = word(&rest);
        order.path = word(&rest);
        order.body = word(&rest);
        must(order.at_once > 0 && order.at_once <= MOST_THREADS, "making so few or so many threads");
        if (client == NULL || strcmp(base, order.base) != 0) {
            forget();
            free(base);
            base = strdup(order.base);
            client = client_new(&order);
        }
        if (order.calls > 0) {
            /* Opens the connections that are measured. */
            calls(&order, order.at_once);
        }
        getrusage(RUSAGE_SELF, &before);
        started = wall();
        unsigned long items = calls(&order, order.calls);
        double took = wall() - started;
        getrusage(RUSAGE_SELF, &after);
        printf("cpu_us=%.0f wall_us=%.0f items=%lu\n", cpu(&after) - cpu(&before), took, items);
        fflush(stdout);
    }
    forget();
    free(base);
    free(line);
    return 0;
}

#endif
