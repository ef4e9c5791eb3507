#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What is done to a token that exists: change, suspend, replace, revoke with a reason, undo, activity.
maintain_test.py TAX-ADMINISTRATION APITOKEN FAKE-LIBRARY.SO FAKE-CLOCK.SO. Prints TAP."""
import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True  # leaves no file in the source folder
from admin_support import JSON, TOKENS, WAIT, Admin, Order, Tap, World, equal, within
from admin_test import KEYS, Shared, faults, problem

HOUR = 3600
tap = Tap()


def path_of(token, tail=""):
    return f"{TOKENS}/{token['id']}{tail}"


def change(user, token, **members):
    return user.send("PATCH", path_of(token), json.dumps(members).encode())


def changed(user, token, **members):
    reply = change(user, token, **members)
    equal((reply.status, reply.body if reply.status != 200 else b""), (200, b""))
    return reply.json()


def rotate(user, token, **members):
    return user.post(path_of(token, "/rotate"), {"revision": token["revision"], "grace": HOUR, **members})


def rotated(user, token, **members):
    reply = rotate(user, token, **members)
    equal((reply.status, reply.body if reply.status != 200 else b""), (200, b""))
    return reply.json()


def shown(user, token):
    return user.get(path_of(token)).json()


def records(user, token, query=""):
    return user.get(path_of(token, "/activity") + query).json()["records"]


def check_code(world, text, *options):
    """Exit code of the tool's `check`."""
    env = {**os.environ, "APITOKEN_STORE": world.store, "APITOKEN_KEYS": world.keys}
    run = subprocess.run([world.tool, "check", *options], input=text + "\n", env=env, capture_output=True, text=True,
                         timeout=WAIT, check=False)
    return run.returncode


# ---- change ----------------------------------------------------------------------------------------------------------


@tap.case
def change_fields(shared):
    """PATCH changes the members that are given, alone; each change is one revision, and one that changes nothing is none"""
    alice = shared.alice
    token = alice.made("old name", description="old text", expires="2098-12-31")
    steps = (({"name": "new name"}, {"name": "new name"}),
             ({"description": "new text"}, {"description": "new text"}),
             ({"description": None}, {"description": None}),
             ({"description": "again", "name": "both"}, {"description": "again", "name": "both"}),
             ({"description": ""}, {"description": None}),
             ({"expires": "2097-01-31"}, {"expires_day": "2097-01-31", "expires": "2097-01-31T23:00:00Z"}),
             ({"expires": None}, {"expires_day": None, "expires": None}),
             ({"interfaces": ["cbcr", "vat-refund"]}, {"interfaces": ["cbcr", "vat-refund"]}),
             ({"networks": ["192.0.2.0/24", "2001:DB8::/32"]}, {"networks": ["192.0.2.0/24", "2001:db8::/32"]}),
             ({"interfaces": None, "networks": None}, {"interfaces": None, "networks": None}),
             ({"suspended": True}, {"suspended": True, "state": "suspended"}),
             ({"suspended": False}, {"suspended": False, "state": "valid"}))
    for given, due in steps:
        token = {**token, **due, "revision": token["revision"] + 1}
        equal(changed(alice, token, **given), token)
        equal(changed(alice, token, **given), token)
        equal(list(shown(alice, token)), KEYS)
    equal(token["created_by"], "alice")


