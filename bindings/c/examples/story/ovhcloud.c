/* OVHcloud: the life of a snapshot of a file share, which its pages call a volume. */
#include "telling.h"

#include <string.h>

#define NAME "c-nightly"
/* What no snapshot is called. */
#define NOBODY "00000000-0000-4000-8000-000000000000"

/* What later steps need of earlier ones. */
typedef struct story {
    snapline_ovh_client *client;
    char service[64];
    char share[64];
    char snapshot[64];
} story;

static void see_share(telling *told, const snapline_ovh_NetappShare *share) {
    see(told, "%s is %s", snapline_ovh_NetappShare_name(share), snapline_ovh_NetappShare_status_string(share));
}

static void see_snapshot(telling *told, const snapline_ovh_NetappSnapshot *snapshot) {
    see(told, "%s is %s", snapline_ovh_NetappSnapshot_name(snapshot),
        snapline_ovh_NetappSnapshot_status_string(snapshot));
}

static bool find_service(telling *told, void *of, snapline_error **error) {
    story *at = of;
    snapline_ovh_NetappServiceWithIamList *services = NULL;
    if (snapline_ovh_netapp_list(at->client, NULL, &services, NULL, error) != SNAPLINE_OK) {
        return false;
    }
    size_t count = snapline_ovh_NetappServiceWithIamList_count(services);
    keep(at->service, sizeof at->service,
         snapline_ovh_NetappServiceWithIam_id(snapline_ovh_NetappServiceWithIamList_at(services, 0)));
    snapline_ovh_NetappServiceWithIamList_free(services);
    see(told, "%zu found", count);
    return check(told, at->service[0] != '\0');
}

static bool create_share(telling *told, void *of, snapline_error **error) {
    story *at = of;
    snapline_ovh_NetappSharesCreateArgs *args =
        snapline_ovh_NetappSharesCreateArgs_new(SNAPLINE_OVH_NetappProtocol_NFS, 100);
    snapline_ovh_NetappSharesCreateArgs_set_name(args, "c-media");
    snapline_ovh_NetappShare *share = NULL;
    bool ok = snapline_ovh_netapp_shares_create(at->client, at->service, args, NULL, &share, NULL,
            error) == SNAPLINE_OK;
    snapline_ovh_NetappSharesCreateArgs_free(args);
    if (ok) {
        keep(at->share, sizeof at->share, snapline_ovh_NetappShare_id(share));
        see_share(told, share);
        ok = check(told, snapline_ovh_NetappShare_status(share) == SNAPLINE_OVH_NetappShareStatus_CREATING);
    }
    snapline_ovh_NetappShare_free(share);
    return ok;
}

static bool wait_for_share(telling *told, void *of, snapline_error **error) {
    story *at = of;
    snapline_options *soon = snapline_options_new();
    snapline_options_set_wait_first_interval_ms(soon, SOON_MS);
    snapline_ovh_NetappShare *share = NULL;
    bool ok = snapline_ovh_netapp_shares_wait_until_available(at->client, at->service, at->share, soon, &share,
            error) == SNAPLINE_OK;
    snapline_options_free(soon);
    if (ok) {
        see_share(told, share);
        ok = check(told, snapline_ovh_NetappShare_status(share) == SNAPLINE_OVH_NetappShareStatus_AVAILABLE);
    }
    snapline_ovh_NetappShare_free(share);
    return ok;
}

/* Lists the snapshots of the share, whole. */
static bool list(story *at, snapline_ovh_NetappSnapshotList **found, snapline_error **error) {
    snapline_ovh_NetappSnapshotsListArgs *args = snapline_ovh_NetappSnapshotsListArgs_new();
    snapline_ovh_NetappSnapshotsListArgs_set_detail(args, true);
    bool ok = snapline_ovh_netapp_snapshots_list(at->client, at->service, at->share, args, NULL, found, NULL,
            error) == SNAPLINE_OK;
    snapline_ovh_NetappSnapshotsListArgs_free(args);
    return ok;
}

/* Lists the snapshots; the one that was made must be among them, or must not. */
static bool list_snapshots(telling *told, story *at, bool there, snapline_error **error) {
    snapline_ovh_NetappSnapshotList *found = NULL;
    if (!list(at, &found, error)) {
        return false;
    }
    size_t count = snapline_ovh_NetappSnapshotList_count(found);
    bool seen = false;
    see(told, "%zu found:", count);
    for (size_t i = 0; i < count; i++) {
        const char *name = snapline_ovh_NetappSnapshot_name(snapline_ovh_NetappSnapshotList_at(found, i));
        size_t so_far = strlen(told->detail);
        strncat(told->detail, i > 0 ? ", " : " ", sizeof told->detail - so_far - 1);
        so_far = strlen(told->detail);
        strncat(told->detail, name != NULL ? name : "", sizeof told->detail - so_far - 1);
        seen = seen || (name != NULL && strcmp(name, NAME) == 0);
    }
    snapline_ovh_NetappSnapshotList_free(found);
    return check(told, count > 0 && seen == there);
}

