#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What administrators of the Tax Administration see and do, and what nobody else does: admins_test.py TAX-ADMINISTRATION
APITOKEN. Prints TAP."""
import json
import os
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True  # leaves no file in the source folder
from admin_support import TOKENS, WAIT, Admin, Tap, World, equal, fails, within
from admin_test import KEYS, faults, over, problem

tap = Tap()

LIST, AUDIT = "/api/v1/admin/tokens", "/api/v1/admin/audit"
ALL, OWN = "/api/v1/admin/revoke-all", "/api/v1/audit"


class Shared:
    """A host whose administrators are root and second, and tokens of alice and bob."""

    def __init__(self, program, tool):
        self.world = World(program, tool, "--copy", "always")
        self.world.add("alice", "bob", "root", "second", "carol")
        self.admin = Admin(self.world, "--admin", "root", "--admin", "second", "--admin", "nobody")
        self.root, self.alice, self.bob = (self.admin.user(name) for name in ("root", "alice", "bob"))
        self.mine = [self.alice.made(f"alice {number}") for number in range(3)]
        self.theirs = [self.bob.made("Bob's export", expires="2098-12-31"), self.bob.made("bob never")]


def found(user, query=""):
    """The names that a search finds, and the whole answer."""
    reply = user.get(LIST + query)
    equal((query, reply.status), (query, 200))
    return [row["name"] for row in reply.json()["tokens"]], reply.json()


def all_pages(user, query):
    names, cursor = [], ""
    while cursor is not None:
        more, page = found(user, f"?{query}{cursor}")
        names += more
        cursor = page["next"] and f"&cursor={page['next']}"
    return names


def records(user, path):
    reply = user.get(path)
    equal(reply.status, 200)
    equal(list(reply.json()), ["records", "next"])
    return reply.json()["records"]


@tap.case
def only_administrators(shared):
    """403 for everybody else, with --admin or without; the session says who is one"""
    second = shared.admin.user("second")
    shared.world.add("root", data="plain")
    plain = Admin(shared.world, data="plain")
    unnamed = plain.user("root")
    equal([user.session["admin"] for user in (shared.root, second, shared.alice, unnamed)], [True, True, False, False])
    for user in (shared.alice, shared.bob, unnamed):
        owner = shared.mine[0]["owner"]
        for reply in (user.get(LIST), user.get(AUDIT), user.post(ALL, {"owner": owner}), user.get(LIST + "?limit=0"),
                      user.post(f"{LIST}/{shared.mine[0]['id']}/revoke", {"owner": owner}), user.post(ALL, {})):
            problem(reply, 403, "NOT_ADMIN")
    equal(plain.stop(), 0)
    for method, path in (("GET", LIST), ("GET", AUDIT), ("POST", ALL), ("POST", f"{LIST}/x/revoke"), ("GET", OWN)):
        problem(shared.admin.request(method, path, [("Content-Type", "application/json")], b"{}" if method == "POST" else b""),
                401, "NO_SESSION")
    headers = [("Cookie", shared.root.cookie), ("Content-Type", "application/json")]
    problem(shared.admin.request("POST", ALL, headers, json.dumps({"owner": owner}).encode()), 403, "CSRF")
    equal(sorted(shared.alice.names()), [f"alice {number}" for number in range(3)])


@tap.case
def options(shared):
    """--admin must be the name of an account"""
    given = ["--store", shared.world.store, "--keys", shared.world.keys, "--data", shared.world.path("o"), "--port", "0"]
    for wrong in ("", "a b", "-x", "a" * 65, "\u00e4"):
        fails(shared.world.program, *given, "--admin", wrong, code=2)
    fails(shared.world.program, *given, *["--admin", "x"] * 33, code=2)
    equal(os.path.exists(shared.world.path("o")), False)


@tap.case
def everybodys_tokens(shared):
    """the list has the tokens of all accounts with the account's name, in pages; never the text of one"""
    rows = found(shared.root, "?limit=1000")[1]["tokens"]
    equal(sorted((row["account"], row["name"]) for row in rows),
          sorted([("alice", f"alice {n}") for n in range(3)] + [("bob", "Bob's export"), ("bob", "bob never")]))
    equal([list(row) for row in rows], [KEYS + ["account"]] * 5)
    for limit in (1, 2, 3):
        equal(sorted(all_pages(shared.root, f"limit={limit}")), sorted(row["name"] for row in rows))


