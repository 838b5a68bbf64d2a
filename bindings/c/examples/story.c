/*
 * The story that `cargo xtask demo` tells, in C.
 *
 * Prints one line a step: name, milliseconds, `ok` or `failed`, detail, with tabs between. Asks for
 * DIGITALOCEAN_TOKEN, and SNAPLINE_DIGITALOCEAN_URL for a server of its own. With --read-only
 * nothing is made or deleted.
 */
#define _POSIX_C_SOURCE 200809L

#include <snapline.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define REGION "atl1"
#define SOON_MS 50

/* Runs the steps and remembers what later ones need. */
typedef struct story {
    snapline_do_client *client;
    char share_id[128];
    char snapshot_id[128];
    char volume_snapshot_id[128];
    bool failed;
    char detail[256];
} story;

/* A step gives true and sets `detail`, or gives false and sets `detail` or the error. */
typedef bool (*step)(story *told, snapline_error **error);

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void tell(story *told, const char *name, step run) {
    int64_t started = now_ms();
    snapline_error *error = NULL;
    told->detail[0] = '\0';
    bool ok = run(told, &error);
    const char *detail = error != NULL ? snapline_error_message(error) : told->detail;
    printf("%s\t%lld\t%s\t%s\n", name, (long long)(now_ms() - started), ok ? "ok" : "failed", detail);
    fflush(stdout);
    snapline_error_free(error);
    told->failed = told->failed || !ok;
}

/* Keeps an id; one that does not fit would be cut, so it is left out. */
static void keep(char *place, size_t size, const char *id) {
    if (id != NULL && strlen(id) < size) {
        strcpy(place, id);
    }
}

static bool create_share(story *told, snapline_error **error) {
    const char *vpcs[] = {"796c6fe3-2a1d-4da2-9f3e-38239827dc91"};
    snapline_do_nfs_create_args *args = snapline_do_nfs_create_args_new("c-data", 100, REGION, vpcs, 1);
    snapline_do_nfs_share *share = NULL;
    bool ok = snapline_do_nfs_create(told->client, args, &share, error) == SNAPLINE_OK;
    if (ok) {
        keep(told->share_id, sizeof told->share_id, snapline_do_nfs_share_id(share));
        snprintf(told->detail, sizeof told->detail, "%s of %lld GiB is %s", snapline_do_nfs_share_name(share),
                 (long long)snapline_do_nfs_share_size_gib(share), snapline_do_nfs_share_status_string(share));
    }
    snapline_do_nfs_share_free(share);
    snapline_do_nfs_create_args_free(args);
    return ok;
}

static bool wait_for_share(story *told, snapline_error **error) {
    snapline_do_nfs_wait_until_active_args *args = snapline_do_nfs_wait_until_active_args_new();
    snapline_do_nfs_wait_until_active_args_set_region(args, REGION);
    snapline_do_nfs_wait_until_active_args_set_first_interval_ms(args, SOON_MS);
    snapline_do_nfs_share *share = NULL;
    bool ok = snapline_do_nfs_wait_until_active(told->client, told->share_id, args, &share, error) == SNAPLINE_OK;
    if (ok) {
        snprintf(told->detail, sizeof told->detail, "%s is %s", snapline_do_nfs_share_name(share),
                 snapline_do_nfs_share_status_string(share));
    }
    snapline_do_nfs_share_free(share);
    snapline_do_nfs_wait_until_active_args_free(args);
    return ok;
}

static bool take_snapshot(story *told, snapline_error **error) {
    snapline_do_nfs_snapshot_args *args = snapline_do_nfs_snapshot_args_new("nightly");
    snapline_do_nfs_snapshot_args_set_region(args, REGION);
    snapline_do_nfs_action *action = NULL;
    bool ok = snapline_do_nfs_snapshot(told->client, told->share_id, args, &action, error) == SNAPLINE_OK;
    if (ok) {
        snprintf(told->detail, sizeof told->detail, "the action is %s", snapline_do_nfs_action_status_string(action));
    }
    snapline_do_nfs_action_free(action);
    snapline_do_nfs_snapshot_args_free(args);
    return ok;
}