static bool list_with(telling *told, void *of, snapline_error **error) {
    return list_snapshots(told, of, true, error);
}

static bool list_without(telling *told, void *of, snapline_error **error) {
    return list_snapshots(told, of, false, error);
}

static bool create_snapshot(telling *told, void *of, snapline_error **error) {
    story *at = of;
    snapline_ovh_NetappSnapshotsCreateArgs *args = snapline_ovh_NetappSnapshotsCreateArgs_new();
    snapline_ovh_NetappSnapshotsCreateArgs_set_name(args, NAME);
    snapline_ovh_NetappSnapshot *snapshot = NULL;
    bool ok = snapline_ovh_netapp_snapshots_create(at->client, at->service, at->share, args, NULL, &snapshot, NULL,
            error) ==
              SNAPLINE_OK;
    snapline_ovh_NetappSnapshotsCreateArgs_free(args);
    if (ok) {
        keep(at->snapshot, sizeof at->snapshot, snapline_ovh_NetappSnapshot_id(snapshot));
        see_snapshot(told, snapshot);
        ok = check(told,
                   snapline_ovh_NetappSnapshot_status(snapshot) == SNAPLINE_OVH_NetappSnapshotStatus_CREATING &&
                       snapline_ovh_NetappSnapshot_type(snapshot) == SNAPLINE_OVH_NetappSnapshotType_MANUAL);
    }
    snapline_ovh_NetappSnapshot_free(snapshot);
    return ok;
}

static bool wait_for_snapshot(telling *told, void *of, snapline_error **error) {
    story *at = of;
    snapline_options *soon = snapline_options_new();
    snapline_options_set_wait_first_interval_ms(soon, SOON_MS);
    snapline_ovh_NetappSnapshot *snapshot = NULL;
    bool ok = snapline_ovh_netapp_snapshots_wait_until_available(at->client, at->service, at->share, at->snapshot,
            soon, &snapshot, error) == SNAPLINE_OK;
    snapline_options_free(soon);
    if (ok) {
        see_snapshot(told, snapshot);
        ok = check(told, snapline_ovh_NetappSnapshot_status(snapshot) ==
                             SNAPLINE_OVH_NetappSnapshotStatus_AVAILABLE);
    }
    snapline_ovh_NetappSnapshot_free(snapshot);
    return ok;
}

static snapline_status get(story *at, const char *id, snapline_ovh_NetappSnapshot **snapshot,
        snapline_error **error) {
    /* Who has no share asks for one that there is not. */
    const char *share = at->share[0] != '\0' ? at->share : NOBODY;
    return snapline_ovh_netapp_snapshots_get(at->client, at->service, share, id, NULL, snapshot, NULL, error);
}

static bool get_snapshot(telling *told, void *of, snapline_error **error) {
    story *at = of;
    snapline_ovh_NetappSnapshot *snapshot = NULL;
    if (get(at, at->snapshot, &snapshot, error) != SNAPLINE_OK) {
        return false;
    }
    const char *path = snapline_ovh_NetappSnapshot_path(snapshot);
    bool there = path != NULL && strlen(path) >= strlen(NAME) && strcmp(path + strlen(path) - strlen(NAME), NAME) == 0;
    bool same = strcmp(snapline_ovh_NetappSnapshot_id(snapshot), at->snapshot) == 0;
    see(told, "%s is %s, in %s", snapline_ovh_NetappSnapshot_name(snapshot),
        snapline_ovh_NetappSnapshot_status_string(snapshot), path != NULL ? path : "no path");
    snapline_ovh_NetappSnapshot_free(snapshot);
    return check(told, there && same);
}

static bool delete_snapshot(telling *told, void *of, snapline_error **error) {
    story *at = of;
    snapline_ovh_NetappSnapshot *snapshot = NULL;
    if (snapline_ovh_netapp_snapshots_delete(at->client, at->service, at->share, at->snapshot, NULL, NULL, error) !=
            SNAPLINE_OK ||
        get(at, at->snapshot, &snapshot, error) != SNAPLINE_OK) {
        return false;
    }
    see_snapshot(told, snapshot);
    bool ok =
        check(told, snapline_ovh_NetappSnapshot_status(snapshot) == SNAPLINE_OVH_NetappSnapshotStatus_DELETING);
    snapline_ovh_NetappSnapshot_free(snapshot);
    return ok;
}

