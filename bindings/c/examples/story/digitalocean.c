/* DigitalOcean: a share and its snapshots, a droplet's and a volume's, and a thousand in pages. */
#include "telling.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REGION "atl1"

/* What later steps need of earlier ones. */
typedef struct story {
    snapline_do_client *client;
    snapline_do_NfsAction *action;
    char share_id[128];
    char snapshot_id[128];
    char volume_snapshot_id[128];
} story;

static bool create_share(telling *told, void *of, snapline_error **error) {
    story *at = of;
    const char *vpcs[] = {"796c6fe3-2a1d-4da2-9f3e-38239827dc91"};
    snapline_do_NfsCreateArgs *args = snapline_do_NfsCreateArgs_new("c-data", 100, REGION, vpcs, 1);
    snapline_do_NfsShare *share = NULL;
    bool ok = snapline_do_nfs_create(at->client, args, NULL, &share, NULL, error) == SNAPLINE_OK;
    if (ok) {
        keep(at->share_id, sizeof at->share_id, snapline_do_NfsShare_id(share));
        see(told, "%s of %lld GiB is %s", snapline_do_NfsShare_name(share),
            (long long)snapline_do_NfsShare_size_gib(share), snapline_do_NfsShare_status_string(share));
        ok = check(told, snapline_do_NfsShare_status(share) == SNAPLINE_DO_NfsShareStatus_CREATING &&
                             snapline_do_NfsShare_size_gib(share) == 100);
    }
    snapline_do_NfsShare_free(share);
    snapline_do_NfsCreateArgs_free(args);
    return ok;
}

static bool wait_for_share(telling *told, void *of, snapline_error **error) {
    story *at = of;
    snapline_do_NfsWaitUntilActiveArgs *args = snapline_do_NfsWaitUntilActiveArgs_new();
    snapline_do_NfsWaitUntilActiveArgs_set_region(args, REGION);
    snapline_options *soon = snapline_options_new();
    snapline_options_set_wait_first_interval_ms(soon, SOON_MS);
    snapline_do_NfsShare *share = NULL;
    bool ok = snapline_do_nfs_wait_until_active(at->client, at->share_id, args, soon, &share, error) == SNAPLINE_OK;
    if (ok) {
        see(told, "%s is %s", snapline_do_NfsShare_name(share),
            snapline_do_NfsShare_status_string(share));
        ok = check(told, snapline_do_NfsShare_status(share) == SNAPLINE_DO_NfsShareStatus_ACTIVE);
    }
    snapline_do_NfsShare_free(share);
    snapline_options_free(soon);
    snapline_do_NfsWaitUntilActiveArgs_free(args);
    return ok;
}

static bool take_snapshot(telling *told, void *of, snapline_error **error) {
    story *at = of;
    snapline_do_NfsSnapshotArgs *args = snapline_do_NfsSnapshotArgs_new("nightly");
    snapline_do_NfsSnapshotArgs_set_region(args, REGION);
    bool ok = snapline_do_nfs_snapshot(at->client, at->share_id, args, NULL, &at->action, NULL, error) == SNAPLINE_OK;
    if (ok) {
        see(told, "the action is %s", snapline_do_NfsAction_status_string(at->action));
        ok = check(told,
                   snapline_do_NfsAction_status(at->action) != SNAPLINE_DO_NfsActionStatus_ACTION_FAILED);
    }
    snapline_do_NfsSnapshotArgs_free(args);
    return ok;
}

