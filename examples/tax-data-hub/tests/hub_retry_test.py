#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests Idempotency-Key at the Tax Data Hub: hub_retry_test.py TAX-DATA-HUB APITOKEN FAKE-CLOCK.SO. Prints TAP."""
import os
import sys
import threading
import time

sys.dont_write_bytecode = True  # leave the source folder as it is
from hub_support import WAIT, Hub, Tap, World, chunked, equal, within

CSV = (("Content-Type", "text/csv"),)
DAY = 86400

tap = Tap()


class Shared:
    def __init__(self, world, clock):
        self.world, self.clock = world, clock
        self.hub = Hub(world)
        self.alice, self.bob = world.token("alice"), world.token("bob")


def send(hub, token, key, body=b"a,b\n1,2\n", interface="cbcr"):
    keys = [("Idempotency-Key", text) for text in ([key] if isinstance(key, str) else key)]
    return hub.send("POST", f"/api/v1/import/{interface}", token, (*CSV, *keys), body)


def imported(hub, token, key, *more):
    """Returns the members of the answer, and whether it is a repeat."""
    reply = send(hub, token, key, *more)
    equal((reply.status, reply.body if reply.status != 200 else b""), (200, b""))
    return reply.json(), reply.get("Idempotency-Replayed") == "true"


def count(hub, token):
    return len(hub.list(token)["imports"])


@tap.case
def repeated(shared):
    """answers a repeat as the first time, and imports once"""
    before = count(shared.hub, shared.alice)
    for number, key in enumerate(("a", "Z9-_", "k" * 64)):
        body = b"a,b\n%d,2\n" % number
        first, is_repeat = imported(shared.hub, shared.alice, key, body)
        equal(is_repeat, False)
        for _ in range(3):
            equal(imported(shared.hub, shared.alice, key, body), (first, True))
        another = shared.world.token("alice")
        equal(imported(shared.hub, another, key, body), (first, True))  # token_id is that of the import
        equal(count(shared.hub, shared.alice), before + number + 1)
    equal(imported(shared.hub, shared.alice, ())[1], False)
    equal(imported(shared.hub, shared.alice, ())[1], False)
    equal(count(shared.hub, shared.alice), before + 5)


@tap.case
def in_any_form(shared):
    """knows a body by its bytes, however it is sent"""
    body = b"a,b\r\n" + b"1,2\r\n" * 40000
    first, _ = imported(shared.hub, shared.alice, "form", body)
    for size in (7, 4096, len(body)):
        client = shared.hub.client()
        client.head("POST", "/api/v1/import/cbcr", [("Authorization", f"Bearer {shared.alice}"), *CSV,
                                                      ("Idempotency-Key", "form"), ("Transfer-Encoding", "chunked")])
        client.send(chunked(*[body[i:i + size] for i in range(0, len(body), size)]))
        equal(client.reply().json(), first)
        client.close()
    send(shared.hub, shared.alice, "form", body.replace(b"\r\n", b"\n")).check_problem(422)


@tap.case
def other_body(shared):
    """422 for the key of another body, whatever differs"""
    before = imported(shared.hub, shared.alice, "other")[0]["import"]
    for body in (b"a,b\n1,3\n", b"a,b\n1,2\n\n", b"a,b\n1,2", b"\xef\xbb\xbfa,b\n1,2\n"):
        problem = send(shared.hub, shared.alice, "other", body).check_problem(422)
        equal(problem["detail"], "This Idempotency-Key was used for another body.")
    equal(imported(shared.hub, shared.alice, ())[0]["import"], before + 1)


@tap.case
def scope(shared):
    """a key is that of one owner and one interface"""
    seen = [imported(shared.hub, token, "scope", b"a,b\n1,2\n", interface)
            for token in (shared.alice, shared.bob) for interface in ("cbcr", "vat", "v")]
    equal([is_repeat for _, is_repeat in seen], [False] * 6)
    equal(len({answer["import"] for answer, _ in seen}), 6)
    # No key of one owner or interface begins like that of another.
    near = shared.world.token("alicev")
    equal(imported(shared.hub, near, "scope", b"a,b\n1,2\n", "at")[1], False)
    equal(imported(shared.hub, shared.alice, "t", b"a\n1\n", "va")[1], False)


@tap.case
def bad_keys(shared):
    """422 for what is no key, before the body is sent"""
    before = count(shared.hub, shared.alice)
    for key in ("", "k" * 65, "a b", '"quoted"', "a/b", "\u00e4", ("a", "b"), ("same", "same")):
        problem = send(shared.hub, shared.alice, key).check_problem(422)
        equal((key, "Idempotency-Key" in problem["detail"]), (key, True))
    client = shared.hub.client()
    client.head("POST", "/api/v1/import/cbcr", [("Authorization", f"Bearer {shared.alice}"), *CSV, ("Idempotency-Key", "a.b"),
                                                  ("Expect", "100-continue"), ("Content-Length", "1000000")])
    client.reply().check_problem(422)
    client.close()
    equal(count(shared.hub, shared.alice), before)


@tap.case
def failed(shared):
    """the key of a request that failed can be used again"""
    for body in (b"a;b\n1;2\n", b"a,b\n1\n", b"a,b\n"):
        send(shared.hub, shared.alice, "failed", body).check_problem(422)
    send(shared.hub, "none", "failed").check_problem(401)
    first, is_repeat = imported(shared.hub, shared.alice, "failed")
    equal((is_repeat, imported(shared.hub, shared.alice, "failed")), (False, (first, True)))


