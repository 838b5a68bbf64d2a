/* The client that is ours. */

#include "client.h"

#include <snapline.h>

static void *client_new(const struct order *order)
{
    snapline_do_client *made = NULL;
    snapline_settings *settings = snapline_settings_new();
    snapline_settings_set_token(settings, TOKEN);
    snapline_settings_set_base_url(settings, order->base);
    if (is_secure(order)) {
        snapline_settings_set_ca_file(settings, getenv("BENCH_CA"));
    }
    must(snapline_do_client_new(settings, &made, NULL) == SNAPLINE_OK, "snapline_do_client_new");
    snapline_settings_free(settings);
    return made;
}

static void client_free(void *client)
{
    snapline_do_client_free(client);
}

struct caller {
    char share[64];
    snapline_do_SnapshotsListArgs *page;
    /* What `handles` reads again and again. */
    snapline_do_NfsSnapshotList *list;
};

static void *caller_new(void *client, const struct order *order)
{
    struct caller *caller = calloc(1, sizeof *caller);
    must(caller != NULL, "calloc");
    sscanf(order->path, "/v2/nfs/%63[^/]", caller->share);
    caller->page = snapline_do_SnapshotsListArgs_new();
    snapline_do_SnapshotsListArgs_set_per_page(caller->page, 200);
    snapline_do_SnapshotsListArgs_set_page(caller->page, 1);
    if (is(order, "handles")) {
        must(snapline_do_nfs_snapshots_list(client, NULL, NULL, &caller->list, NULL, NULL) == SNAPLINE_OK, "the list");
    }
    return caller;
}

static void caller_free(void *given)
{
    struct caller *caller = given;
    snapline_do_SnapshotsListArgs_free(caller->page);
    snapline_do_NfsSnapshotList_free(caller->list);
    free(caller);
}

/* Reads values of each, as one would. */
static unsigned long read_list(const snapline_do_NfsSnapshotList *list)
{
    unsigned long items = 0;
    size_t count = snapline_do_NfsSnapshotList_count(list);
    for (size_t i = 0; i < count; i++) {
        const snapline_do_NfsSnapshot *one = snapline_do_NfsSnapshotList_at(list, i);
        items += snapline_do_NfsSnapshot_id(one)[0] != '\0' && snapline_do_NfsSnapshot_name(one)[0] != '\0' &&
                 snapline_do_NfsSnapshot_region(one)[0] != '\0' && snapline_do_NfsSnapshot_size_gib(one) > 0;
    }
    return items;
}

static unsigned long call(void *client, void *given, const struct order *order)
{
    struct caller *caller = given;
    unsigned long items = 0;
    if (is(order, "get") || is(order, "connect")) {
        snapline_do_NfsShare *share = NULL;
        must(snapline_do_nfs_get(client, caller->share, NULL, NULL, &share, NULL, NULL) == SNAPLINE_OK, "get");
        items = snapline_do_NfsShare_size_gib(share) > 0;
        snapline_do_NfsShare_free(share);
    } else if (is(order, "post")) {
        snapline_do_NfsAction *action = NULL;
        snapline_do_NfsSnapshotArgs *args = snapline_do_NfsSnapshotArgs_new("nightly");
        snapline_do_NfsSnapshotArgs_set_region(args, "atl1");
        must(snapline_do_nfs_snapshot(client, caller->share, args, NULL, &action, NULL, NULL) == SNAPLINE_OK, "post");
        items = action != NULL;
        snapline_do_NfsSnapshotArgs_free(args);
        snapline_do_NfsAction_free(action);
    } else if (is(order, "list")) {
        snapline_do_NfsSnapshotList *list = NULL;
        must(snapline_do_nfs_snapshots_list(client, NULL, NULL, &list, NULL, NULL) == SNAPLINE_OK, "list");
        items = read_list(list);
        snapline_do_NfsSnapshotList_free(list);
    } else if (is(order, "handles")) {
        snapline_do_NfsSnapshotArgs *args = snapline_do_NfsSnapshotArgs_new("nightly");
        snapline_do_NfsSnapshotArgs_set_region(args, "atl1");
        snapline_do_NfsSnapshotArgs_free(args);
        items = read_list(caller->list);
    } else if (is(order, "page")) {
        snapline_do_SnapshotPage *page = NULL;
        must(snapline_do_snapshots_list(client, caller->page, NULL, &page, NULL, NULL) == SNAPLINE_OK, "page");
        for (size_t i = 0; i < snapline_do_SnapshotPage_count(page); i++) {
            items += snapline_do_Snapshot_name(snapline_do_SnapshotPage_at(page, i))[0] != '\0';
        }
        snapline_do_SnapshotPage_free(page);
    } else if (is(order, "walk")) {
        snapline_do_SnapshotIter *walk = NULL;
        const snapline_do_Snapshot *one = NULL;
        must(snapline_do_snapshots_list_iter(client, NULL, NULL, &walk, NULL) == SNAPLINE_OK, "walk");
        for (;;) {
            must(snapline_do_SnapshotIter_next(walk, &one, NULL) == SNAPLINE_OK, "a step of the walk");
            if (one == NULL) {
                break;
            }
            items += snapline_do_Snapshot_name(one)[0] != '\0';
        }
        snapline_do_SnapshotIter_free(walk);
    } else {
        must(0, "knowing the workload");
    }
    return items;
}