@tap.case
def search(shared):
    """by id, name, account, state, end and use"""
    root, mine, theirs = shared.root, shared.mine, shared.theirs
    used = shared.alice.copy(mine[1]["id"])
    equal(shared.world.is_good(used), True)
    equal(shared.alice.post(f"{TOKENS}/{mine[2]['id']}/revoke").status, 200)
    everything = sorted(all_pages(root, "limit=1000"))
    unused, bobs = sorted(set(everything) - {"alice 1"}), ["Bob's export", "bob never"]
    for query, due in ((f"id={mine[1]['id']}", ["alice 1"]), ("id=000000000000", []), ("name=EXPORT", ["Bob's export"]),
                       ("name=bob", bobs), ("name=%C3%A4", []), ("account=bob", bobs),
                       ("account=nobody", []), ("account=no%20name", []), ("account=root", []), ("state=revoked", ["alice 2"]),
                       ("state=revoked,valid", everything), ("expires_within=36500", ["Bob's export"]), ("expires_within=1", []),
                       ("never_used=true", unused), ("account=alice&never_used=true", ["alice 0", "alice 2"]),
                       ("unused_for=1", unused), ("account=bob&name=never&state=valid", ["bob never"]),
                       (f"id={theirs[0]['id']}&account=alice", []),
                       (f"id={theirs[0]['id']}&account=bob&limit=1", ["Bob's export"])):
        equal((query, sorted(all_pages(root, query))), (query, due))


@tap.case
def search_input(shared):
    """422 for wrong parameters, one error each"""
    for query, due in (("limit=0", [("limit", "VALUE")]), ("limit=1001", [("limit", "VALUE")]), ("state=x", [("state", "VALUE")]),
                       ("id=", [("id", "VALUE")]), ("id=" + "a" * 32, [("id", "VALUE")]), ("name=", [("name", "VALUE")]),
                       ("expires_within=0", [("expires_within", "VALUE")]), ("expires_within=-1", [("expires_within", "VALUE")]),
                       ("expires_within=99999999", [("expires_within", "VALUE")]), ("never_used=yes", [("never_used", "VALUE")]),
                       ("unused_for=x", [("unused_for", "VALUE")]), ("unused_for=36500", [("unused_for", "VALUE")]),
                       ("cursor=!", [("cursor", "APITOKEN_E_CURSOR")]), ("owner=x", [("owner", "UNKNOWN")]),
                       ("account=bob&account=alice", [("account", "TWICE")]),
                       ("limit=x&state=x", [("limit", "VALUE"), ("state", "VALUE")])):
        equal((query, faults(shared.root.get(f"{LIST}?{query}"))), (query, due))
    own = shared.alice.page("?limit=1")["next"]
    equal(faults(shared.root.get(f"{LIST}?cursor={own}")), [("cursor", "APITOKEN_E_CURSOR")])


@tap.case
def revoke_one(shared):
    """an administrator revokes a token of another account; its owner sees why and cannot bring it back"""
    token = shared.bob.made("leaked")
    text = shared.bob.copy(token["id"])
    path = f"{LIST}/{token['id']}/revoke"
    for body, due in (({}, [("owner", "MISSING")]), ({"owner": 1, "reason": 2}, [("owner", "TYPE"), ("reason", "TYPE")]),
                      ({"owner": "", "x": 1}, [("owner", "VALUE"), ("x", "UNKNOWN")]),
                      ({"owner": token["owner"], "reason": "a\nb"}, [("reason", "APITOKEN_E_REASON")])):
        equal((body, faults(shared.root.post(path, body))), (body, due))
    for owner, name in ((shared.mine[0]["owner"], token["id"]), ("nobody", token["id"]), (token["owner"], "0" * 12)):
        problem(shared.root.post(f"{LIST}/{name}/revoke", {"owner": owner}), 404, "APITOKEN_E_NOT_FOUND")
    equal(shared.world.is_good(text), True)
    reply = shared.root.post(path, {"owner": token["owner"], "reason": "found in a repository"})
    equal((reply.status, reply.json()["state"], reply.json()["reason"]), (200, "revoked", "found in a repository"))
    equal(shared.world.is_good(text), False)
    equal(shared.root.post(path, {"owner": token["owner"]}).json()["reason"], "found in a repository")
    equal(shared.bob.post(f"{TOKENS}/{token['id']}/unrevoke").status in (403, 409), True)
    equal(shared.world.is_good(text), False)


@tap.case
def revoke_all(shared):
    """an administrator revokes all tokens of an account, and no others"""
    carol = shared.admin.user("carol")
    texts = [carol.copy(carol.made(f"c{number}")["id"]) for number in range(70)]  # more than one step of the library
    kept = shared.bob.copy(shared.theirs[1]["id"])
    owner = carol.page("?limit=1")["tokens"][0]["owner"]
    reply = shared.root.post(ALL, {"owner": owner, "reason": "left"})
    equal((reply.status, reply.json()), (200, {"revoked": 70}))
    equal([shared.world.is_good(text) for text in (texts[0], texts[69], kept)], [False, False, True])
    equal({row["state"] for row in carol.page("?limit=1000")["tokens"]}, {"revoked"})
    equal(shared.root.post(ALL, {"owner": owner}).json(), {"revoked": 0})
    equal(shared.root.post(ALL, {"owner": "nobody"}).json(), {"revoked": 0})