@tap.case
def change_wrong_fields(shared):
    """every wrong field is reported at once, in their order, and then nothing changes"""
    alice = shared.alice
    token = alice.made("right", description="text")
    wrong = {"name": "", "description": "a\u200bb", "expires": "2001-01-01", "interfaces": ["a b"], "networks": ["10.0.0.1/8"],
             "suspended": 1, "revive": "yes", "revision": 0, "owner": "bob"}
    equal(faults(change(alice, token, **wrong)),
          [("name", "APITOKEN_E_NAME"), ("description", "APITOKEN_E_DESCRIPTION"), ("expires", "APITOKEN_E_EXPIRY_PAST"),
           ("interfaces", "APITOKEN_E_INTERFACES"), ("networks", "APITOKEN_E_NETWORKS"), ("suspended", "TYPE"),
           ("revive", "TYPE"), ("revision", "VALUE"), ("owner", "UNKNOWN")])
    list_code = "APITOKEN_E_INTERFACES"
    for given, code in (({"name": None}, "TYPE"), ({"name": "x" * 101}, "APITOKEN_E_NAME"), ({"description": 5}, "TYPE"),
                        ({"expires": "2098-02-30"}, "APITOKEN_E_DAY"), ({"expires": ""}, "APITOKEN_E_DAY"),
                        ({"expires": 20981231}, "TYPE"), ({"interfaces": "cbcr"}, "TYPE"), ({"interfaces": []}, list_code),
                        ({"interfaces": ["a,b"]}, "VALUE"), ({"interfaces": [1]}, "TYPE"),
                        ({"interfaces": ["x" * 65]}, list_code),
                        ({"interfaces": ["a\0b"]}, "VALUE"), ({"interfaces": ["a", "a"]}, list_code),
                        ({"interfaces": ["x" * 64 + str(i) for i in range(40)]}, "VALUE"),
                        ({"networks": [""]}, "APITOKEN_E_NETWORKS"), ({"networks": ["host.example"]}, "APITOKEN_E_NETWORKS"),
                        ({"networks": {}}, "TYPE"), ({"suspended": None}, "TYPE"), ({"revision": "1"}, "TYPE"),
                        ({"revision": 1.5}, "TYPE"), ({"revision": 2 ** 32}, "VALUE"), ({"revision": -1}, "VALUE")):
        field = next(iter(given))
        equal((given, faults(change(alice, token, **given))), (given, [(field, code)]))
    problem(change(alice, token), 422, "NOTHING")
    problem(change(alice, token, revision=token["revision"]), 422, "NOTHING")
    for body in (b"", b"[]", b'"x"', b'{"name":"a","name":"b"}'):
        problem(alice.send("PATCH", path_of(token), body, JSON if not body else ()), 400, "JSON")
    equal(shown(alice, token), token)


@tap.case
def change_of_another_revision(shared):
    """409 APITOKEN_E_REVISION if another change came first; without a revision the change is made"""
    alice = shared.alice
    token = alice.made("first")
    second = changed(alice, token, name="second", revision=token["revision"])
    problem(change(alice, token, name="third", revision=token["revision"]), 409, "APITOKEN_E_REVISION")
    problem(rotate(alice, token), 409, "APITOKEN_E_REVISION")
    equal(shown(alice, token), second)
    equal(changed(alice, token, name="third")["name"], "third")


@tap.case
def suspend_and_resume(shared):
    """a suspended token is denied at once, and good again when it is resumed"""
    alice = shared.alice
    token = alice.made("pause")
    text = alice.copy(token["id"])
    equal(shared.world.is_good(text), True)
    equal(changed(alice, token, suspended=True)["state"], "suspended")
    equal((shared.world.is_good(text), alice.names("?state=suspended")), (False, ["pause"]))
    equal(changed(alice, token, suspended=False)["state"], "valid")
    equal(shared.world.is_good(text), True)


@tap.case
def restrict(shared):
    """a token that is restricted is good at its interfaces and from its addresses alone"""
    alice = shared.alice
    token = changed(alice, alice.made("narrow"), interfaces=["cbcr"], networks=["192.0.2.0/24"])
    text = alice.copy(token["id"])

    def good(interface, peer):
        return check_code(shared.world, text, "--interface", interface, "--peer", peer) == 0

    equal([good("cbcr", "192.0.2.7"), good("vat", "192.0.2.7"), good("cbcr", "198.51.100.1")], [True, False, False])
    changed(alice, token, interfaces=None, networks=None)
    equal([good("vat", "192.0.2.7"), good("cbcr", "198.51.100.1")], [True, True])


@tap.case
def change_of_an_expired_token(shared):
    """an expired token gets a later end only with `revive`"""
    admin = shared.host("revive")
    alice = admin.user("alice")
    owner = alice.made("valid")["owner"]
    text = shared.world.brief("--owner", owner, "--name", "brief")
    token = {"id": World.id_of(text)}
    within(WAIT, lambda: shown(alice, token)["state"] == "expired")
    token = shown(alice, token)
    problem(change(alice, token, expires="2098-12-31"), 409, "APITOKEN_E_CHANGE_EXPIRED")
    problem(rotate(alice, token), 409, "APITOKEN_E_CHANGE_EXPIRED")
    equal(changed(alice, token, name="renamed")["state"], "expired")
    equal(changed(alice, token, expires="2098-12-31", revive=True)["state"], "valid")
    equal((shared.world.is_good(text), admin.stop()), (True, 0))