static bool wait_for_snapshot(telling *told, void *of, snapline_error **error) {
    story *at = of;
    snapline_do_NfsSnapshotsWaitUntilActiveArgs *args =
        snapline_do_NfsSnapshotsWaitUntilActiveArgs_new(at->share_id, "nightly");
    snapline_do_NfsSnapshotsWaitUntilActiveArgs_set_region(args, REGION);
    snapline_options *soon = snapline_options_new();
    snapline_options_set_wait_first_interval_ms(soon, SOON_MS);
    snapline_do_NfsSnapshot *snapshot = NULL;
    bool ok = snapline_do_nfs_snapshots_wait_until_active(at->client, at->action, args, soon, &snapshot, error) ==
              SNAPLINE_OK;
    if (ok) {
        keep(at->snapshot_id, sizeof at->snapshot_id, snapline_do_NfsSnapshot_id(snapshot));
        see(told, "%s is %s", snapline_do_NfsSnapshot_name(snapshot),
            snapline_do_NfsSnapshot_status_string(snapshot));
        int status = snapline_do_NfsSnapshot_status(snapshot);
        ok = check(told, status == SNAPLINE_DO_NfsSnapshotStatus_ACTIVE ||
                             status == SNAPLINE_DO_NfsSnapshotStatus_SNAPSHOT_AVAILABLE);
    }
    snapline_do_NfsSnapshot_free(snapshot);
    snapline_options_free(soon);
    snapline_do_NfsSnapshotsWaitUntilActiveArgs_free(args);
    return ok;
}

static bool list_snapshots(telling *told, void *of, snapline_error **error) {
    story *at = of;
    snapline_do_NfsSnapshotsListArgs *args = snapline_do_NfsSnapshotsListArgs_new();
    snapline_do_NfsSnapshotsListArgs_set_share_id(args, at->share_id);
    snapline_do_NfsSnapshotsListArgs_set_region(args, REGION);
    snapline_do_NfsSnapshotList *found = NULL;
    bool ok = snapline_do_nfs_snapshots_list(at->client, args, NULL, &found, NULL, error) == SNAPLINE_OK;
    if (ok) {
        size_t count = snapline_do_NfsSnapshotList_count(found);
        const char *name = snapline_do_NfsSnapshot_name(snapline_do_NfsSnapshotList_at(found, 0));
        see(told, "%zu found: %s", count, name != NULL ? name : "");
        ok = check(told, count == 1 && name != NULL && strcmp(name, "nightly") == 0);
    }
    snapline_do_NfsSnapshotList_free(found);
    snapline_do_NfsSnapshotsListArgs_free(args);
    return ok;
}

/* Walks all snapshots, page by page. */
static bool page(telling *told, story *at, size_t at_least, snapline_error **error) {
    snapline_do_SnapshotsListArgs *args = snapline_do_SnapshotsListArgs_new();
    snapline_do_SnapshotsListArgs_set_per_page(args, 200);
    snapline_do_SnapshotIter *iterator = NULL;
    bool ok = snapline_do_snapshots_list_iter(at->client, args, NULL, &iterator, error) == SNAPLINE_OK;
    size_t count = 0;
    double gigabytes = 0;
    while (ok) {
        const snapline_do_Snapshot *snapshot = NULL;
        ok = snapline_do_SnapshotIter_next(iterator, &snapshot, error) == SNAPLINE_OK;
        if (snapshot == NULL) {
            break;
        }
        count++;
        gigabytes += snapline_do_Snapshot_size_gigabytes(snapshot);
    }
    snapline_do_SnapshotIter_free(iterator);
    snapline_do_SnapshotsListArgs_free(args);
    see(told, "%zu snapshots, %.1f GB", count, gigabytes);
    return ok && check(told, count >= at_least);
}

static bool page_through(telling *told, void *of, snapline_error **error) {
    return page(told, of, 0, error);
}

static bool page_through_1000(telling *told, void *of, snapline_error **error) {
    return page(told, of, 1000, error);
}

