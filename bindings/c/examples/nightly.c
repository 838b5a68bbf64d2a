/* Nightly rotation of everything that carries a tag: takes a snapshot of each droplet and volume, keeps the last 7
 * days and 4 weeks of those it took, deletes the rest.
 *
 * Usage: nightly TAG [PARALLEL]. Snapshots are called nightly-DATE; what is not called nightly-… is never deleted,
 * and of a resource without a usable snapshot of tonight nothing is.
 *
 * Meant for cron: a second run in a night takes nothing twice. It exits with 1 if anything failed, and says what. */

#include <ctype.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "outcome.h"

/* What the names of our snapshots begin with. */
#define PREFIX "nightly-"

/* What is shared with the callbacks; the mutex guards the count and all that they write. */
struct run {
    const snapline_do_client *client;
    /* What tonight's snapshots are called. */
    char tonight[64];
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    int under_way;
    /* So many calls are under way at once at most. */
    int parallel;
    struct resource *resources;
    size_t resource_count;
    struct old *olds;
    size_t old_count;
};

/* A droplet or volume that carries the tag. */
struct resource {
    struct run *run;
    bool droplet;
    char *id;
    /* Whether tonight's snapshot can be used. */
    bool there;
    snapline_do_Snapshot *taken;
    snapline_error *error;
    size_t kept;
    size_t deleted;
    size_t broken;
};

/* A snapshot of one of them. */
struct old {
    struct run *run;
    size_t of;
    char *id;
    char *name;
    char *created_at;
    snapline_error *error;
};

static void *needed(void *memory)
{
    if (memory == NULL) {
        fprintf(stderr, "out of memory\n");
        exit(1);
    }
    return memory;
}

/* A text that is the caller's. */
static char *copied(const char *text)
{
    const size_t size = strlen(text) + 1;
    return memcpy(needed(malloc(size)), text, size);
}

/* Capital and small letters count as the same in tags. */
static bool same_tag(const char *left, const char *right)
{
    while (*left != '\0' && tolower((unsigned char)*left) == tolower((unsigned char)*right)) {
        left++;
        right++;
    }
    return *left == *right;
}

static void add_resource(struct run *run, bool droplet, const char *id)
{
    struct resource *it;
    run->resources = needed(realloc(run->resources, (run->resource_count + 1) * sizeof *run->resources));
    it = &run->resources[run->resource_count++];
    memset(it, 0, sizeof *it);
    it->run = run;
    it->droplet = droplet;
    it->id = copied(id);
}

static void add_old(struct run *run, const snapline_do_Snapshot *snapshot, size_t of)
{
    struct old *it;
    run->olds = needed(realloc(run->olds, (run->old_count + 1) * sizeof *run->olds));
    it = &run->olds[run->old_count++];
    it->run = run;
    it->of = of;
    it->id = copied(snapline_do_Snapshot_id(snapshot));
    it->name = copied(snapline_do_Snapshot_name(snapshot));
    it->created_at = copied(snapline_do_Snapshot_created_at(snapshot));
    it->error = NULL;
}

static bool find_droplets(struct run *run, const char *tag)
{
    snapline_do_DropletsListArgs *args = snapline_do_DropletsListArgs_new();
    snapline_do_DropletIter *droplets = NULL;
    const snapline_do_Droplet *it = NULL;
    snapline_error *error = NULL;
    snapline_status status;
    char id[32];

    snapline_do_DropletsListArgs_set_tag_name(args, tag);
    status = snapline_do_droplets_list_iter(run->client, args, NULL, &droplets, &error);
    while (status == SNAPLINE_OK) {
        status = snapline_do_DropletIter_next(droplets, &it, &error);
        if (status != SNAPLINE_OK || it == NULL) {
            break;
        }
        snprintf(id, sizeof id, "%" PRId64, snapline_do_Droplet_id(it));
        add_resource(run, true, id);
    }
    snapline_do_DropletIter_free(droplets);
    snapline_do_DropletsListArgs_free(args);
    return told("listing the droplets", error);
}

/* Volumes cannot be asked for by a tag, so all are looked at. */
static bool find_volumes(struct run *run, const char *tag)
{
    snapline_do_VolumeIter *volumes = NULL;
    const snapline_do_Volume *it = NULL;
    snapline_error *error = NULL;
    snapline_status status = snapline_do_volumes_list_iter(run->client, NULL, NULL, &volumes, &error);
    size_t index;

    while (status == SNAPLINE_OK) {
        status = snapline_do_VolumeIter_next(volumes, &it, &error);
        if (status != SNAPLINE_OK || it == NULL) {
            break;
        }
        for (index = 0; index < snapline_do_Volume_tags_count(it); index++) {
            if (same_tag(snapline_do_Volume_tags_at(it, index), tag)) {
                add_resource(run, false, snapline_do_Volume_id(it));
                break;
            }
        }
    }
    snapline_do_VolumeIter_free(volumes);
    return told("listing the volumes", error);
}