@tap.case
def audit(shared):
    """everybody reads what was done to the own tokens; an administrator what was done to all, and by whom"""
    done = [(row["verb"], row["actor"]) for row in records(shared.root, f"{AUDIT}?limit=1000")]
    equal(("revoke", "root") in done, True)
    own = records(shared.bob, f"{OWN}?limit=1000")
    equal({row["owner"] for row in own}, {shared.theirs[0]["owner"]})
    leaked = next(row for row in own if row["verb"] == "revoke" and row["actor"] == "root")
    equal(leaked["reason"], "found in a repository")
    equal(records(shared.root, f"{AUDIT}?account=bob&limit=1000"), own)
    equal(records(shared.root, f"{AUDIT}?account=bob&id={leaked['id']}"), records(shared.bob, f"{OWN}?id={leaked['id']}"))
    equal(records(shared.root, f"{AUDIT}?id={leaked['id']}"), records(shared.bob, f"{OWN}?id={leaked['id']}"))
    equal(records(shared.alice, f"{OWN}?id={leaked['id']}"), [])
    equal(records(shared.root, f"{AUDIT}?account=nobody"), [])
    equal(faults(shared.alice.get(f"{OWN}?account=bob")), [("account", "UNKNOWN")])
    equal(faults(shared.alice.get(f"{OWN}?limit=0&id=")), [("limit", "VALUE"), ("id", "VALUE")])
    seen, cursor = [], ""
    while cursor is not None:
        page = shared.bob.get(f"{OWN}?limit=2{cursor}").json()
        seen += page["records"]
        cursor = page["next"] and f"&cursor={page['next']}"
    equal(seen, own)


@tap.case
def removed_account(shared):
    """the tokens of a removed account are still found, without a name, and its own session is over"""
    shared.world.add("frank")
    frank = shared.admin.user("frank")
    token = frank.made("frank's")
    shared.world.user("remove", "frank")
    over(frank)
    row = next(row for row in found(shared.root, f"?id={token['id']}")[1]["tokens"])
    equal((row["account"], row["owner"], row["state"]), (None, token["owner"], "revoked"))


@tap.case
def many(shared):
    """one of 3,000 tokens is found by its id; a filter with few hits goes through all pages"""
    lines = "".join(json.dumps({"owner": f"{number % 7:032x}", "name": f"batch {number}"}) + "\n" for number in range(3000))
    env = {**os.environ, "APITOKEN_STORE": shared.world.store, "APITOKEN_KEYS": shared.world.keys}
    subprocess.run([shared.world.tool, "create", "--batch"], input=lines, text=True, env=env, check=True, timeout=WAIT,
                   stdout=subprocess.DEVNULL)
    names = all_pages(shared.root, "limit=1000&name=batch%20299")
    equal(sorted(names), sorted(f"batch {number}" for number in range(3000) if str(number).startswith("299")))
    row = next(row for row in found(shared.root, "?limit=1000&name=batch%202999")[1]["tokens"])
    equal(found(shared.root, f"?id={row['id']}")[0], ["batch 2999"])
    begin = time.monotonic()
    equal(found(shared.root, "?id=000000000001")[0], [])
    print(f"# an id that is not there, among 3,000 tokens: {time.monotonic() - begin:.2f} s", flush=True)


@tap.case
def keys_again(shared):
    """after SIGHUP an administrator works with the new key, too"""
    token = shared.alice.made("before")
    shared.world.run("keys", "add", shared.world.keys)
    shared.world.run("keys", "activate", shared.world.keys, "2")
    shared.admin.process.send_signal(signal.SIGHUP)
    within(WAIT, lambda: shared.admin.log().count("loaded again, key 2 is active") == 2)
    shared.alice.made("after")
    equal(shared.root.post(f"{LIST}/{token['id']}/revoke", {"owner": token["owner"]}).json()["state"], "revoked")
    equal("after" in all_pages(shared.root, "account=alice"), True)
    equal(shared.admin.stop(), 0)
    equal([text for text in shared.world.secrets if text in shared.admin.log()], [])


def main():
    if len(sys.argv) != 3:
        raise SystemExit("usage: admins_test.py TAX-ADMINISTRATION APITOKEN")
    shared = Shared(*sys.argv[1:])
    try:
        return tap.run(shared)
    finally:
        shared.world.close()


if __name__ == "__main__":
    sys.exit(main())