# ---- replace ---------------------------------------------------------------------------------------------------------


@tap.case
def replace(shared):
    """a replaced token has a new text at once; the old one is good for the grace, until it is ended"""
    alice = shared.alice
    token = alice.made("turn")
    old = alice.copy(token["id"])
    after = rotated(alice, token, grace=7 * 24 * HOUR)
    equal((list(after), after["state"], after["revision"] > token["revision"], bool(after["superseded_until"])),
          (KEYS, "valid", True, True))
    new = alice.copy(token["id"])
    equal((old == new, World.id_of(new), shared.world.is_good(old), shared.world.is_good(new)), (False, token["id"], True, True))
    within(WAIT, lambda: shown(alice, token)["last_used_old"] and shown(alice, token)["last_used"])
    ended = alice.post(path_of(token, "/end-older")).json()
    equal((ended["superseded_until"], shared.world.is_good(old), shared.world.is_good(new)), (None, False, True))
    equal(alice.post(path_of(token, "/end-older")).json(), ended)
    equal(alice.copy(token["id"]), new)


@tap.case
def replace_at_once(shared):
    """with grace 0 the old text is refused at once"""
    alice = shared.alice
    token = alice.made("leaked?")
    old = alice.copy(token["id"])
    after = rotated(alice, token, grace=0)
    equal((after["superseded_until"], shared.world.is_good(old), shared.world.is_good(alice.copy(token["id"]))),
          (None, False, True))


@tap.case
def replace_again(shared):
    """of three texts two can be good: `older` says which of the first two stays, else 409"""
    alice = shared.alice
    for older, due in (("drop", [False, True, True]), ("keep", [True, False, True])):
        token = alice.made(f"again {older}")
        texts = [alice.copy(token["id"])]
        token = rotated(alice, token)
        texts.append(alice.copy(token["id"]))
        problem(rotate(alice, token), 409, "APITOKEN_E_ROTATING")
        equal(shown(alice, token)["revision"], token["revision"])
        token = rotated(alice, token, older=older)
        texts.append(alice.copy(token["id"]))
        equal([shared.world.is_good(text) for text in texts], due)


@tap.case
def replace_wrong_fields(shared):
    """a wrong request to replace is refused, and the token stays as it is; one sent twice replaces once"""
    alice = shared.alice
    token = alice.made("steady")
    path = path_of(token, "/rotate")
    equal(faults(alice.post(path, {})), [("grace", "MISSING"), ("revision", "MISSING")])
    equal(faults(alice.post(path, {"grace": "1h", "older": 1, "revision": None, "x": 1})),
          [("grace", "TYPE"), ("older", "TYPE"), ("revision", "TYPE"), ("x", "UNKNOWN")])
    for grace in (-1, 30 * 24 * HOUR + 1, 2 ** 62):
        equal(faults(rotate(alice, token, grace=grace)), [("grace", "APITOKEN_E_GRACE")])
    equal(faults(rotate(alice, token, older="both")), [("older", "VALUE")])
    problem(alice.post(path), 400, "JSON")
    equal(shown(alice, token), token)
    after = rotated(alice, token)
    problem(rotate(alice, token), 409, "APITOKEN_E_REVISION")
    equal(shown(alice, token), after)


@tap.case
def replace_under_once(shared):
    """under the policy `once` the answer to a replace has the new text, and no later one does"""
    world = World(shared.world.program, shared.world.tool, "--copy", "once")
    try:
        world.add("alice")
        admin = Admin(world)
        alice = admin.user("alice")
        token = alice.made("once")
        old = token.pop("token")
        after = rotated(alice, token)
        new = after.pop("token")
        equal((old == new, world.is_good(old), world.is_good(new)), (False, True, True))
        equal(shown(alice, token), {**after, "last_used": shown(alice, token)["last_used"],
                                    "last_used_old": shown(alice, token)["last_used_old"]})
        equal("token" in changed(alice, token, name="changed"), False)
        equal(admin.stop(), 0)
    finally:
        world.close()


# ---- revoke and undo -------------------------------------------------------------------------------------------------