static bool wait_gone(telling *told, void *of, snapline_error **error) {
    story *at = of;
    snapline_options *soon = snapline_options_new();
    snapline_options_set_wait_first_interval_ms(soon, SOON_MS);
    bool ok = snapline_ovh_netapp_snapshots_wait_until_deleted(at->client, at->service, at->share, at->snapshot,
            soon, error) == SNAPLINE_OK;
    snapline_options_free(soon);
    see(told, "gone");
    return ok;
}

/* Asks for a snapshot that there is not. */
static bool get_none(telling *told, story *at, const char *id, snapline_error **error) {
    snapline_ovh_NetappSnapshot *snapshot = NULL;
    snapline_error *met = NULL;
    snapline_status status = get(at, id, &snapshot, &met);
    snapline_ovh_NetappSnapshot_free(snapshot);
    return not_found(told, status, met, error);
}

static bool get_deleted(telling *told, void *of, snapline_error **error) {
    story *at = of;
    return get_none(told, at, at->snapshot, error);
}

static bool get_unknown(telling *told, void *of, snapline_error **error) {
    return get_none(told, of, NOBODY, error);
}

static bool delete_share(telling *told, void *of, snapline_error **error) {
    story *at = of;
    if (snapline_ovh_netapp_shares_delete(at->client, at->service, at->share, NULL, NULL, error) != SNAPLINE_OK) {
        return false;
    }
    snapline_options *soon = snapline_options_new();
    snapline_options_set_wait_first_interval_ms(soon, SOON_MS);
    bool ok = snapline_ovh_netapp_shares_wait_until_deleted(at->client, at->service, at->share, soon, error) ==
              SNAPLINE_OK;
    snapline_options_free(soon);
    if (!ok) {
        return false;
    }
    snapline_ovh_NetappShare *share = NULL;
    snapline_error *met = NULL;
    snapline_status status = snapline_ovh_netapp_shares_get(at->client, at->service, at->share, NULL, &share, NULL,
            &met);
    snapline_ovh_NetappShare_free(share);
    return not_found(told, status, met, error);
}

static bool list_shares(telling *told, void *of, snapline_error **error) {
    story *at = of;
    snapline_ovh_NetappShareList *shares = NULL;
    bool ok = snapline_ovh_netapp_shares_list(at->client, at->service, NULL, NULL, &shares, NULL,
            error) == SNAPLINE_OK;
    keep(at->share, sizeof at->share, snapline_ovh_NetappShare_id(snapline_ovh_NetappShareList_at(shares, 0)));
    see(told, "%zu shares", snapline_ovh_NetappShareList_count(shares));
    snapline_ovh_NetappShareList_free(shares);
    return ok;
}

/* Lists the snapshots of the first share, if there is one. */
static bool list_any(telling *told, void *of, snapline_error **error) {
    story *at = of;
    see(told, "there is no share");
    if (at->share[0] == '\0') {
        return true;
    }
    snapline_ovh_NetappSnapshotList *found = NULL;
    bool ok = list(at, &found, error);
    see(told, "%zu snapshots", snapline_ovh_NetappSnapshotList_count(found));
    snapline_ovh_NetappSnapshotList_free(found);
    return ok;
}

bool tell_ovhcloud(telling *told, bool read_only, snapline_error **error) {
    story at = {0};
    if (snapline_ovh_client_new(NULL, &at.client, error) != SNAPLINE_OK) {
        return false;
    }
    tell(told, "find the service", find_service, &at);
    if (read_only) {
        tell(told, "list the shares", list_shares, &at);
        tell(told, "list a share's snapshots", list_any, &at);
        tell(told, "meet a 404 as a typed error", get_unknown, &at);
    } else {
        tell(told, "create a share", create_share, &at);
        tell(told, "wait until it is available", wait_for_share, &at);
        tell(told, "list its snapshots: the policy's", list_without, &at);
        tell(told, "create a snapshot", create_snapshot, &at);
        tell(told, "wait until the snapshot is available", wait_for_snapshot, &at);
        tell(told, "get the snapshot", get_snapshot, &at);
        tell(told, "list the share's snapshots: it is there", list_with, &at);
        tell(told, "delete the snapshot", delete_snapshot, &at);
        tell(told, "wait until the snapshot is gone", wait_gone, &at);
        tell(told, "get it: a 404 as a typed error", get_deleted, &at);
        tell(told, "list the share's snapshots: it is gone", list_without, &at);
        tell(told, "delete the share and wait until it is gone", delete_share, &at);
    }
    snapline_ovh_client_free(at.client);
    return true;
}