/* One walk for all: what is there already, and what there is to delete. */
static bool find_snapshots(struct run *run)
{
    snapline_do_SnapshotIter *snapshots = NULL;
    const snapline_do_Snapshot *it = NULL;
    snapline_error *error = NULL;
    snapline_status status = snapline_do_snapshots_list_iter(run->client, NULL, NULL, &snapshots, &error);
    size_t index;

    while (status == SNAPLINE_OK) {
        status = snapline_do_SnapshotIter_next(snapshots, &it, &error);
        if (status != SNAPLINE_OK || it == NULL) {
            break;
        }
        for (index = 0; index < run->resource_count; index++) {
            struct resource *of = &run->resources[index];
            if (strcmp(snapline_do_Snapshot_resource_id(it), of->id) == 0) {
                add_old(run, it, index);
                of->there = of->there || strcmp(snapline_do_Snapshot_name(it), run->tonight) == 0;
            }
        }
    }
    snapline_do_SnapshotIter_free(snapshots);
    return told("listing the snapshots", error);
}

/* Waits until one more call may be under way. */
static void enter(struct run *run)
{
    pthread_mutex_lock(&run->mutex);
    while (run->under_way == run->parallel) {
        pthread_cond_wait(&run->changed, &run->mutex);
    }
    run->under_way++;
    pthread_mutex_unlock(&run->mutex);
}

/* Says what became of a call that is under way no more; `place` takes the error over. */
static void leave(struct run *run, snapline_error **place, snapline_error *error)
{
    pthread_mutex_lock(&run->mutex);
    *place = error;
    run->under_way--;
    pthread_cond_signal(&run->changed);
    pthread_mutex_unlock(&run->mutex);
}

static void wait_for_all(struct run *run)
{
    pthread_mutex_lock(&run->mutex);
    while (run->under_way > 0) {
        pthread_cond_wait(&run->changed, &run->mutex);
    }
    pthread_mutex_unlock(&run->mutex);
}

static const char *kind(const struct resource *it)
{
    return it->droplet ? "droplet" : "volume";
}

/* Called once for each snapshot, on a thread of the library. */
static void snapshot_taken(void *user_data, snapline_status status, snapline_do_Snapshot *snapshot,
                           snapline_error *error)
{
    struct resource *it = user_data;
    if (status == SNAPLINE_OK) {
        it->taken = snapshot;
        fprintf(stderr, "%s %s: %s is there\n", kind(it), it->id, it->run->tonight);
    }
    leave(it->run, &it->error, error);
}

static void take(struct resource *it)
{
    const snapline_do_client *client = it->run->client;
    snapline_error *error = NULL;
    snapline_status status;

    enter(it->run);
    if (it->droplet) {
        snapline_do_DropletsActionsSnapshotAndWaitArgs *args = snapline_do_DropletsActionsSnapshotAndWaitArgs_new();
        snapline_do_DropletsActionsSnapshotAndWaitArgs_set_name(args, it->run->tonight);
        status = snapline_do_droplets_actions_snapshot_and_wait_async(
            client, strtoll(it->id, NULL, 10), args, NULL, snapshot_taken, it, &error);
        snapline_do_DropletsActionsSnapshotAndWaitArgs_free(args);
    } else {
        snapline_do_VolumesSnapshotsCreateAndWaitArgs *args =
            snapline_do_VolumesSnapshotsCreateAndWaitArgs_new(it->run->tonight);
        status = snapline_do_volumes_snapshots_create_and_wait_async(
            client, it->id, args, NULL, snapshot_taken, it, &error);
        snapline_do_VolumesSnapshotsCreateAndWaitArgs_free(args);
    }
    if (status != SNAPLINE_OK) {
        /* It never began, so nothing will be called for it. */
        leave(it->run, &it->error, error);
    }
}