static bool wait_for_snapshot(story *told, snapline_error **error) {
    snapline_do_nfs_snapshots_wait_until_active_args *args =
        snapline_do_nfs_snapshots_wait_until_active_args_new(told->share_id, "nightly");
    snapline_do_nfs_snapshots_wait_until_active_args_set_region(args, REGION);
    snapline_do_nfs_snapshots_wait_until_active_args_set_first_interval_ms(args, SOON_MS);
    snapline_do_nfs_snapshot_info *snapshot = NULL;
    bool ok = snapline_do_nfs_snapshots_wait_until_active(told->client, args, &snapshot, error) == SNAPLINE_OK;
    if (ok) {
        keep(told->snapshot_id, sizeof told->snapshot_id, snapline_do_nfs_snapshot_info_id(snapshot));
        snprintf(told->detail, sizeof told->detail, "%s is %s", snapline_do_nfs_snapshot_info_name(snapshot),
                 snapline_do_nfs_snapshot_info_status_string(snapshot));
    }
    snapline_do_nfs_snapshot_info_free(snapshot);
    snapline_do_nfs_snapshots_wait_until_active_args_free(args);
    return ok;
}

static bool list_snapshots(story *told, snapline_error **error) {
    snapline_do_nfs_snapshots_list_args *args = snapline_do_nfs_snapshots_list_args_new();
    snapline_do_nfs_snapshots_list_args_set_share_id(args, told->share_id);
    snapline_do_nfs_snapshots_list_args_set_region(args, REGION);
    snapline_do_nfs_snapshot_info_list *found = NULL;
    bool ok = snapline_do_nfs_snapshots_list(told->client, args, &found, error) == SNAPLINE_OK;
    if (ok) {
        size_t count = snapline_do_nfs_snapshot_info_list_count(found);
        int at = snprintf(told->detail, sizeof told->detail, "%zu found:", count);
        for (size_t i = 0; i < count && at > 0 && (size_t)at < sizeof told->detail; i++) {
            const char *name = snapline_do_nfs_snapshot_info_name(snapline_do_nfs_snapshot_info_list_at(found, i));
            at += snprintf(told->detail + at, sizeof told->detail - (size_t)at, "%s %s", i > 0 ? "," : "", name);
        }
    }
    snapline_do_nfs_snapshot_info_list_free(found);
    snapline_do_nfs_snapshots_list_args_free(args);
    return ok;
}

/* Walks all snapshots, page by page. */
static bool page(story *told, size_t at_least, snapline_error **error) {
    snapline_do_snapshots_list_args *args = snapline_do_snapshots_list_args_new();
    snapline_do_snapshots_list_args_set_per_page(args, 200);
    snapline_do_snapshot_iter *iterator = NULL;
    bool ok = snapline_do_snapshots_list_iter(told->client, args, &iterator, error) == SNAPLINE_OK;
    size_t count = 0;
    double gigabytes = 0;
    while (ok) {
        const snapline_do_snapshot *snapshot = NULL;
        ok = snapline_do_snapshot_iter_next(iterator, &snapshot, error) == SNAPLINE_OK;
        if (snapshot == NULL) {
            break;
        }
        count++;
        gigabytes += snapline_do_snapshot_size_gigabytes(snapshot);
    }
    snapline_do_snapshot_iter_free(iterator);
    snapline_do_snapshots_list_args_free(args);
    if (ok) {
        snprintf(told->detail, sizeof told->detail, "%zu snapshots, %.1f GB", count, gigabytes);
    }
    return ok && count >= at_least;
}

static bool page_through(story *told, snapline_error **error) {
    return page(told, 0, error);
}

static bool page_through_1000(story *told, snapline_error **error) {
    return page(told, 1000, error);
}