/* Finds a droplet or volume that has a snapshot already. */
static bool resource(telling *told, story *at, snapline_do_ResourceType type, char *id, size_t size,
                     snapline_error **error) {
    snapline_do_SnapshotsListArgs *args = snapline_do_SnapshotsListArgs_new();
    snapline_do_SnapshotsListArgs_set_resource_type(args, type);
    snapline_do_SnapshotsListArgs_set_per_page(args, 1);
    snapline_do_SnapshotPage *found = NULL;
    bool ok = snapline_do_snapshots_list(at->client, args, NULL, &found, NULL, error) == SNAPLINE_OK;
    id[0] = '\0';
    if (ok && snapline_do_SnapshotPage_count(found) > 0) {
        keep(id, size, snapline_do_Snapshot_resource_id(snapline_do_SnapshotPage_at(found, 0)));
    }
    snapline_do_SnapshotPage_free(found);
    snapline_do_SnapshotsListArgs_free(args);
    if (ok && id[0] == '\0') {
        see(told, "there is nothing to snapshot");
        return false;
    }
    return ok;
}

static bool snapshot_droplet(telling *told, void *of, snapline_error **error) {
    story *at = of;
    char id[128];
    if (!resource(told, at, SNAPLINE_DO_ResourceType_DROPLET, id, sizeof id, error)) {
        return false;
    }
    int64_t droplet = strtoll(id, NULL, 10);
    snapline_do_DropletsActionsSnapshotArgs *args = snapline_do_DropletsActionsSnapshotArgs_new();
    snapline_do_DropletsActionsSnapshotArgs_set_name(args, "c-root-disk");
    snapline_do_Action *action = NULL;
    bool ok = snapline_do_droplets_actions_snapshot(at->client, droplet, args, NULL, &action, NULL,
            error) == SNAPLINE_OK;
    snapline_do_DropletsActionsSnapshotArgs_free(args);
    if (ok) {
        snapline_options *wait = snapline_options_new();
        snapline_options_set_wait_first_interval_ms(wait, SOON_MS);
        snapline_do_Action *done = NULL;
        ok = snapline_do_droplets_actions_wait_for(at->client, action, wait, &done, error) == SNAPLINE_OK;
        if (ok) {
            see(told, "action %lld is %s", (long long)snapline_do_Action_id(done),
                snapline_do_Action_status_string(done));
            ok = check(told, snapline_do_Action_status(done) == SNAPLINE_DO_ActionStatus_COMPLETED);
        }
        snapline_do_Action_free(done);
        snapline_options_free(wait);
    }
    snapline_do_Action_free(action);
    return ok;
}

static bool snapshot_volume(telling *told, void *of, snapline_error **error) {
    story *at = of;
    char id[128];
    if (!resource(told, at, SNAPLINE_DO_ResourceType_VOLUME, id, sizeof id, error)) {
        return false;
    }
    snapline_do_VolumesSnapshotsCreateArgs *args =
        snapline_do_VolumesSnapshotsCreateArgs_new("c-before-upgrade");
    snapline_do_Snapshot *snapshot = NULL;
    bool ok = snapline_do_volumes_snapshots_create(at->client, id, args, NULL, &snapshot, NULL, error) == SNAPLINE_OK;
    if (ok) {
        keep(at->volume_snapshot_id, sizeof at->volume_snapshot_id, snapline_do_Snapshot_id(snapshot));
        see(told, "%s of %.1f GB", snapline_do_Snapshot_name(snapshot),
            snapline_do_Snapshot_size_gigabytes(snapshot));
        ok = check(told, strcmp(snapline_do_Snapshot_name(snapshot), "c-before-upgrade") == 0);
    }
    snapline_do_Snapshot_free(snapshot);
    snapline_do_VolumesSnapshotsCreateArgs_free(args);
    return ok;
}