/* The id of the snapshot that a request without an answer made of a droplet, in a buffer; empty if it is not known. */
static snapline_status find_of_droplet(const struct resource *it, const char *since, char *id, size_t size,
                                       snapline_error **error)
{
    const snapline_do_client *client = it->run->client;
    snapline_do_DropletsActionsFindSnapshotArgs *args = snapline_do_DropletsActionsFindSnapshotArgs_new(since);
    snapline_do_DropletsSnapshotsWaitUntilTakenArgs *named = snapline_do_DropletsSnapshotsWaitUntilTakenArgs_new();
    snapline_do_ActionList *found = NULL;
    snapline_do_Action *action = NULL;
    snapline_do_DropletSnapshot *snapshot = NULL;
    snapline_status status = snapline_do_droplets_actions_find_snapshot(
        client, strtoll(it->id, NULL, 10), args, NULL, &found, error);

    snapline_do_DropletsSnapshotsWaitUntilTakenArgs_set_name(named, it->run->tonight);
    if (status == SNAPLINE_OK && only(it->id, snapline_do_ActionList_count(found))) {
        status = snapline_do_droplets_actions_wait_for(
            client, snapline_do_ActionList_at(found, 0), NULL, &action, error);
        if (status == SNAPLINE_OK) {
            status = snapline_do_droplets_snapshots_wait_until_taken(client, action, named, NULL, &snapshot, error);
        }
        if (status == SNAPLINE_OK) {
            snprintf(id, size, "%" PRId64, snapline_do_DropletSnapshot_id(snapshot));
        }
    }
    snapline_do_DropletSnapshot_free(snapshot);
    snapline_do_Action_free(action);
    snapline_do_ActionList_free(found);
    snapline_do_DropletsSnapshotsWaitUntilTakenArgs_free(named);
    snapline_do_DropletsActionsFindSnapshotArgs_free(args);
    return status;
}

static snapline_status find_of_volume(const struct resource *it, const char *since, char *id, size_t size,
                                      snapline_error **error)
{
    snapline_do_VolumesSnapshotsFindCreatedArgs *args =
        snapline_do_VolumesSnapshotsFindCreatedArgs_new(since, it->run->tonight);
    snapline_do_SnapshotList *found = NULL;
    snapline_status status =
        snapline_do_volumes_snapshots_find_created(it->run->client, it->id, args, NULL, &found, error);

    if (status == SNAPLINE_OK && only(it->id, snapline_do_SnapshotList_count(found))) {
        snprintf(id, size, "%s", snapline_do_Snapshot_id(snapline_do_SnapshotList_at(found, 0)));
    }
    snapline_do_SnapshotList_free(found);
    snapline_do_VolumesSnapshotsFindCreatedArgs_free(args);
    return status;
}

/* Nothing is sent twice: after a request whose outcome is unknown the service is asked what it made of it. */
static void ask(struct resource *it)
{
    snapline_error *error = NULL;
    char since[64];
    char id[64] = "";

    if (!sent_at(it->error, since, sizeof since)) {
        return;
    }
    if ((it->droplet ? find_of_droplet : find_of_volume)(it, since, id, sizeof id, &error) == SNAPLINE_OK &&
        id[0] != '\0') {
        snapline_do_snapshots_wait_until_there(it->run->client, id, NULL, &it->taken, &error);
    }
    if (it->taken != NULL || error != NULL) {
        snapline_error_free(it->error);
        it->error = error;
    }
    if (it->taken != NULL) {
        fprintf(stderr, "%s %s: %s is there\n", kind(it), it->id, it->run->tonight);
    }
}

/* Takes what is lacking, and looks at what became of each. */
static void take_all(struct run *run)
{
    size_t index;
    for (index = 0; index < run->resource_count; index++) {
        if (!run->resources[index].there) {
            take(&run->resources[index]);
        }
    }
    wait_for_all(run);
    for (index = 0; index < run->resource_count; index++) {
        struct resource *it = &run->resources[index];
        if (it->error != NULL && snapline_error_outcome_unknown(it->error)) {
            ask(it);
        }
        if (it->taken != NULL) {
            it->there = true;
            add_old(run, it->taken, index);
        } else if (!it->there) {
            it->broken++;
        }
    }
}

/* Called once for each snapshot, on a thread of the library. */
static void snapshot_deleted(void *user_data, snapline_status status, snapline_error *error)
{
    struct old *it = user_data;
    struct resource *of = &it->run->resources[it->of];
    bool gone = status == SNAPLINE_OK || snapline_error_http_status(error) == 404;

    /* One that is gone is as it should be. */
    if (gone) {
        snapline_error_free(error);
        error = NULL;
    }
    pthread_mutex_lock(&it->run->mutex);
    of->deleted += gone ? 1 : 0;
    of->broken += gone ? 0 : 1;
    pthread_mutex_unlock(&it->run->mutex);
    leave(it->run, &it->error, error);
}

static void delete_one(struct old *it)
{
    snapline_error *error = NULL;
    enter(it->run);
    if (snapline_do_snapshots_delete_async(it->run->client, it->id, NULL, snapshot_deleted, it, &error) !=
        SNAPLINE_OK) {
        snapshot_deleted(it, snapline_error_status(error), error);
    }
}