/* Finds a droplet or volume that has a snapshot already. */
static bool resource(story *told, snapline_do_resource_type_enum type, char *id, size_t size, snapline_error **error) {
    snapline_do_snapshots_list_args *args = snapline_do_snapshots_list_args_new();
    snapline_do_snapshots_list_args_set_resource_type(args, type);
    snapline_do_snapshots_list_args_set_per_page(args, 1);
    snapline_do_snapshot_page *found = NULL;
    bool ok = snapline_do_snapshots_list(told->client, args, &found, error) == SNAPLINE_OK;
    id[0] = '\0';
    if (ok && snapline_do_snapshot_page_count(found) > 0) {
        keep(id, size, snapline_do_snapshot_resource_id(snapline_do_snapshot_page_at(found, 0)));
    }
    snapline_do_snapshot_page_free(found);
    snapline_do_snapshots_list_args_free(args);
    if (ok && id[0] == '\0') {
        snprintf(told->detail, sizeof told->detail, "there is nothing to snapshot");
        return false;
    }
    return ok;
}

static bool snapshot_droplet(story *told, snapline_error **error) {
    char id[128];
    if (!resource(told, SNAPLINE_DO_RESOURCE_TYPE_DROPLET, id, sizeof id, error)) {
        return false;
    }
    int64_t droplet = strtoll(id, NULL, 10);
    snapline_do_droplets_actions_snapshot_args *args = snapline_do_droplets_actions_snapshot_args_new();
    snapline_do_droplets_actions_snapshot_args_set_name(args, "c-root-disk");
    snapline_do_action *action = NULL;
    bool ok = snapline_do_droplets_actions_snapshot(told->client, droplet, args, &action, error) == SNAPLINE_OK;
    snapline_do_droplets_actions_snapshot_args_free(args);
    if (ok) {
        int64_t action_id = snapline_do_action_id(action);
        snapline_do_droplets_actions_wait_until_completed_args *wait =
            snapline_do_droplets_actions_wait_until_completed_args_new();
        snapline_do_droplets_actions_wait_until_completed_args_set_first_interval_ms(wait, SOON_MS);
        snapline_do_action *done = NULL;
        ok = snapline_do_droplets_actions_wait_until_completed(told->client, droplet, action_id, wait, &done, error) ==
             SNAPLINE_OK;
        if (ok) {
            snprintf(told->detail, sizeof told->detail, "action %lld is %s", (long long)action_id,
                     snapline_do_action_status_string(done));
        }
        snapline_do_action_free(done);
        snapline_do_droplets_actions_wait_until_completed_args_free(wait);
    }
    snapline_do_action_free(action);
    return ok;
}

static bool snapshot_volume(story *told, snapline_error **error) {
    char id[128];
    if (!resource(told, SNAPLINE_DO_RESOURCE_TYPE_VOLUME, id, sizeof id, error)) {
        return false;
    }
    snapline_do_volumes_snapshots_create_args *args =
        snapline_do_volumes_snapshots_create_args_new("c-before-upgrade");
    snapline_do_snapshot *snapshot = NULL;
    bool ok = snapline_do_volumes_snapshots_create(told->client, id, args, &snapshot, error) == SNAPLINE_OK;
    if (ok) {
        keep(told->volume_snapshot_id, sizeof told->volume_snapshot_id, snapline_do_snapshot_id(snapshot));
        snprintf(told->detail, sizeof told->detail, "%s of %.1f GB", snapline_do_snapshot_name(snapshot),
                 snapline_do_snapshot_size_gigabytes(snapshot));
    }
    snapline_do_snapshot_free(snapshot);
    snapline_do_volumes_snapshots_create_args_free(args);
    return ok;
}