static bool delete_all(telling *told, void *of, snapline_error **error) {
    story *at = of;
    if (at->volume_snapshot_id[0] != '\0' &&
        snapline_do_volumes_snapshots_delete(at->client, at->volume_snapshot_id, NULL, NULL, error) != SNAPLINE_OK) {
        return false;
    }
    if (at->snapshot_id[0] != '\0' &&
        snapline_do_nfs_snapshots_delete(at->client, at->snapshot_id, NULL, NULL, NULL, error) != SNAPLINE_OK) {
        return false;
    }
    if (snapline_do_nfs_delete(at->client, at->share_id, NULL, NULL, NULL, error) != SNAPLINE_OK) {
        return false;
    }
    snapline_options *soon = snapline_options_new();
    snapline_options_set_wait_first_interval_ms(soon, SOON_MS);
    bool ok = snapline_do_nfs_wait_until_deleted(at->client, at->share_id, NULL, soon, error) == SNAPLINE_OK;
    snapline_options_free(soon);
    if (!ok) {
        return false;
    }
    /* A share that is gone may still be seen, as DELETED; a snapshot may not. */
    snapline_do_Snapshot *snapshot = NULL;
    snapline_error *met = NULL;
    snapline_status status =
        snapline_do_volumes_snapshots_get(at->client, at->volume_snapshot_id, NULL, &snapshot, NULL, &met);
    snapline_do_Snapshot_free(snapshot);
    if (!not_found(told, status, met, error)) {
        return false;
    }
    see(told, "gone");
    return true;
}

static bool get_unknown(telling *told, void *of, snapline_error **error) {
    story *at = of;
    snapline_do_Snapshot *snapshot = NULL;
    snapline_error *met = NULL;
    snapline_status status = snapline_do_snapshots_get(at->client, "1", NULL, &snapshot, NULL, &met);
    snapline_do_Snapshot_free(snapshot);
    return not_found(told, status, met, error);
}

static bool list_shares(telling *told, void *of, snapline_error **error) {
    story *at = of;
    snapline_do_NfsShareList *shares = NULL;
    bool ok = snapline_do_nfs_list(at->client, NULL, NULL, &shares, NULL, error) == SNAPLINE_OK;
    see(told, "%zu shares", snapline_do_NfsShareList_count(shares));
    snapline_do_NfsShareList_free(shares);
    return ok;
}

static bool list_actions(telling *told, void *of, snapline_error **error) {
    story *at = of;
    snapline_do_ActionsListArgs *args = snapline_do_ActionsListArgs_new();
    snapline_do_ActionsListArgs_set_per_page(args, 5);
    snapline_do_ActionPage *actions = NULL;
    bool ok = snapline_do_actions_list(at->client, args, NULL, &actions, NULL, error) == SNAPLINE_OK;
    see(told, "%zu of %lld actions", snapline_do_ActionPage_count(actions),
        (long long)snapline_do_ActionPage_total(actions));
    snapline_do_ActionPage_free(actions);
    snapline_do_ActionsListArgs_free(args);
    return ok;
}

bool tell_digitalocean(telling *told, bool read_only, snapline_error **error) {
    story at = {0};
    if (snapline_do_client_new(NULL, &at.client, error) != SNAPLINE_OK) {
        return false;
    }
    if (read_only) {
        tell(told, "list the shares", list_shares, &at);
        tell(told, "page through the snapshots", page_through, &at);
        tell(told, "list the newest actions", list_actions, &at);
        tell(told, "meet a 404 as a typed error", get_unknown, &at);
    } else {
        tell(told, "create a share", create_share, &at);
        tell(told, "wait until it is ACTIVE", wait_for_share, &at);
        tell(told, "snapshot it", take_snapshot, &at);
        tell(told, "wait until the snapshot is ACTIVE", wait_for_snapshot, &at);
        tell(told, "list the share's snapshots", list_snapshots, &at);
        tell(told, "page through 1,000 snapshots", page_through_1000, &at);
        tell(told, "snapshot a droplet and wait for the action", snapshot_droplet, &at);
        tell(told, "snapshot a volume", snapshot_volume, &at);
        tell(told, "delete the snapshots and the share", delete_all, &at);
        tell(told, "meet a 404 as a typed error", get_unknown, &at);
    }
    snapline_do_NfsAction_free(at.action);
    snapline_do_client_free(at.client);
    return true;
}
