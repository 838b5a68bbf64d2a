"""The providers' own clients against the mock: `peers.py SPEC_FOLDER`, with the environment of `snapline-mock`.

Every operation of ours is called once at least through pydo or python-ovh, and the mock, which refuses
what the document does not name, must take what they send, and they must read what it answers. The
operations come from SPEC_FOLDER/<provider>/normalised.json: one that nobody calls here is an error.
"""

import json
import os
import re
import sys
from pathlib import Path
from urllib.parse import urlsplit

import ovh
import ovh.client
import ovh.exceptions
import pydo

METHODS = ("get", "put", "post", "delete", "patch")


class Judge:
    """Compares each call with the operation that it is said to be."""

    def __init__(self, spec, base):
        document = json.loads(spec.read_text(encoding="utf-8"))
        self.base = base
        self.seen = []
        self.left = {}
        self.operations = {}
        for template, item in document["paths"].items():
            for method in METHODS:
                if method in item:
                    operation = item[method]
                    pattern = re.sub(r"\{\w+\}", "[^/]+", template)
                    status = operation["x-snapline-success"]
                    self.operations[operation["operationId"]] = (method.upper(), template, pattern, status)
        self.left = set(self.operations)

    def saw(self, method, url, status, text):
        path = urlsplit(url).path
        if path != self.base + "/auth/time":
            self.seen.append((method, path.removeprefix(self.base), status, text))

    def call(self, operation, function, *arguments, **named):
        """Makes a call and gives its value; it must have been one request for this operation, which succeeded."""
        method, _, pattern, success = self.operations[operation]
        self.seen.clear()
        value = function(*arguments, **named)
        if len(self.seen) != 1:
            raise AssertionError(f"{operation}: {len(self.seen)} requests: {self.seen}")
        sent, path, status, text = self.seen[0]
        if sent != method or not re.fullmatch(pattern, path):
            raise AssertionError(f"{operation}: {sent} {path} is another operation")
        if status != success:
            raise AssertionError(f"{operation}: {status} instead of {success}: {text}")
        read = json.loads(text) if text else None
        if value != read:
            raise AssertionError(f"{operation}: {value!r} was read of {text}")
        self.left.discard(operation)
        return value

    def done(self, client):
        if self.left:
            raise AssertionError(f"{client} was asked for none of: {', '.join(sorted(self.left))}")
        print(f"{client}: {len(self.operations)} operations")


def digitalocean(spec):
    judge = Judge(spec, "")

    def saw(response):
        request, answer = response.http_request, response.http_response
        judge.saw(request.method, request.url, answer.status_code, answer.text())

    client = pydo.Client(
        os.environ["DIGITALOCEAN_TOKEN"],
        endpoint=os.environ["SNAPLINE_DIGITALOCEAN_URL"],
        raw_response_hook=saw,
        retry_total=0,
    )

    def call(operation, function, *arguments, **named):
        # Its policy for tokens takes https alone; on the loopback nobody listens.
        return judge.call(operation, function, *arguments, enforce_https=False, **named)

    region, vpc = "atl1", "796c6fe3-2a1d-4da2-9f3e-38239827dc91"
    nfs = client.nfs
    share = call("nfs_create", nfs.create, {"name": "store", "size_gib": 100, "region": region, "vpc_ids": [vpc]})
    share = share["share"]["id"]
    call("nfs_list", nfs.list, region=region)
    call("nfs_get", nfs.get, share, region=region)
    for kind, params in (
        ("resize", {"size_gib": 200}),
        ("attach", {"vpc_id": "other"}),
        ("reassign", {"old_vpc_id": "other", "new_vpc_id": "third"}),
        ("detach", {"vpc_id": "third"}),
        ("switch_performance_tier", {"performance_tier": "PERFORMANCE_TIER_HIGH"}),
        ("snapshot", {"name": "nightly"}),
    ):
        body = {"type": kind, "region": region, "params": params}
        action = call("nfs_create_action", nfs.create_action, share, body)
    snapshots = call("nfs_list_snapshot", nfs.list_snapshot, region=region, share_id=share)["snapshots"]
    if [one["id"] for one in snapshots] != [action["action"]["resource_id"]]:
        raise AssertionError(f"the action {action} does not name the snapshot of {snapshots}")
    snapshot = snapshots[0]["id"]
    call("nfs_get_snapshot", nfs.get_snapshot, snapshot, region=region)
    call("nfs_delete_snapshot", nfs.delete_snapshot, snapshot, region=region)
    policy = {
        "anonuid": 65534,
        "anongid": 65534,
        "protocols": ["NFS4"],
        "squash_config": "ROOT_SQUASH",
        "identity_enforcement_enabled": False,
    }
    point = {"name": "farm", "path": "/farm", "vpc_id": vpc, "access_policy": policy}
    point = call("nfs_create_access_point", nfs.create_access_point, share, point)["access_point"]["id"]
    call("nfs_list_access_points", nfs.list_access_points, share)
    call("nfs_list_access_points", nfs.list_access_points, share, status="ACCESS_POINT_ACTIVE")
    call("nfs_get_access_point", nfs.get_access_point, point)
    call("nfs_delete_access_point", nfs.delete_access_point, point)
    call("nfs_delete", nfs.delete, share, region=region)

    taken = call("snapshots_list", client.snapshots.list, per_page=2, page=1)["snapshots"]
    for one in taken:
        call("snapshots_get", client.snapshots.get, one["id"])
        call("snapshots_delete", client.snapshots.delete, one["id"])
    volume = call("snapshots_list", client.snapshots.list, resource_type="volume")["snapshots"][0]["resource_id"]
    volumes = client.volume_snapshots
    taken = call("volumeSnapshots_create", volumes.create, volume, {"name": "ledger", "tags": ["a"]})["snapshot"]
    call("volumeSnapshots_list", volumes.list, volume, per_page=1, page=1)
    call("volumeSnapshots_get_byId", volumes.get_by_id, taken["id"])
    call("volumeSnapshots_delete_byId", volumes.delete_by_id, taken["id"])

    droplet = call("snapshots_list", client.snapshots.list, resource_type="droplet")["snapshots"][0]["resource_id"]
    droplet = int(droplet)
    call("droplets_list_snapshots", client.droplets.list_snapshots, droplet)
    actions = client.droplet_actions
    for body in (
        {"type": "power_off"},
        {"type": "restore", "image": 7341},
        {"type": "rebuild", "image": "ubuntu-24-04-x64"},
        {"type": "resize", "size": "s-2vcpu-2gb", "disk": True},
        {"type": "rename", "name": "encoder-99"},
        {"type": "change_backup_policy", "backup_policy": {"plan": "weekly", "weekday": "SUN", "hour": 20}},
        {"type": "snapshot", "name": "root-disk"},
    ):
        action = call("dropletActions_post", actions.post, droplet, body)["action"]["id"]
    call("dropletActions_get", actions.get, droplet, action)
    call("dropletActions_list", actions.list, droplet, per_page=1, page=1)
    call("dropletActions_post_byTag", actions.post_by_tag, {"type": "power_on"}, tag_name="nobody")
    call("actions_get", client.actions.get, action)
    call("actions_list", client.actions.list, per_page=2, page=1)
    life_of_a_snapshot(client, call)
    judge.done("pydo")