/* Deletes what the policy does not keep of the resources that have tonight's snapshot. */
static bool delete_old(struct run *run)
{
    snapline_retention_policy *policy = snapline_retention_policy_new();
    snapline_retention_items *items = snapline_retention_items_new();
    snapline_retention_plan *plan = NULL;
    snapline_error *error = NULL;
    size_t index;
    size_t decision = 0;

    snapline_retention_policy_set_name_prefix(policy, PREFIX);
    snapline_retention_policy_set_keep_daily(policy, 7);
    snapline_retention_policy_set_keep_weekly(policy, 4);
    for (index = 0; index < run->old_count; index++) {
        const struct old *it = &run->olds[index];
        if (run->resources[it->of].there) {
            snapline_retention_items_add(
                items, it->id, it->name, it->created_at, run->resources[it->of].id, NULL, 0, true);
        }
    }
    if (snapline_retention_apply(policy, items, &plan, &error) == SNAPLINE_OK) {
        /* Decisions come in the order of the items. */
        for (index = 0; index < run->old_count; index++) {
            struct old *it = &run->olds[index];
            struct resource *of = &run->resources[it->of];
            if (!of->there) {
                continue;
            }
            if (snapline_retention_plan_is_delete_at(plan, decision)) {
                delete_one(it);
            } else {
                of->kept++;
            }
            decision++;
        }
        wait_for_all(run);
    }
    snapline_retention_plan_free(plan);
    snapline_retention_items_free(items);
    snapline_retention_policy_free(policy);
    for (index = 0; index < run->old_count; index++) {
        told(run->olds[index].name, run->olds[index].error);
        run->olds[index].error = NULL;
    }
    return told("the retention", error);
}

/* A line for each resource, and one for all. */
static bool report(const struct run *run)
{
    size_t taken = 0;
    size_t deleted = 0;
    size_t broken = 0;
    size_t index;

    for (index = 0; index < run->resource_count; index++) {
        const struct resource *it = &run->resources[index];
        printf("%s %s: ", kind(it), it->id);
        if (it->broken == 0) {
            printf("%s %s", run->tonight, it->taken == NULL ? "was there" : "taken");
        } else {
            printf("FAILED: %s", it->there ? "not all could be deleted" : snapline_error_message(it->error));
        }
        printf("; %zu deleted, %zu kept\n", it->deleted, it->kept);
        taken += it->taken == NULL ? 0 : 1;
        deleted += it->deleted;
        broken += it->broken > 0 ? 1 : 0;
    }
    printf("%zu in all: %zu taken, %zu deleted, %zu failed\n", run->resource_count, taken, deleted, broken);
    return broken == 0;
}

static bool rotate(struct run *run, const char *tag)
{
    bool good;
    if (!find_droplets(run, tag) || !find_volumes(run, tag)) {
        return false;
    }
    if (run->resource_count == 0) {
        fprintf(stderr, "nothing carries the tag %s\n", tag);
        return false;
    }
    if (!find_snapshots(run)) {
        return false;
    }
    take_all(run);
    good = delete_old(run);
    return report(run) && good;
}

static void free_run(struct run *run)
{
    size_t index;
    for (index = 0; index < run->resource_count; index++) {
        free(run->resources[index].id);
        snapline_do_Snapshot_free(run->resources[index].taken);
        snapline_error_free(run->resources[index].error);
    }
    for (index = 0; index < run->old_count; index++) {
        free(run->olds[index].id);
        free(run->olds[index].name);
        free(run->olds[index].created_at);
    }
    free(run->resources);
    free(run->olds);
    pthread_cond_destroy(&run->changed);
    pthread_mutex_destroy(&run->mutex);
}

int main(int count, char **given)
{
    struct run run = {.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    const time_t now = time(NULL);
    const struct tm *utc = gmtime(&now);
    snapline_settings *settings;
    snapline_do_client *client = NULL;
    snapline_error *error = NULL;
    bool good = false;

    run.parallel = count > 2 ? atoi(given[2]) : 8;
    if (count < 2 || count > 3 || *given[1] == '-' || *given[1] == '\0' || run.parallel < 1) {
        fprintf(stderr,
            "usage: nightly TAG [PARALLEL]\n\n"
            "Takes a snapshot of everything that carries TAG, PARALLEL (8) at once, and deletes old ones.\n"
            SURROUNDINGS);
        return 2;
    }
    if (utc == NULL || strftime(run.tonight, sizeof run.tonight, PREFIX "%Y-%m-%d", utc) == 0) {
        fprintf(stderr, "the date is not known\n");
        return 1;
    }
    /* A night has time: calls wait rather than run into the rate limit. */
    settings = snapline_settings_new();
    snapline_settings_set_pacing(settings, true);
    if (snapline_do_client_new(settings, &client, &error) == SNAPLINE_OK) {
        run.client = client;
        good = rotate(&run, given[1]);
    }
    told("making the client", error);
    free_run(&run);
    snapline_settings_free(settings);
    snapline_do_client_free(client);
    return good ? 0 : 1;
}
