#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests what room imports take in the Tax Data Hub: hub_room_test.py TAX-DATA-HUB APITOKEN RELEASE-LOG.SO. Prints TAP."""
import base64
import json
import os
import sys
import threading
import zlib

sys.dont_write_bytecode = True  # leave the source folder as it is
from hub_support import WAIT, Hub, Tap, World, chunked, equal, fails, spools, within

CSV = (("Content-Type", "text/csv"),)
MIB = 1 << 20
# data.mdb of a hub that did not count what an owner has: imports of 8, 200 and 100 bytes, for alice, bob and alice.
OLD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "imports_without_usage.txt")

tap = Tap()


class Shared:
    def __init__(self, world, release_log):
        self.world, self.release_log = world, release_log
        self.alice, self.bob = world.token("alice"), world.token("bob")


def some_csv(size):
    return b"company,note\n" + b"Example AG,some text\n" * (size // 21)


# ---- resident memory -------------------------------------------------------------------------------------------------


@tap.case
def releases(shared):
    """releases pages after large bodies only, and only theirs"""
    path = shared.world.path("release-log")
    hub = Hub(shared.world, data="releases", env={"LD_PRELOAD": shared.release_log, "HUB_RELEASE_LOG": path})

    def released():
        if not os.path.exists(path):
            return []
        with open(path, encoding="ascii") as log:
            lengths = [int(line) for line in log]
        os.unlink(path)
        return lengths

    released()  # what the start did
    small = [hub.imported(shared.alice, some_csv(size))["import"] for size in (100, 1000, MIB - 100000)]
    for number in small:
        equal(hub.fetch(shared.alice, number).status, 200)
        equal(len(hub.list(shared.alice)["imports"]), 3)
    equal(released(), [])
    body = some_csv(5 * MIB)
    number = hub.imported(shared.alice, body)["import"]
    equal(hub.fetch(shared.alice, number).body == body, True)
    lengths = released()
    equal((len(lengths) >= 4 * MIB // 65536, max(lengths) <= 4 * MIB), (True, True))
    hub.list(shared.alice)
    equal([delete(hub, shared.alice, number).status for number in small], [204] * 3)
    equal(released(), [])
    equal(delete(hub, shared.alice, number).status, 204)
    lengths = released()
    equal((len(lengths) >= 4 * MIB // 65536, max(lengths) <= 4 * MIB), (True, True))
    equal(hub.stop(), 0)


# ---- delete ----------------------------------------------------------------------------------------------------------


def numbers(hub, token):
    return [row["import"] for row in hub.list(token)["imports"]]


def delete(hub, token, number):
    return hub.send("DELETE", f"/api/v1/imports/{number}", token)


@tap.case
def deleted(shared):
    """deletes an import by its owner, and by nobody else; its number stays unused"""
    hub = Hub(shared.world, data="deleted")
    made = [hub.imported(shared.alice, some_csv(size))["import"] for size in (100, 200000, 3 * MIB, 100)]
    for number in made:
        before = hub.fetch(shared.bob, number).public
        reply = delete(hub, shared.bob, number)
        reply.check_problem(404)
        equal(reply.public, before)
    equal(numbers(hub, shared.alice), made)
    for number in made[:3]:
        reply = delete(hub, shared.alice, number)
        equal((reply.status, reply.body, reply.get("Cache-Control")), (204, b"", "no-store"))
        hub.fetch(shared.alice, number).check_problem(404)
        delete(hub, shared.alice, number).check_problem(404)
        equal(numbers(hub, shared.alice), made[made.index(number) + 1:])
    for wrong in (0, "1x", 10 ** 15, "", "1/"):
        delete(hub, shared.alice, wrong).check_problem(404)
    equal(hub.fetch(shared.alice, made[3]).status, 200)
    equal(hub.imported(shared.alice, some_csv(100))["import"], made[3] + 1)
    equal(hub.stop(), 0)
    hub = Hub(shared.world, data="deleted")
    equal((numbers(hub, shared.alice), "rest of import" in hub.log()), ([made[3], made[3] + 1], False))
    equal(hub.stop(), 0)


@tap.case
def may_delete(shared):
    """only a token for all interfaces or for imports:delete deletes"""
    hub = Hub(shared.world, data="may-delete")
    number = hub.imported(shared.alice, some_csv(100))["import"]
    for interfaces in ("imports:read", "cbcr", "imports:read,cbcr,delete"):
        token = shared.world.token("alice", "--interfaces", interfaces)
        delete(hub, token, number).check_problem(403)
    delete(hub, "none", number).check_problem(401)
    delete(hub, None, number).check_problem(401)
    revoked = shared.world.token("alice")
    shared.world.revoke("alice", revoked)
    delete(hub, revoked, number).check_problem(401)
    deleter = shared.world.token("alice", "--interfaces", "imports:delete")
    hub.fetch(deleter, number).check_problem(403)
    equal(numbers(hub, shared.alice), [number])
    equal((delete(hub, deleter, number).status, numbers(hub, shared.alice)), (204, []))
    equal(hub.stop(), 0)


@tap.case
def room_again(shared):
    """a delete makes room in a full hub, and leaves no pages behind"""
    hub = Hub(shared.world, "--map-size", str(16 * MIB), data="room-again")
    body = some_csv(3 * MIB)
    made = []
    while hub.post(shared.alice, body).status == 200:
        made = numbers(hub, shared.alice)
    equal(len(made) > 1, True)
    for _ in range(4):
        hub.post(shared.alice, body).check_problem(507)
        equal(delete(hub, shared.alice, made.pop(0)).status, 204)
        made.append(hub.imported(shared.alice, body)["import"])
        equal(hub.fetch(shared.alice, made[-1]).body == body, True)
    equal((numbers(hub, shared.alice), hub.stop()), (made, 0))


@tap.case
def killed_in_delete(shared):
    """what a killed hub did not finish to delete is not seen again, and removed at the next start"""
    hold = shared.world.path("hold")
    hub = Hub(shared.world, data="killed", env={"LD_PRELOAD": shared.release_log, "HUB_RELEASE_HOLD": hold})
    kept, number = (hub.imported(shared.alice, some_csv(size))["import"] for size in (100, 3 * MIB))
    with open(hold, "wb"):  # stops the delete when it has removed the first MiB
        pass
    client = hub.client()
    client.head("DELETE", f"/api/v1/imports/{number}", [("Authorization", f"Bearer {shared.alice}")])
    within(WAIT, lambda: numbers(hub, shared.alice) == [kept])
    hub.fetch(shared.alice, number).check_problem(404)
    hub.kill()
    client.close()
    hub = Hub(shared.world, data="killed")
    equal(f"removing the rest of import {number}" in hub.log(), True)
    equal(numbers(hub, shared.alice), [kept])
    hub.fetch(shared.alice, number).check_problem(404)
    equal(hub.stop(), 0)
    hub = Hub(shared.world, data="killed")
    equal(("removing" in hub.log(), hub.stop()), (False, 0))


@tap.case
def deleted_key(shared):
    """410 for the Idempotency-Key of a deleted import: a late repeat does not bring it back"""
    hub = Hub(shared.world, data="key")
    headers = (*CSV, ("Idempotency-Key", "k"))
    number = hub.post(shared.alice, b"a\n1\n", headers=headers).json()["import"]
    equal(delete(hub, shared.alice, number).status, 204)
    hub.post(shared.alice, b"a\n1\n", headers=headers).check_problem(410)
    hub.post(shared.alice, b"a\n2\n", headers=headers).check_problem(422)
    equal((numbers(hub, shared.alice), hub.stop()), ([], 0))


# ---- quota -----------------------------------------------------------------------------------------------------------


def refused(hub, token, body, **more):
    reply = hub.post(token, body, **more)
    detail = reply.check_problem(507)["detail"]
    equal("for an owner" in detail, True)


@tap.case
def quota_of_bytes(shared):
    """507 for bytes beyond --owner-quota, with a length and chunked; the quota itself may be used"""
    hub = Hub(shared.world, "--owner-quota", "1000", data="bytes")
    first = b"a\n" + b"1\n" * 299  # 600 bytes
    number = hub.imported(shared.alice, first)["import"]
    refused(hub, shared.alice, b"a\n" + b"1\n" * 200)
    client = hub.client()
    client.head("POST", "/api/v1/import/cbcr", [("Authorization", f"Bearer {shared.alice}"), *CSV,
                                                  ("Transfer-Encoding", "chunked")])
    client.send(chunked(b"a\n" + b"1\n" * 200))
    client.reply().check_problem(507)
    client.close()
    client = hub.client()  # refused for its length, before it is sent
    client.head("POST", "/api/v1/import/cbcr", [("Authorization", f"Bearer {shared.alice}"), *CSV, ("Content-Length", "401"),
                                                  ("Expect", "100-continue")])
    client.reply().check_problem(507)
    client.close()
    hub.imported(shared.alice, b"a\n" + b"1\n" * 199)  # 400 bytes
    refused(hub, shared.alice, b"a\n1")
    hub.imported(shared.bob, b"a\n" + b"1\n" * 499)  # another owner has a quota of their own
    refused(hub, shared.world.token("alice"), b"a\n1")  # another token of the owner has not
    equal(delete(hub, shared.alice, number).status, 204)
    hub.imported(shared.alice, first)
    refused(hub, shared.alice, b"a\n1")
    equal(hub.stop(), 0)


@tap.case
def quota_of_imports(shared):
    """507 for imports beyond --owner-quota, also after a restart and with a smaller quota"""
    hub = Hub(shared.world, "--owner-quota", "1000000,3", data="imports")
    made = [hub.imported(shared.alice, b"a\n1\n")["import"] for _ in range(3)]
    refused(hub, shared.alice, b"a\n1\n")
    equal(hub.imported(shared.bob, b"a\n1\n")["rows"], 1)
    equal(hub.stop(), 0)
    hub = Hub(shared.world, "--owner-quota", "1000000,2", data="imports")
    for number in made[:2]:
        refused(hub, shared.alice, b"a\n1\n")
        equal(delete(hub, shared.alice, number).status, 204)
    hub.imported(shared.alice, b"a\n1\n")
    refused(hub, shared.alice, b"a\n1\n")
    equal((len(numbers(hub, shared.alice)), hub.stop()), (2, 0))
    hub = Hub(shared.world, data="imports")  # no quota
    equal([hub.imported(shared.alice, b"a\n1\n")["rows"] for _ in range(3)], [1] * 3)
    equal(hub.stop(), 0)


@tap.case
def quota_at_once(shared):
    """of several imports at once no more are made than the quota allows"""
    body = some_csv(4 * MIB)  # while each is written in turns with the others, all have passed the checks before
    for quota in (f"{MIB * MIB},5", str(5 * len(body)), f"{6 * len(body) - 1},9"):
        hub = Hub(shared.world, "--owner-quota", quota, data=f"at-once-{quota}")
        clients = [hub.client() for _ in range(9)]
        for client in clients:
            client.head("POST", "/api/v1/import/cbcr", [("Authorization", f"Bearer {shared.alice}"), *CSV,
                                                          ("Content-Length", str(len(body)))])
            client.send(body[:-1])
        threads = [threading.Thread(target=client.send, args=(body[-1:],)) for client in clients]
        for thread in threads:
            thread.start()
        statuses = sorted(client.reply().status for client in clients)
        for thread, client in zip(threads, clients):
            thread.join()
            client.close()
        equal((statuses, len(numbers(hub, shared.alice))), ([200] * 5 + [507] * 4, 5))
        equal(hub.stop(), 0)


@tap.case
def quota_while_it_arrives(shared):
    """keeps no more of a chunked body than the quota has room for"""
    hub = Hub(shared.world, "--owner-quota", "1000", data="arrives")
    client = hub.client()
    client.head("POST", "/api/v1/import/cbcr", [("Authorization", f"Bearer {shared.alice}"), *CSV,
                                                  ("Transfer-Encoding", "chunked")])
    client.send(chunked(b"a\n" + b"1\n" * 499)[:-5])
    within(WAIT, lambda: spools(hub) == 1)
    client.send(b"1\r\n1\r\n")
    client.reply().check_problem(507)
    client.close()
    equal((numbers(hub, shared.alice), hub.stop()), ([], 0))


@tap.case
def quota_and_repeats(shared):
    """a repeat under an Idempotency-Key is answered when the quota is used up"""
    hub = Hub(shared.world, "--owner-quota", "8,2", data="repeats")
    headers = (*CSV, ("Idempotency-Key", "k"))
    number = hub.post(shared.alice, b"a\n123456", headers=headers).json()["import"]
    reply = hub.post(shared.alice, b"a\n123456", headers=headers)
    equal((reply.status, json.loads(reply.body)["import"]), (200, number))
    refused(hub, shared.alice, b"a\n1", headers=(*CSV, ("Idempotency-Key", "other")))
    equal((numbers(hub, shared.alice), hub.stop()), ([number], 0))


@tap.case
def earlier_version(shared):
    """counts the imports of a database that an earlier version made"""
    os.mkdir(shared.world.path("old"), 0o750)
    with open(OLD, encoding="ascii") as file, open(shared.world.path("old/data.mdb"), "wb") as data:
        data.write(zlib.decompress(base64.b85decode("".join(file.read().split()))))
    for quota in ("108", "1000,2"):
        hub = Hub(shared.world, "--owner-quota", quota, data="old")
        refused(hub, shared.alice, b"a\n1")
        equal((numbers(hub, shared.alice), numbers(hub, shared.bob)), ([1, 3], [2]))
        equal(hub.stop(), 0)
    hub = Hub(shared.world, "--owner-quota", "112,3", data="old")
    equal(hub.imported(shared.alice, b"a\n1\n")["import"], 4)
    refused(hub, shared.alice, b"a\n1")
    refused(hub, shared.bob, b"a\n1")
    equal([delete(hub, token, number).status for token, number in ((shared.alice, 1), (shared.bob, 2))], [204, 204])
    equal((numbers(hub, shared.alice), numbers(hub, shared.bob)), ([3, 4], []))
    hub.imported(shared.bob, b"a\n1\n")
    equal(hub.stop(), 0)


@tap.case
def quota_options(shared):
    """exits with 2 for an --owner-quota that is none"""
    world = shared.world
    given = ["--store", world.store, "--keys", world.verify_keys, "--data", world.path("x")]
    for wrong in ("", "0", "x", "1k", "1,", ",1", "1,0", "1,2,3", "-1", "1, 2"):
        said = fails(world.hub_program, *given, "--owner-quota", wrong, code=2)
        equal("--owner-quota" in said, True)


# ---- queries ---------------------------------------------------------------------------------------------------------


@tap.case
def queries(shared):
    """422 for a parameter that the address does not know, or that is given twice, and repeats none of it"""
    hub = Hub(shared.world, data="queries")
    number = hub.imported(shared.alice, b"a\n1\n")["import"]
    bad = (("GET", "/api/v1/imports", ("limits=1", "Limit=1", "limit=1&x=2", "state=valid", "page", "limit=1&limit=1", "=", "=1",
                                       "cursor=1&limit=2&cursor=1", "access_token=tdh_1secret")),
           ("GET", f"/api/v1/imports/{number}", ("limit=1", "format=json", "x")),
           ("GET", "/api/v1/token", ("x=1", "cursor=1", "id=3")),
           ("POST", "/api/v1/import/cbcr", ("dry-run=1", "delimiter=;", "limit=1")),
           ("DELETE", f"/api/v1/imports/{number}", ("force=1", "limit=1", "x")))
    for method, path, queries_ in bad:
        for query in queries_:
            reply = hub.send(method, f"{path}?{query}", shared.alice, CSV, b"a\n1\n" if method == "POST" else b"")
            detail = reply.check_problem(422)["detail"]
            equal((query, "secret" in detail, "parameter" in detail), (query, False, True))
            hub.send(method, f"{path}?{query}", "none", CSV, b"a\n1\n" if method == "POST" else b"").check_problem(401)
    equal(numbers(hub, shared.alice), [number])
    for query in ("", "?", "?limit=1", "?cursor=1&limit=1000", "?limit=1&cursor=5"):
        equal((query, hub.send("GET", "/api/v1/imports" + query, shared.alice).status), (query, 200))
    equal(hub.stop(), 0)


def main():
    if len(sys.argv) != 4:
        raise SystemExit("usage: hub_room_test.py TAX-DATA-HUB APITOKEN RELEASE-LOG.SO")
    program, tool, release_log = (os.path.abspath(path) for path in sys.argv[1:])
    world = World(program, tool)
    try:
        return tap.run(Shared(world, release_log))
    finally:
        world.close()


if __name__ == "__main__":
    sys.exit(main())