def life_of_a_snapshot(client, call):
    """What is chosen by tag, and what becomes of a snapshot."""
    call("account_get", client.account.get)
    call("regions_list", client.regions.list, per_page=5)
    call("sizes_list", client.sizes.list, per_page=5)
    vpc = call("vpcs_list", client.vpcs.list)["vpcs"][0]["id"]
    call("vpcs_get", client.vpcs.get, vpc)

    call("tags_create", client.tags.create, {"name": "db"})
    body = {"name": "db-01", "region": "fra1", "size": "s-1vcpu-1gb", "image": "debian-13-x64", "tags": ["db"]}
    droplet = call("droplets_create", client.droplets.create, body)["droplet"]["id"]
    found = call("droplets_list", client.droplets.list, tag_name="db")["droplets"]
    if [one["id"] for one in found] != [droplet]:
        raise AssertionError(f"the droplet {droplet} is not what carries its tag: {found}")
    call("droplets_list", client.droplets.list, name="db-01")
    call("droplets_get", client.droplets.get, droplet)
    body = {"name": "db", "region": "fra1", "size_gigabytes": 10, "filesystem_type": "ext4"}
    volume = call("volumes_create", client.volumes.create, body)["volume"]["id"]
    carries = {"resources": [{"resource_id": volume, "resource_type": "volume"}]}
    call("tags_assign_resources", client.tags.assign_resources, "db", carries)
    if call("tags_get", client.tags.get, "db")["tag"]["resources"]["count"] != 2:
        raise AssertionError("a droplet and a volume carry the tag")
    call("tags_list", client.tags.list, per_page=5)

    call("volumes_list", client.volumes.list, name="db", region="fra1")
    call("volumes_get", client.volumes.get, volume)
    work = client.volume_actions
    # What starts or shows one action has no pages, whatever upstream's document says.
    no_pages = {"per_page": None, "page": None}
    for body in (
        {"type": "resize", "size_gigabytes": 20, "region": "fra1"},
        {"type": "attach", "droplet_id": droplet, "region": "fra1"},
        {"type": "detach", "droplet_id": droplet, "region": "fra1"},
    ):
        action = call("volumeActions_post_byId", work.post_by_id, volume, body, **no_pages)["action"]["id"]
        call("volumeActions_get", work.get, volume, action, **no_pages)
    call("volumeActions_list", work.list, volume)

    body = {"type": "snapshot", "name": "db-nightly"}
    action = call("dropletActions_post", client.droplet_actions.post, droplet, body)["action"]["id"]
    call("actions_get", client.actions.get, action)
    image = call("images_list", client.images.list, private=True)["images"][-1]["id"]
    call("images_get", client.images.get, image)
    call("images_update", client.images.update, image, {"name": "db-kept"})
    copy = {"type": "transfer", "region": "lon1"}
    action = call("imageActions_post", client.image_actions.post, image, copy)["action"]["id"]
    call("imageActions_get", client.image_actions.get, image, action)
    call("imageActions_list", client.image_actions.list, image)
    if "lon1" not in call("images_get", client.images.get, image)["image"]["regions"]:
        raise AssertionError("the image was copied to lon1")
    call("images_delete", client.images.delete, image)

    call("tags_unassign_resources", client.tags.unassign_resources, "db", carries)
    call("volumes_delete", client.volumes.delete, volume)
    call("droplets_destroy", client.droplets.destroy, droplet)
    call("tags_delete", client.tags.delete, "db")