@tap.case
def revoke_with_a_reason(shared):
    """a reason is kept; a wrong one is refused and the token stays valid"""
    alice = shared.alice
    token = alice.made("ending")
    path = path_of(token, "/revoke")
    equal(faults(alice.post(path, {"reason": 1, "reason_code": 2, "x": 3})),
          [("reason", "TYPE"), ("reason_code", "TYPE"), ("x", "UNKNOWN")])
    for code in ("owner-gone", "admin", "unspecified", ""):
        equal(faults(alice.post(path, {"reason_code": code})), [("reason_code", "VALUE")])
    equal(faults(alice.post(path, {"reason": "a\nb"})), [("reason", "APITOKEN_E_REASON")])
    equal(faults(alice.post(path, {"reason": "x" * 1001})), [("reason", "APITOKEN_E_REASON")])
    equal(shown(alice, token), token)
    gone = alice.post(path, {"reason": "the system was shut down", "reason_code": "superseded"}).json()
    equal((gone["state"], gone["reason"]), ("revoked", "the system was shut down"))
    for given in ({}, {"reason": None, "reason_code": None}, {"reason": ""}):
        other = alice.made("without")
        equal(alice.post(path_of(other, "/revoke"), given).json()["reason"], None)
    problem(change(alice, token, name="late"), 409, "APITOKEN_E_CHANGE_REVOKED")
    problem(rotate(alice, gone), 409, "APITOKEN_E_CHANGE_REVOKED")
    problem(alice.post(path_of(token, "/end-older")), 409, "APITOKEN_E_CHANGE_REVOKED")


@tap.case
def undo_a_revoke(shared):
    """a revoke can be undone, unless the token leaked; then its text is refused for good"""
    alice = shared.alice
    token = alice.made("back")
    text = alice.copy(token["id"])
    alice.post(path_of(token, "/revoke"), {"reason": "by mistake"})
    equal(shared.world.is_good(text), False)
    back = alice.post(path_of(token, "/unrevoke")).json()
    equal((back["state"], back["revoked"], back["reason"], shared.world.is_good(text)), ("valid", None, None, True))
    equal(alice.post(path_of(token, "/unrevoke")).json()["state"], "valid")
    alice.post(path_of(token, "/revoke"))
    alice.post(path_of(token, "/revoke"), {"reason_code": "exposed"})  # found out later
    problem(alice.post(path_of(token, "/unrevoke")), 409, "APITOKEN_E_UNDO")
    leaked = alice.made("leaked")
    alice.post(path_of(leaked, "/revoke"), {"reason_code": "exposed"})
    problem(alice.post(path_of(leaked, "/unrevoke")), 409, "APITOKEN_E_UNDO")
    equal((shown(alice, leaked)["state"], shared.world.is_good(text)), ("revoked", False))


@tap.case
def undo_of_others(shared):
    """a revoke by an administrator, or for an owner who has left, is not the account's to undo"""
    alice = shared.alice
    for code in ("admin", "owner-gone"):
        token = alice.made("ended")
        shared.world.run("revoke", "--owner", token["owner"], "--reason-code", code, "--yes", token["id"])
        problem(alice.post(path_of(token, "/unrevoke")), 409, "APITOKEN_E_ADMIN")
        equal(shown(alice, token)["state"], "revoked")


@tap.case
def undo_too_late(shared):
    """after the time of the policy a revoke stays"""
    alice = shared.alice
    token = alice.made("late")
    shared.world.run("policy", "set", "undo=0")
    try:
        alice.post(path_of(token, "/revoke"))
        problem(alice.post(path_of(token, "/unrevoke")), 409, "APITOKEN_E_UNDO")
    finally:
        shared.world.run("policy", "set", "undo=1h")


# ---- activity --------------------------------------------------------------------------------------------------------


@tap.case
def activity(shared):
    """the activity of a token says what was done to it, in that order, and by whom; it holds no text of it"""
    alice = shared.alice
    token = alice.made("busy", description="text", expires="2098-12-31")
    changed(alice, token, name="busier", expires="2097-01-31")
    rotated(alice, changed(alice, token, suspended=True))
    changed(alice, token, suspended=False)
    alice.post(path_of(token, "/end-older"))
    alice.post(path_of(token, "/revoke"), {"reason": "done", "reason_code": "superseded"})
    alice.post(path_of(token, "/unrevoke"))
    told = records(alice, token)
    equal([record["verb"] for record in told],
          ["create", "update", "update", "rotate", "update", "update", "revoke", "unrevoke"])
    equal({(record["actor"], record["id"], record["owner"]) for record in told}, {("alice", token["id"], token["owner"])})
    equal([change for change in told[1]["changes"] if change["field"] == "name"],
          [{"field": "name", "before": "busy", "after": "busier"}])
    equal(told[6]["reason"], "done")
    page, seen = alice.get(path_of(token, "/activity") + "?limit=3").json(), []
    while True:
        equal(len(page["records"]) <= 3, True)
        seen += page["records"]
        if not page["next"]:
            break
        page = alice.get(path_of(token, "/activity") + f"?limit=3&cursor={page['next']}").json()
    equal(seen, told)


