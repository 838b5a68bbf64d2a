/* A program that loads the library while it runs, makes calls on threads, and lets go of it while these
 * threads and one of the library's own are still there. Usage: loaded LIBRARY */

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>

#include <snapline.h>

static void *library;
static snapline_do_client *client;
static size_t shares;
static int failed;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int called;
static int let_go;

#define FUNCTION(name) ((__typeof__(&name))dlsym(library, #name))

static void on_list(void *user_data, snapline_status status, snapline_do_NfsShareList *list, snapline_error *error)
{
    (void)user_data;
    FUNCTION(snapline_do_NfsShareList_free)(list);
    FUNCTION(snapline_error_free)(error);
    pthread_mutex_lock(&mutex);
    failed |= status != SNAPLINE_OK;
    called++;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
}

/* Tells that this thread has done its work, and stays until the library was let go of. */
static void stay(void)
{
    pthread_mutex_lock(&mutex);
    called++;
    pthread_cond_broadcast(&changed);
    while (!let_go) {
        pthread_cond_wait(&changed, &mutex);
    }
    pthread_mutex_unlock(&mutex);
    /* What the library keeps for each thread goes when this one ends. */
}

static void *make_and_stay(void *unused)
{
    (void)unused;
    failed |= FUNCTION(snapline_do_client_new)(NULL, &client, NULL) != SNAPLINE_OK;
    FUNCTION(snapline_do_client_free)(client);
    stay();
    return NULL;
}

static void *call_and_stay(void *unused)
{
    snapline_do_NfsShareList *list = NULL;
    const snapline_status status = FUNCTION(snapline_do_nfs_list)(client, NULL, NULL, &list, NULL, NULL);
    (void)unused;
    pthread_mutex_lock(&mutex);
    failed |= status != SNAPLINE_OK;
    shares = FUNCTION(snapline_do_NfsShareList_count)(list);
    pthread_mutex_unlock(&mutex);
    FUNCTION(snapline_do_NfsShareList_free)(list);
    stay();
    return NULL;
}

/* Waits until so many calls were made, and lets go of the library while their threads are there. */
static void let_go_after(int calls)
{
    pthread_mutex_lock(&mutex);
    while (called < calls) {
        pthread_cond_wait(&changed, &mutex);
    }
    failed |= dlclose(library) != 0;
    let_go = 1;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
}

int main(int count, char **given)
{
    const struct timespec moment = {0, 200000000};
    pthread_t threads[2];
    library = count > 1 ? dlopen(given[1], RTLD_NOW | RTLD_LOCAL) : NULL;
    if (library == NULL) {
        fprintf(stderr, "the library cannot be loaded: %s\n", dlerror());
        return 1;
    }
    pthread_create(&threads[0], NULL, make_and_stay, NULL);
    let_go_after(1);
    pthread_join(threads[0], NULL);

    library = dlopen(given[1], RTLD_NOW | RTLD_LOCAL);
    called = 0;
    let_go = 0;
    if (library == NULL || FUNCTION(snapline_do_client_new)(NULL, &client, NULL) != SNAPLINE_OK) {
        fprintf(stderr, "the library cannot be loaded again or used: %s\n", dlerror());
        return 1;
    }
    failed |= FUNCTION(snapline_do_nfs_list_async)(client, NULL, NULL, on_list, NULL, NULL) != SNAPLINE_OK;
    pthread_create(&threads[0], NULL, call_and_stay, NULL);
    pthread_create(&threads[1], NULL, call_and_stay, NULL);
    let_go_after(3);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    /* The client was never freed: its thread goes on. */
    nanosleep(&moment, NULL);
    printf("%zu shares\n", shares);
    return failed;
}