def ovhcloud(spec):
    endpoint = os.environ["OVH_ENDPOINT"]
    judge = Judge(spec, urlsplit(endpoint).path)
    # It takes no URL, but the name of one.
    ovh.client.ENDPOINTS["mock"] = endpoint
    client = ovh.Client(
        endpoint="mock",
        application_key=os.environ["OVH_APPLICATION_KEY"],
        application_secret=os.environ["OVH_APPLICATION_SECRET"],
        consumer_key=os.environ["OVH_CONSUMER_KEY"],
    )

    def saw(answer, *_, **__):
        judge.saw(answer.request.method, answer.request.url, answer.status_code, answer.text)

    client._session.hooks["response"].append(saw)

    def tolerant(function, *arguments, **named):
        """It reads JSON whatever the status but 204; a 202 of the service has none, and its other clients bear that."""
        try:
            return function(*arguments, **named)
        except ovh.exceptions.InvalidResponse:
            if judge.seen[-1][2:] != (202, ""):
                raise
            return None

    things = {}

    def call(operation, body=None, **query):
        method, template, _, _ = judge.operations[operation]
        path = template.format(**things)
        function = getattr(client, method.lower())
        return judge.call(operation, tolerant, function, path, **(body or query))

    def first(operation, thing, /, **query):
        things[thing] = call(operation, **query)[0]["id"]

    def make(operation, thing, /, **body):
        things[thing] = call(operation, body)["id"]

    first("netapp_list", "serviceName")
    call("netapp_get")
    call("netapp_update", {"name": "renamed"})
    call("netapp_change_contact", {"contactTech": "ab12345-ovh"})
    call("netapp_get_metrics_token")
    first("netapp_networks_list", "networkId", detail=True)
    call("netapp_networks_get")
    call("netapp_service_infos_get")
    renew = {"automatic": True, "deleteAtExpiration": False, "forced": False, "period": 1}
    call("netapp_service_infos_update", {"renew": renew})

    make("netapp_shares_create", "shareId", name="store", protocol="NFS", size=100)
    call("netapp_shares_list")
    call("netapp_shares_list", detail=True)
    call("netapp_shares_get")
    call("netapp_shares_update", {"name": "other", "description": "of films"})
    call("netapp_shares_extend", {"size": 300})
    call("netapp_shares_shrink", {"size": 200})
    first("netapp_access_paths_list", "accessPathId")
    call("netapp_access_paths_get")
    make("netapp_acl_rules_create", "aclRuleId", accessLevel="rw", accessTo="10.0.0.0/8")
    call("netapp_acl_rules_list")
    call("netapp_acl_rules_get")
    call("netapp_acl_rules_delete")

    # The first is the one that the share's policy took.
    first("netapp_snapshots_list", "snapshotId", detail=True)
    things["snapshotId"] = call("netapp_snapshots_hold")["id"]
    make("netapp_snapshots_create", "snapshotId", name="nightly", description="by hand")
    call("netapp_snapshots_get")
    call("netapp_snapshots_update", {"name": "weekly"})
    call("netapp_shares_revert", {"snapshotID": things["snapshotId"]})
    call("netapp_snapshots_delete")

    call("netapp_share_snapshot_reserve_get")
    call("netapp_share_snapshot_reserve_update", {"percent": 10})
    call("netapp_share_snapshot_policy_get")
    first("netapp_snapshot_policies_list", "snapshotPolicyId")
    call("netapp_share_snapshot_policy_update", {"snapshotPolicyID": things["snapshotPolicyId"]})
    schedule = {"days": [1], "hours": [4], "minutes": [30], "months": [], "weekdays": []}
    rules = [{"copies": 3, "prefix": "early", "schedule": schedule}]
    make("netapp_snapshot_policies_create", "snapshotPolicyId", name="early", rules=rules)
    call("netapp_snapshot_policies_get")
    call("netapp_snapshot_policies_update", {"name": "late"})
    call("netapp_snapshot_policies_delete")

    make("netapp_shares_create", "shareId", name="short", protocol="NFS", size=100)
    call("netapp_shares_delete")
    call("netapp_terminate")
    call("netapp_confirm_termination", {"token": "from-the-mail"})
    judge.done("python-ovh")


PROVIDERS = {"digitalocean": digitalocean, "ovhcloud": ovhcloud}

if __name__ == "__main__":
    for spec in sorted(Path(sys.argv[1]).glob("*/normalised.json")):
        try:
            play = PROVIDERS[spec.parent.name]
        except KeyError:
            sys.exit(f"no client is asked for what {spec} offers")
        play(spec)