@tap.case
def refused_token(shared):
    """a repeat needs a valid token, at either check"""
    token = shared.world.token("alice")
    imported(shared.hub, token, "refused")
    client = shared.hub.client()
    client.head("POST", "/api/v1/import/cbcr", [("Authorization", f"Bearer {token}"), *CSV, ("Idempotency-Key", "refused"),
                                                  ("Content-Length", "8"), ("Expect", "100-continue")])
    client.wait_for_continue()
    shared.world.revoke("alice", token)
    client.send(b"a,b\n1,2\n")
    client.reply().check_problem(401)
    client.close()
    send(shared.hub, token, "refused").check_problem(401)
    equal(imported(shared.hub, shared.alice, "refused")[1], True)


@tap.case
def at_once(shared):
    """of several requests at once with one key one imports, and all get its answer"""
    for round_ in range(4):
        before = count(shared.hub, shared.alice)
        clients = [shared.hub.client() for _ in range(8)]
        for client in clients:
            client.head("POST", "/api/v1/import/cbcr", [("Authorization", f"Bearer {shared.alice}"), *CSV,
                                                          ("Idempotency-Key", f"once-{round_}"), ("Content-Length", "8"),
                                                          ("Expect", "100-continue")])
        for client in clients:
            client.wait_for_continue()
        threads = [threading.Thread(target=client.send, args=(b"a,b\n1,2\n",)) for client in clients]
        for thread in threads:
            thread.start()
        replies = [client.reply() for client in clients]
        for thread, client in zip(threads, clients):
            thread.join()
            client.close()
        equal([reply.status for reply in replies], [200] * 8)
        equal(len({reply.json()["import"] for reply in replies}), 1)
        equal([reply.get("Idempotency-Replayed") for reply in replies].count("true"), 7)
        equal(count(shared.hub, shared.alice), before + 1)


@tap.case
def killed(shared):
    """knows the key after kill -9, also when the answer was lost"""
    hub = Hub(shared.world, data="killed")
    first, _ = imported(hub, shared.alice, "killed")
    hub.kill()
    hub = Hub(shared.world, data="killed")
    equal(imported(hub, shared.alice, "killed"), (first, True))
    client = hub.client()
    client.head("POST", "/api/v1/import/cbcr", [("Authorization", f"Bearer {shared.alice}"), *CSV, ("Idempotency-Key", "lost"),
                                                  ("Content-Length", "8")])
    client.send(b"a,b\n1,2\n")
    within(WAIT, lambda: count(hub, shared.alice) == 2)
    client.close()  # the answer is not read
    hub.kill()
    hub = Hub(shared.world, data="killed")
    equal(imported(hub, shared.alice, "lost")[1], True)
    equal((count(hub, shared.alice), hub.stop()), (2, 0))


@tap.case
def a_day(shared):
    """forgets a key after 24 hours, by any clock, and no import with it"""
    now = int(time.time())

    def hub_at(seconds):
        return Hub(shared.world, data="day", env={"LD_PRELOAD": shared.clock, "FAKE_NOW": str(now + seconds)})

    made, due = [], ((0, False), (DAY - 1, True), (DAY, False), (2 * DAY - 1, True), (0, False), (DAY - 1, True))
    for seconds, is_repeat in due:
        hub = hub_at(seconds)
        answer, was_repeat = imported(hub, shared.alice, "day")
        equal((seconds, was_repeat), (seconds, is_repeat))
        made += [answer["import"]] if not was_repeat else []
        equal(answer["import"], made[-1])
        equal(hub.stop(), 0)
    hub = hub_at(DAY)
    equal([row["import"] for row in hub.list(shared.alice)["imports"]], made)
    equal(hub.stop(), 0)


@tap.case
def old_keys(shared):
    """removes old keys when new ones come, so that they take no room"""
    now = int(time.time())
    mark = "ancient-key-of-a-client-%02d"

    def hub_at(seconds):
        return Hub(shared.world, data="old", env={"LD_PRELOAD": shared.clock, "FAKE_NOW": str(now + seconds)})

    hub = hub_at(0)
    for number in range(40):
        imported(hub, shared.alice, mark % number)
    equal(hub.stop(), 0)
    hub = hub_at(2 * DAY)
    equal(imported(hub, shared.alice, mark % 39)[1], False)  # too old, and not among the oldest 16
    for number in range(8):  # each takes up to 16 away; what LMDB has freed is then written over
        imported(hub, shared.alice, f"new-{number}")
    equal(count(hub, shared.alice), 49)
    equal(hub.stop(), 0)
    hub = hub_at(0)  # a clock that is wrong: a key that is still there would be known
    equal([imported(hub, shared.alice, mark % number)[1] for number in range(39)], [False] * 39)
    equal(hub.stop(), 0)


def main():
    if len(sys.argv) != 4:
        raise SystemExit("usage: hub_retry_test.py TAX-DATA-HUB APITOKEN FAKE-CLOCK.SO")
    program, tool, clock = (os.path.abspath(path) for path in sys.argv[1:])
    world = World(program, tool)
    try:
        return tap.run(Shared(world, clock))
    finally:
        world.close()


if __name__ == "__main__":
    sys.exit(main())