@tap.case
def activity_parameters(shared):
    """wrong parameters of the activity are reported, each once"""
    alice = shared.alice
    path = path_of(alice.made("asked"), "/activity")
    for query, due in (("limit=0", [("limit", "VALUE")]), ("limit=1001", [("limit", "VALUE")]), ("limit=x", [("limit", "VALUE")]),
                       ("limit=1&limit=1", [("limit", "TWICE")]), ("cursor=!", [("cursor", "APITOKEN_E_CURSOR")]),
                       ("cursor=", [("cursor", "APITOKEN_E_CURSOR")]), ("state=valid&x=1&limit=-1", None)):
        got = faults(alice.get(f"{path}?{query}"))
        equal((query, sorted(got)), (query, sorted(due or [("limit", "VALUE"), ("state", "UNKNOWN"), ("x", "UNKNOWN")])))


# ---- who may ---------------------------------------------------------------------------------------------------------


@tap.case
def others(shared):
    """nobody changes or sees another account's token, or tells it from one that does not exist"""
    mine = shared.alice.made("alice's")
    for method, tail, body in (("PATCH", "", b'{"name":"taken"}'), ("POST", "/revoke", b""), ("POST", "/unrevoke", b""),
                               ("POST", "/rotate", b'{"grace":0,"revision":1}'), ("POST", "/end-older", b""),
                               ("GET", "/activity", b"")):
        other = shared.bob.send(method, path_of(mine, tail), body)
        none = shared.bob.send(method, f"{TOKENS}/000000000000{tail}", body)
        problem(other, 404, "APITOKEN_E_NOT_FOUND")
        equal((tail, other.public), (tail, none.public))
        headers = [*JSON, ("Cookie", shared.alice.cookie)] if body else [("Cookie", shared.alice.cookie)]
        if method != "GET":
            problem(shared.admin.request(method, path_of(mine, tail), headers, body), 403, "CSRF")
            problem(shared.admin.request(method, path_of(mine, tail), headers + [("X-CSRF-Token", shared.bob.csrf)], body),
                    403, "CSRF")
        problem(shared.admin.request(method, path_of(mine, tail), JSON if body else (), body), 401, "NO_SESSION")
    equal(shown(shared.alice, mine), mine)


@tap.case
def allowed_methods(shared):
    """405 with Allow for a method that an address does not support"""
    token = shared.alice.made("methods")
    for tail, allow in (("", "GET, HEAD, PATCH"), ("/revoke", "POST"), ("/unrevoke", "POST"), ("/rotate", "POST"),
                        ("/end-older", "POST"), ("/activity", "GET, HEAD")):
        reply = shared.alice.send("DELETE", path_of(token, tail))
        problem(reply, 405, "METHOD")
        equal((tail, reply.get("Allow")), (tail, allow))
    problem(shared.alice.get(path_of(token, "/activity/")), 404, "NOT_FOUND")
    equal(shown(shared.alice, token), token)


@tap.case
def store_unavailable(shared):
    """503, and nothing changed, while the store cannot be used"""
    order = Order(shared.world, shared.shim, "maintain")
    admin = shared.host("maintain", env=order.env)
    alice = admin.user("alice")
    token = alice.made("kept")
    order.give("accounts")
    for reply in (change(alice, token, name="lost"), alice.post(path_of(token, "/unrevoke"))):
        equal(reply.status, 503)
    order.end()
    equal((shown(alice, token), admin.stop()), (token, 0))


def main():
    if len(sys.argv) != 5:
        raise SystemExit("usage: maintain_test.py TAX-ADMINISTRATION APITOKEN FAKE-LIBRARY.SO FAKE-CLOCK.SO")
    shared = Shared(*sys.argv[1:])
    try:
        return tap.run(shared)
    finally:
        shared.world.close()


if __name__ == "__main__":
    sys.exit(main())