static bool delete_all(story *told, snapline_error **error) {
    if (told->volume_snapshot_id[0] != '\0' &&
        snapline_do_volumes_snapshots_delete(told->client, told->volume_snapshot_id, NULL, error) != SNAPLINE_OK) {
        return false;
    }
    if (told->snapshot_id[0] != '\0' &&
        snapline_do_nfs_snapshots_delete(told->client, told->snapshot_id, NULL, error) != SNAPLINE_OK) {
        return false;
    }
    if (snapline_do_nfs_delete(told->client, told->share_id, NULL, error) != SNAPLINE_OK) {
        return false;
    }
    snapline_do_nfs_wait_until_deleted_args *args = snapline_do_nfs_wait_until_deleted_args_new();
    snapline_do_nfs_wait_until_deleted_args_set_first_interval_ms(args, SOON_MS);
    bool ok = snapline_do_nfs_wait_until_deleted(told->client, told->share_id, args, error) == SNAPLINE_OK;
    snapline_do_nfs_wait_until_deleted_args_free(args);
    snprintf(told->detail, sizeof told->detail, "gone");
    return ok;
}

static bool not_found(story *told, snapline_error **error) {
    snapline_do_snapshot *snapshot = NULL;
    snapline_error *met = NULL;
    snapline_status status = snapline_do_snapshots_get(told->client, "1", NULL, &snapshot, &met);
    snapline_do_snapshot_free(snapshot);
    if (status == SNAPLINE_API && snapline_error_http_status(met) == 404) {
        snprintf(told->detail, sizeof told->detail, "404 %s", snapline_error_code(met));
        snapline_error_free(met);
        return true;
    }
    *error = met;
    snprintf(told->detail, sizeof told->detail, "there is a snapshot 1");
    return false;
}

static bool list_shares(story *told, snapline_error **error) {
    snapline_do_nfs_share_list *shares = NULL;
    bool ok = snapline_do_nfs_list(told->client, NULL, &shares, error) == SNAPLINE_OK;
    snprintf(told->detail, sizeof told->detail, "%zu shares", snapline_do_nfs_share_list_count(shares));
    snapline_do_nfs_share_list_free(shares);
    return ok;
}

static bool list_actions(story *told, snapline_error **error) {
    snapline_do_actions_list_args *args = snapline_do_actions_list_args_new();
    snapline_do_actions_list_args_set_per_page(args, 5);
    snapline_do_action_page *actions = NULL;
    bool ok = snapline_do_actions_list(told->client, args, &actions, error) == SNAPLINE_OK;
    snprintf(told->detail, sizeof told->detail, "%zu of %lld actions", snapline_do_action_page_count(actions),
             (long long)snapline_do_action_page_total(actions));
    snapline_do_action_page_free(actions);
    snapline_do_actions_list_args_free(args);
    return ok;
}

int main(int argc, char **argv) {
    story told = {0};
    snapline_error *error = NULL;
    if (snapline_do_client_new(NULL, &told.client, &error) != SNAPLINE_OK) {
        fprintf(stderr, "%s\n", snapline_error_message(error));
        snapline_error_free(error);
        return EXIT_FAILURE;
    }
    if (argc > 1 && strcmp(argv[1], "--read-only") == 0) {
        tell(&told, "list the shares", list_shares);
        tell(&told, "page through the snapshots", page_through);
        tell(&told, "list the newest actions", list_actions);
        tell(&told, "meet a 404 as a typed error", not_found);
    } else {
        tell(&told, "create a share", create_share);
        tell(&told, "wait until it is ACTIVE", wait_for_share);
        tell(&told, "snapshot it", take_snapshot);
        tell(&told, "wait until the snapshot is ACTIVE", wait_for_snapshot);
        tell(&told, "list the share's snapshots", list_snapshots);
        tell(&told, "page through 1,000 snapshots", page_through_1000);
        tell(&told, "snapshot a droplet and wait for the action", snapshot_droplet);
        tell(&told, "snapshot a volume", snapshot_volume);
        tell(&told, "delete the snapshots and the share", delete_all);
        tell(&told, "meet a 404 as a typed error", not_found);
    }
    snapline_do_client_free(told.client);
    return told.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
