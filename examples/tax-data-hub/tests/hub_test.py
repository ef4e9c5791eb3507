#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests the Tax Data Hub over HTTP: hub_test.py TAX-DATA-HUB APITOKEN FAKE-VERDICT.SO. Prints TAP."""
import csv
import io
import json
import os
import re
import resource
import select
import shutil
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True  # leave the source folder as it is
from hub_support import (WAIT, Hub, Tap, World, check_data_refused, check_ipv6, check_start, chunked, equal, fails,
                         main_arguments, spools, within)

REPORTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "data", "reports.csv")
CSV = (("Content-Type", "text/csv"),)
MIB = 1 << 20

tap = Tap()


class Shared:
    """A hub and the tokens of two owners, for the cases that need no hub of their own."""

    def __init__(self, world, shim):
        self.world, self.shim = world, os.path.abspath(shim)
        self.hub = Hub(world)
        self.alice, self.bob = world.token("alice"), world.token("bob")
        with open(REPORTS, "rb") as reports:
            self.reports = reports.read()


def fields(body):
    return list(csv.reader(io.StringIO(body.decode("utf-8"), newline="")))


def numbers(hub, token):
    return [row["import"] for row in hub.list(token)["imports"]]


def ends(shared, *options, code):
    return fails(shared.world.hub_program, *options, code=code)


def some_csv(size):
    """Returns CSV of about this size."""
    line = b"Example AG,2025,Germany,123456789,-42.5,\"one, two\"\n"
    return b"company,year,country,profit,tax,note\n" + line * (size // len(line))


# ---- start and stop --------------------------------------------------------------------------------------------------


@tap.case
def wrong_options(shared):
    """exits with 2 for wrong or missing options"""
    given = ["--store", shared.world.store, "--keys", shared.world.verify_keys, "--data", os.path.join(shared.world.dir, "x")]
    for left_out in range(0, 6, 2):
        ends(shared, *(given[:left_out] + given[left_out + 2:]), code=2)
    for wrong in (["--port", "65536"], ["--port", "-1"], ["--max-body", "0"], ["--max-body", "1k"], ["--what"], ["more"]):
        ends(shared, *given, *wrong, code=2)
    ends(shared, *given, "--bind", "not-an-address", "--port", "0", code=2)
    ends(shared, *given, "--bind", "192.0.2.1", "--port", "0", code=1)  # an address that no machine has (RFC 5737)


@tap.case
def full_keyring(shared):
    """exits with 2 for a full keyring, and prints a command that creates a usable one"""
    world = shared.world
    keys = os.path.join(world.dir, "it's full")
    shutil.copy(world.keys, keys)
    said = ends(shared, "--store", world.store, "--keys", keys, "--data", os.path.join(world.dir, "x"), code=2)
    line = next(line.strip() for line in said.splitlines() if "apitoken keys export-verify" in line)
    path = os.path.dirname(world.tool) + os.pathsep + os.environ["PATH"]
    subprocess.run(["sh", "-c", line], check=True, env={**os.environ, "PATH": path}, capture_output=True, timeout=WAIT)
    hub = Hub(world, keys=keys + ".verify", data="exported")
    equal(hub.stop(), 0)


@tap.case
def unusable_stores(shared):
    """exits with 3 if it cannot use the store, the keyring or the data directory"""
    world = shared.world
    data = os.path.join(world.dir, "x")
    ends(shared, "--store", world.dir, "--keys", world.verify_keys, "--data", data, code=3)
    ends(shared, "--store", world.store, "--keys", os.path.join(world.dir, "none"), "--data", data, code=3)
    said = ends(shared, "--store", world.store, "--keys", world.verify_keys, "--data", os.path.join(world.dir, "data"),
                       "--port", "0", code=3)
    equal("another host has it open" in said, True)


@tap.case
def data_refused(shared):
    """refuses a --data that is a symbolic link, or that others can look into"""
    world, folder = shared.world, os.path.join(shared.world.dir, "refused")
    os.mkdir(folder)
    given = ["--store", world.store, "--keys", world.verify_keys, "--bind", "192.0.2.1", "--data"]  # cannot serve
    check_data_refused(world.hub_program, lambda path: [*given, path], folder)


@tap.case
def data_directory(shared):
    """creates --data with mode 0750 under any umask, prints one line, listens on loopback"""
    for umask in (0o077, 0o000):
        hub = Hub(shared.world, data=f"made-{umask}", before=lambda mask=umask: os.umask(mask))
        check_start(hub, shared.world.path(f"made-{umask}"))


@tap.case
def stop_finishes(shared):
    """on SIGTERM and SIGINT finishes the running request, accepts no more, and exits with 0"""
    for number in (signal.SIGTERM, signal.SIGINT):
        hub = Hub(shared.world, data="stopped")
        body = shared.reports
        idle = hub.client()
        client = hub.client()
        client.head("POST", "/api/v1/import/cbcr", [("Authorization", f"Bearer {shared.alice}"), *CSV,
                                                      ("Content-Length", str(len(body)))])
        client.send(body[:1000])
        equal(hub.list(shared.alice)["next"], None)  # now the request above has begun
        within(WAIT, lambda hub=hub: spools(hub) == 1)
        hub.process.send_signal(number)
        within(WAIT, lambda hub=hub: hub.refuses("/api/v1/imports"))
        equal(hub.process.poll(), None)
        client.send(body[1000:])
        equal(client.reply().status, 200)
        equal(hub.stop(), 0)
        idle.close()
    hub = Hub(shared.world, data="stopped")
    equal(len(hub.list(shared.alice)["imports"]), 2)
    client = hub.client()
    client.head("POST", "/api/v1/import/cbcr", [("Authorization", f"Bearer {shared.alice}"), *CSV, ("Content-Length", "9")])
    within(WAIT, lambda: spools(hub) == 1)
    hub.process.send_signal(signal.SIGTERM)
    within(WAIT, lambda: hub.refuses("/api/v1/imports"))
    begin = time.monotonic()
    equal(hub.stop(), 0)  # the second signal cuts off the request, which would otherwise end after 30 s of silence
    equal(time.monotonic() - begin < 25, True)


@tap.case
def reload_keys(shared):
    """on SIGHUP loads the keyring again: a token of a new key is accepted without a restart"""
    world = World(shared.world.hub_program, shared.world.tool)
    try:
        hub = Hub(world)
        old = world.token("alice")
        world.run("keys", "add", world.keys)
        world.run("keys", "activate", world.keys, "2")
        new = world.token("alice")
        equal(hub.send("GET", "/api/v1/imports", new).status, 503)
        for source, said in ((world.keys, "a full keyring"), (None, "APITOKEN_E_KEYS_MISSING")):
            os.remove(world.verify_keys)
            if source:
                shutil.copy(source, world.verify_keys)
            hub.process.send_signal(signal.SIGHUP)
            within(WAIT, lambda said=said: said in hub.log())
            equal(hub.send("GET", "/api/v1/imports", new).status, 503)
        world.run("keys", "export-verify", world.keys, world.verify_keys)
        hub.process.send_signal(signal.SIGHUP)
        within(WAIT, lambda: "loaded again, key 2 is active" in hub.log())
        for token in (old, new):
            equal(hub.list(token)["imports"], [])
        equal(hub.stop(), 0)
    finally:
        world.close()


@tap.case
def ipv6(shared):
    """prints an IPv6 address in brackets"""
    check_ipv6(lambda *options: Hub(shared.world, *options, data="v6"),
               lambda hub: equal(hub.list(shared.alice), {"imports": [], "next": None}))


# ---- imports ---------------------------------------------------------------------------------------------------------


@tap.case
def two_interfaces(shared):
    """accepts one token for two interfaces, and answers with the facts of the import"""
    answers = [shared.hub.imported(shared.alice, shared.reports, name) for name in ("cbcr", "a" * 31 + "-")]
    for answer, interface in zip(answers, ("cbcr", "a" * 31 + "-")):
        equal(sorted(answer), ["import", "interface", "owner", "rows", "token_id"])
        equal((answer["interface"], answer["rows"], answer["owner"]), (interface, 132, "alice"))
        equal(answer["token_id"], World.id_of(shared.alice))
    equal(answers[0]["import"] < answers[1]["import"], True)


@tap.case
def body_comes_back(shared):
    """returns the CSV unchanged"""
    odd = 'name,"a ""quoted"" one"\r\n"two\r\nlines, one field",\u00fcmlaut \U0001f600\r\n,\r\n" blank ", x \r\n'.encode()
    for body, rows in ((shared.reports, 132), (odd, 3), (b"a\n1", 1), (b"a\n\n1\n", 2), (b"a,b\r1,2\r", 1)):
        answer = shared.hub.imported(shared.alice, body)
        equal(answer["rows"], rows)
        reply = shared.hub.fetch(shared.alice, answer["import"])
        equal((reply.status, reply.get("Content-Type").split(";")[0]), (200, "text/csv"))
        equal(reply.get("Cache-Control"), "no-store")
        equal(fields(reply.body), fields(body))
        equal(reply.body, body)


@tap.case
def larger_than_a_transaction(shared):
    """returns an import of many pieces and transactions unchanged"""
    body = some_csv(3 * MIB + 12345)
    answer = shared.hub.imported(shared.alice, body)
    equal(answer["rows"], len(body.splitlines()) - 1)
    equal(shared.hub.fetch(shared.alice, answer["import"]).body == body, True)


@tap.case
def listing(shared):
    """lists the imports in order, page by page"""
    carol = shared.world.token("carol")
    made = [shared.hub.imported(carol, b"a,b\n1,2\n", f"i{n}")["import"] for n in range(5)]
    page = shared.hub.list(carol)
    equal((page["next"], [row["import"] for row in page["imports"]]), (None, made))
    row = page["imports"][0]
    equal(sorted(row), ["import", "interface", "received", "rows", "token_id"])
    equal((row["interface"], row["rows"], row["token_id"]), ("i0", 1, World.id_of(carol)))
    equal(bool(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", row["received"])), True)
    seen, query = [], "?limit=2"
    for _ in range(3):
        page = shared.hub.list(carol, query)
        seen += [row["import"] for row in page["imports"]]
        query = f"?limit=2&cursor={page['next']}"
    equal((seen, page["next"]), (made, None))
    equal(shared.hub.list(carol, f"?limit=5&cursor={made[0] - 1 or 1}")["next"], None)
    for wrong in ("?limit=0", "?limit=1001", "?limit=x", "?cursor=-1", "?cursor=", "?cursor=1x"):
        shared.hub.send("GET", "/api/v1/imports" + wrong, carol).check_problem(400)


@tap.case
def owners(shared):
    """shows no import of another owner, not even that it exists"""
    number = shared.hub.imported(shared.alice, shared.reports)["import"]
    mine = shared.hub.imported(shared.bob, b"a\n1\n")["import"]
    equal(numbers(shared.hub, shared.bob), [mine])
    equal(number in numbers(shared.hub, shared.alice), True)
    equal(mine in numbers(shared.hub, shared.alice), False)
    other = shared.hub.fetch(shared.bob, number)
    none = shared.hub.fetch(shared.bob, 10 ** 15)
    other.check_problem(404)
    equal(other.public, none.public)
    also = shared.world.token("alice")  # another token of the same owner
    equal(shared.hub.fetch(also, number).status, 200)
    neighbour = shared.world.token("alicf")  # the next key in order, of the same length
    theirs = shared.hub.imported(neighbour, b"a\n1\n")["import"]
    equal((numbers(shared.hub, neighbour), theirs in numbers(shared.hub, shared.alice)), ([theirs], False))
    longest = shared.world.token("o" * 128)
    equal(shared.hub.imported(longest, b"a\n1\n")["owner"], "o" * 128)
    equal(len(shared.hub.list(longest)["imports"]), 1)
    equal(shared.hub.list(shared.world.token("o" * 127))["imports"], [])


@tap.case
def chunked_bodies(shared):
    """imports a chunked body in chunks of any size, and drops an incomplete one"""
    body = 'x,y\r\n"\u20ac\U0001f600",2\r\n3,4\r\n'.encode()
    given = [("Authorization", f"Bearer {shared.alice}"), *CSV, ("Transfer-Encoding", "chunked")]
    for size in (1, 2, 3, 5, len(body)):
        client = shared.hub.client()
        client.head("POST", "/api/v1/import/cbcr", given)
        client.send(chunked(*[body[i:i + size] for i in range(0, len(body), size)]))
        reply = client.reply()
        equal((reply.status, json.loads(reply.body)["rows"]), (200, 2))
        equal(shared.hub.fetch(shared.alice, json.loads(reply.body)["import"]).body, body)
        client.close()
    before = numbers(shared.hub, shared.alice)
    for cut in (chunked(body)[:-5], chunked(body)[:20]):
        client = shared.hub.client()
        client.head("POST", "/api/v1/import/cbcr", given)
        client.send(cut)
        client.sock.shutdown(1)
        equal(client.reply() is None, True)
        client.close()
    client = shared.hub.client()
    client.head("POST", "/api/v1/import/cbcr", given[:2] + [("Content-Length", str(len(body) + 1))])
    client.send(body)
    client.sock.shutdown(1)
    equal(client.reply() is None, True)
    client.close()
    equal(numbers(shared.hub, shared.alice), before)


@tap.case
def keep_alive(shared):
    """serves several requests on one connection, refused bodies among them"""
    client = shared.hub.client()
    for body, kind, status in ((b"a,b\n1,2\n", "text/csv", 200), (b"a,b\n1\n", "text/csv", 422), (b"{}", "text/json", 415),
                               (b"a,b\n1,2\n", "text/csv", 200)):
        client.head("POST", "/api/v1/import/cbcr", [("Authorization", f"Bearer {shared.alice}"), ("Content-Type", kind),
                                                      ("Content-Length", str(len(body)))])
        client.send(body)
        equal(client.reply().status, status)
    client.close()


# ---- refusals --------------------------------------------------------------------------------------------------------


@tap.case
def denials(shared):
    """answers every denied token with the same bytes, and a missing token without an error code"""
    expired = shared.world.brief("--owner", "alice", "--name", "test")
    shared.world.tokens.append(expired)
    revoked = shared.world.token("alice")
    shared.world.revoke("alice", revoked)
    # A well-formed token of another store, unknown here.
    unknown = World(shared.world.hub_program, shared.world.tool)
    strange = unknown.token("alice")
    unknown.close()
    changed = strange[:-1] + ("a" if strange[-1] != "a" else "b")
    within(WAIT, lambda: shared.hub.send("GET", "/api/v1/imports", expired).status == 401)
    elsewhere = shared.world.token("alice", "--networks", "192.0.2.0/24,2001:db8::/32")
    suspended = shared.world.token("alice")
    shared.world.run("suspend", "--owner", "alice", World.id_of(suspended))
    due = {"expired": expired, "revoked": revoked, "unknown": strange, "malformed": changed, "short": "x",
           "suspended": suspended, "elsewhere": elsewhere}
    for method, path, body in (("GET", "/api/v1/imports", b""), ("GET", "/api/v1/imports/1", b""),
                               ("POST", "/api/v1/import/cbcr", shared.reports), ("POST", "/api/v1/import/cbcr", b"a\n")):
        replies = {why: shared.hub.send(method, path, token, CSV, body) for why, token in due.items()}
        for why, reply in replies.items():
            reply.check_problem(401)
            equal((why, reply.get("WWW-Authenticate")), (why, 'Bearer realm="Tax Data Hub", error="invalid_token"'))
        equal(len({reply.public for reply in replies.values()}), 1)
        for value in ((), (("Authorization", "Basic YTpi"),)):
            reply = shared.hub.send(method, path, None, (*CSV, *value), body)
            reply.check_problem(401)
            equal(reply.get("WWW-Authenticate"), 'Bearer realm="Tax Data Hub"')
    for reason, token in (("EXPIRED", expired), ("REVOKED", revoked), ("UNKNOWN", strange), ("SUSPENDED", suspended),
                          ("WRONG_NETWORK", elsewhere)):
        equal(f"token=APITOKEN_E_{reason} id={World.id_of(token)}" in shared.hub.log(), True)


REFUSALS = (("GET", "/api/v1/imports", b""), ("GET", "/api/v1/imports/1", b""), ("POST", "/api/v1/import/cbcr", b"a\n"))


@tap.case
def malformed_header(shared):
    """400 invalid_request: a header that names Bearer but has not its syntax"""
    before = numbers(shared.hub, shared.alice)
    for value in ("Bearer", "Bearer ", f"Bearer {shared.alice} x", f"Bearer {shared.alice},", f'Bearer "{shared.alice}"',
                  f"Bearer {shared.alice}, Basic YTpi", "bearer =", f"Bearer\t{shared.alice}"):
        replies = [shared.hub.send(method, path, None, (*CSV, ("Authorization", value)), body) for method, path, body in REFUSALS]
        for reply in replies:
            reply.check_problem(400)
            equal((value, reply.get("WWW-Authenticate")), (value, 'Bearer realm="Tax Data Hub", error="invalid_request"'))
        equal(len({reply.public for reply in replies}), 1)
    equal(numbers(shared.hub, shared.alice), before)
    equal("token=APITOKEN_E_HEADER id=-" in shared.hub.log(), True)


@tap.case
def interfaces(shared):
    """403 insufficient_scope: a token for other interfaces, if all else about it is good"""
    token = shared.world.token("frank", "--interfaces", "cbcr,vat")
    for name in ("cbcr", "vat"):
        shared.hub.imported(token, b"a\n1\n", name)
    reader = shared.world.token("frank", "--interfaces", "imports:read")
    equal(len(numbers(shared.hub, reader)), 2)
    both = shared.world.token("frank", "--interfaces", "cbcr,imports:read")
    number = shared.hub.imported(both, b"a\n1\n")["import"]
    equal(shared.hub.fetch(both, number).status, 200)
    refused = ((token, "POST", "/api/v1/import/other"), (token, "POST", "/api/v1/import/cbc"), (token, "GET", "/api/v1/imports"),
               (token, "POST", "/api/v1/import/imports"), (token, "GET", f"/api/v1/imports/{number}"),
               (reader, "POST", "/api/v1/import/cbcr"), (both, "POST", "/api/v1/import/vat"))
    for given, method, path in refused:
        reply = shared.hub.send(method, path, given, CSV, b"a\n" if method == "POST" else b"")
        reply.check_problem(403)
        equal((path, reply.get("WWW-Authenticate")), (path, 'Bearer realm="Tax Data Hub", error="insufficient_scope"'))
    equal(len(numbers(shared.hub, reader)), 3)
    equal(f"token=APITOKEN_E_WRONG_INTERFACE id={World.id_of(token)}" in shared.hub.log(), True)
    shared.world.revoke("frank", both)
    shared.hub.post(both, b"a\n", "vat").check_problem(401)


@tap.case
def networks(shared):
    """the address of the connection decides, never one in a header"""
    here = shared.world.token("grace", "--networks", "192.0.2.0/24,127.0.0.0/8")
    equal(shared.hub.imported(here, b"a\n1\n")["owner"], "grace")
    away = shared.world.token("grace", "--networks", "192.0.2.0/24")
    claims = tuple((name, "192.0.2.1") for name in ("X-Forwarded-For", "X-Real-IP", "Client-IP"))
    for headers in ((), (*claims, ("Forwarded", "for=192.0.2.1"))):
        shared.hub.send("GET", "/api/v1/imports", away, headers).check_problem(401)
    equal(len(numbers(shared.hub, here)), 1)
    if not os.path.exists("/proc/net/if_inet6"):
        return
    v6 = shared.world.token("grace", "--networks", "::1")
    hub = Hub(shared.world, "--bind", "::1", data="networks-v6")
    equal((numbers(hub, v6), shared.hub.send("GET", "/api/v1/imports", v6).status), ([], 401))
    hub.send("GET", "/api/v1/imports", here).check_problem(401)
    equal(hub.stop(), 0)


@tap.case
def taken_away_meanwhile(shared):
    """imports nothing if the token is suspended, or loses its interface or network, while the body arrives"""
    for change, status in ((("suspend",), 401), (("update", "--interfaces", "vat"), 403),
                           (("update", "--networks", "192.0.2.0/24"), 401)):
        token = shared.world.token("heidi", "--interfaces", "cbcr,vat")
        client = shared.hub.client()
        client.head("POST", "/api/v1/import/cbcr", [("Authorization", f"Bearer {token}"), *CSV, ("Content-Length", "4")])
        client.send(b"a\n")
        within(WAIT, lambda: spools(shared.hub) == 1)
        shared.world.run(*change, "--owner", "heidi", World.id_of(token))
        client.send(b"1\n")
        client.reply().check_problem(status)
        client.close()
    equal(numbers(shared.hub, shared.world.token("heidi")), [])


@tap.case
def denied_before_body(shared):
    """checks the token before it reads the body"""
    client = shared.hub.client()
    client.head("POST", "/api/v1/import/cbcr", [("Authorization", "Bearer none"), *CSV, ("Content-Length", str(1 << 30)),
                                                  ("Expect", "100-continue")])
    client.reply().check_problem(401)
    client.close()
    client = shared.hub.client()
    client.head("POST", "/api/v1/import/cbcr", [("Authorization", "Bearer none"), *CSV, ("Content-Length", str(1 << 30))])
    client.reply().check_problem(401)
    equal(client.reply() is None, True)
    client.close()


@tap.case
def revoked_meanwhile(shared):
    """answers 401 and imports nothing if the token is revoked while the body arrives"""
    large = some_csv(2 * MIB)
    for how, body in ((("Content-Length", str(len(shared.reports))), shared.reports),
                      (("Content-Length", str(len(large))), large),
                      (("Transfer-Encoding", "chunked"), chunked(shared.reports[:9000], shared.reports[9000:]))):
        client = shared.hub.client()
        client.head("POST", "/api/v1/import/cbcr", [("Authorization", "Bearer none"), *CSV, how])
        if body is not large:  # the large one is refused before it is sent
            client.send(body)
        due = client.reply().public
        client.close()
        token = shared.world.token("dave")
        client = shared.hub.client()
        client.head("POST", "/api/v1/import/cbcr", [("Authorization", f"Bearer {token}"), *CSV, how])
        client.send(body[:20000])
        within(WAIT, lambda: spools(shared.hub) == 1)
        shared.world.revoke("dave", token)
        client.send(body[20000:])
        reply = client.reply()
        equal(reply.public, due)
        client.close()
    equal(numbers(shared.hub, shared.world.token("dave")), [])


@tap.case
def bad_requests(shared):
    """400: two tokens, or a body of ambiguous length"""
    twice = (("Authorization", f"Bearer {shared.alice}"),) * 2
    shared.hub.send("GET", "/api/v1/imports", None, twice).check_problem(400)
    shared.hub.send("POST", "/api/v1/import/cbcr", None, (*twice, *CSV), b"a\n").check_problem(400)
    before = numbers(shared.hub, shared.alice)
    for doubt in ((("Content-Length", "2"), ("Transfer-Encoding", "chunked")), (("Content-Length", "2"), ("Content-Length", "2")),
                  (("Transfer-Encoding", "gzip, chunked"),), (("Transfer-Encoding", "identity"),)):
        client = shared.hub.client()
        client.head("POST", "/api/v1/import/cbcr", [("Authorization", f"Bearer {shared.alice}"), *CSV, *doubt])
        client.send(b"a\n")
        client.reply().check_problem(400)
        equal(client.reply() is None, True)
        client.close()
    client = shared.hub.client()
    client.head("POST", "/api/v1/import/cbcr", [("Authorization", f"Bearer {shared.alice}"), *CSV, ("Content-Length", "2x")])
    equal(client.reply().status, 400)
    client.close()
    equal(numbers(shared.hub, shared.alice), before)


@tap.case
def not_found(shared):
    """404: paths that name no resource"""
    for path in ("/", "/api/v1", "/api/v1/import", "/api/v1/import/", "/api/v1/import/Cbcr", "/api/v1/import/a_b",
                 "/api/v1/import/" + "a" * 33, "/api/v1/import/a/", "/api/v1/import/%61", "/api/v1/import/a%00b"):
        shared.hub.send("POST", path, shared.alice, CSV, b"a\n").check_problem(404)
    for path in ("/api/v1/imports/", "/api/v1/imports/0", "/api/v1/imports/01", "/api/v1/imports/1x", "/api/v1/imports/-1",
                 "/api/v1/imports/1%00x", "/api/v1/imports/99999999999999999999", "/api/v1/imports/1/"):
        shared.hub.send("GET", path, shared.alice).check_problem(404)


@tap.case
def wrong_method(shared):
    """405 with Allow: methods that the resource does not support, even unknown ones"""
    for path, allow, methods in (("/api/v1/import/cbcr", "POST", ("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "BREW")),
                                 ("/api/v1/imports", "GET, HEAD", ("POST", "PUT", "PATCH", "BREW")),
                                 ("/api/v1/imports/1", "GET, HEAD, DELETE", ("POST", "PUT", "post", "GE", "DELET"))):
        for method in methods:
            reply = shared.hub.send(method, path, shared.alice, has_body=method != "HEAD")
            equal((reply.status, reply.get("Allow"), reply.get("Cache-Control")), (405, allow, "no-store"))
            if method != "HEAD":
                reply.check_problem(405)


@tap.case
def too_large(shared):
    """413: a body over --max-body, with Content-Length and chunked; the limit itself is accepted"""
    hub = Hub(shared.world, "--max-body", "1000", data="small")
    token = shared.alice
    exact = b"a\n" + b"1\n" * 499
    equal(len(exact), 1000)
    equal(hub.imported(token, exact)["rows"], 499)
    hub.post(token, exact + b"\n").check_problem(413)
    given = [("Authorization", f"Bearer {token}"), *CSV, ("Transfer-Encoding", "chunked")]
    for body, status in ((chunked(exact), 200), (chunked(exact, b"\n"), 413), (chunked(*[b"a\n" * 500] * 500), 413)):
        client = hub.client()
        client.head("POST", "/api/v1/import/cbcr", given)
        client.send(body)
        equal(client.reply().status, status)
        client.close()
    client = hub.client()  # endless: answered as soon as it is too large
    client.head("POST", "/api/v1/import/cbcr", given)
    for _ in range(100):
        client.send(b"%x\r\n%s\r\n" % (65536, b"x" * 65536))
    client.reply().check_problem(413)
    client.close()
    client = hub.client()
    client.head("POST", "/api/v1/import/cbcr", [*given[:2], ("Content-Length", str(1 << 62))])
    client.reply().check_problem(413)
    client.close()
    equal(len(hub.list(token)["imports"]), 2)
    equal(hub.stop(), 0)


@tap.case
def media_types(shared):
    """415: anything but text/csv in UTF-8 with a header line"""
    body = b"a,b\n1,2\n"
    for value in ("application/json", "text/csvx", "text/plain", "text/csv; charset=iso-8859-1", "text/csv; header=absent",
                  "text/csv; charset", "text/csv; charset=utf-8x", "text/csv, text/plain", "text/csv;charset=\"utf-8"):
        reply = shared.hub.post(shared.alice, body, headers=(("Content-Type", value),))
        reply.check_problem(415)
    shared.hub.post(shared.alice, body, headers=()).check_problem(415)
    shared.hub.post(shared.alice, body, headers=(*CSV, *CSV)).check_problem(415)
    shared.hub.post(shared.alice, body, headers=(*CSV, ("Content-Encoding", "gzip"))).check_problem(415)
    for value in ("text/csv", "Text/CSV", "text/csv;charset=UTF-8", 'text/csv ; charset="utf-8"', "text/csv; header=present",
                  "text/csv; header=present; charset=utf-8; x=\"a;b\"", "text/csv;"):
        equal((value, shared.hub.post(shared.alice, body, headers=(("Content-Type", value),)).status), (value, 200))


@tap.case
def bad_csv(shared):
    """422: names the line with the error, and imports nothing"""
    before = numbers(shared.hub, shared.alice)
    table = (
        (b"", 1), (b"\n", 1), (b"\r\na,b\n", 1),                            # no header line
        (b"a,b\n1,2\n3\n", 3), (b"a,b\n1,2,3\n", 2), (b"a,b\n1,2\n\n3,4\n", 3),  # not as many fields as in the header line
        (b"a,b\r\n1,2\r\n3\r\n", 3), (b"a,b\r1,2\r3", 3),                   # every kind of line end
        (b'a,b\n"x\ny\nz",1\n2\n', 5), (b'a,b\n1,2\n"x\ny",1,2\n', 3),      # rows that span lines
        (b'a,b\n1,x"y"\n', 2), (b'a,b\n1,"x"y\n', 2), (b'a,b\n1, "x"\n', 2),
        (b'a,b\n1,2\n3,"x\n4,5\n', 3),                                      # not closed: the line where it begins
        (b"a,b\n1,\xff\n", 2), (b"a,b\n1,\xc0\xaf\n", 2), (b"a,b\n1,\xed\xa0\x80\n", 2), (b"a,b\n1,\xf4\x90\x80\x80\n", 2),
        (b"a,b\n1,\xe2\x82\n", 2), (b"a,b\n1,2\n3,\xe2\x82", 3),            # incomplete characters
        (b"a,b\n1,2\n3,\x00\n", 3),
        (b"a,b\n" + b"1,2\n" * 200000 + b"3\n", 200002),
        (b'a,b\n1,"' + b"x\n" * MIB + b'"\n', 2),                           # a field that is too long
    )
    for body, line in table:
        headers = CSV if body else (*CSV, ("Content-Length", "0"))
        problem = shared.hub.post(shared.alice, body, headers=headers).check_problem(422)
        equal((body[:40], problem["line"]), (body[:40], line))
        equal(f"Line {line}: " in problem["detail"], True)
    equal(numbers(shared.hub, shared.alice), before)


@tap.case
def no_answer(shared):
    """503 if the token store fails, 500 for misuse of the library, 401 for an unknown denial: all deny, at either check"""
    code_file = os.path.join(shared.world.dir, "code")
    hub = Hub(shared.world, data="faked", env={"LD_PRELOAD": shared.shim, "HUB_TEST_CODE": code_file})

    def answer(code):
        with open(code_file + ".new", "w", encoding="ascii") as file:
            file.write(str(code))
        os.rename(code_file + ".new", code_file)

    for code, status in ((-1203, 503), (-1209, 503), (-1204, 503), (-1299, 503), (-1001, 500), (-1004, 500), (-1108, 401),
                         (-1199, 401)):
        answer(code)
        hub.send("GET", "/api/v1/imports", shared.alice).check_problem(status)
        hub.post(shared.alice, b"a\n").check_problem(status)
        os.unlink(code_file)
        client = hub.client()
        client.head("POST", "/api/v1/import/cbcr", [("Authorization", f"Bearer {shared.alice}"), *CSV, ("Content-Length", "4")])
        client.send(b"a\n")
        within(WAIT, lambda: spools(hub) == 1)
        answer(code)
        client.send(b"1\n")
        client.reply().check_problem(status)
        client.close()
        os.unlink(code_file)
    equal(hub.list(shared.alice)["imports"], [])
    equal(hub.stop(), 0)


@tap.case
def store_gone(shared):
    """503 after the token store was moved away"""
    store = os.path.join(shared.world.dir, "movable")
    shutil.copytree(shared.world.store, store)
    hub = Hub(shared.world, data="moved", store=store)
    token = shared.alice
    equal(hub.list(token)["imports"], [])
    os.rename(store, store + ".away")
    within(WAIT, lambda: hub.send("GET", "/api/v1/imports", token).status == 503)
    hub.post(token, b"a\n").check_problem(503)
    hub.kill()


@tap.case
def hub_full(shared):
    """507 if the hub's database or disk is full; earlier imports stay, and the hub goes on"""
    hub = Hub(shared.world, "--map-size", str(16 * MIB), data="full")
    token = shared.alice
    body = some_csv(3 * MIB)
    made = []
    for _ in range(8):
        reply = hub.post(token, body)
        if reply.status != 200:
            break
        made.append(json.loads(reply.body)["import"])
    reply.check_problem(507)
    equal(len(made) > 1, True)
    for _ in range(20):  # each writes something before it runs out of space, and removes it again
        hub.post(token, body).check_problem(507)
    equal(numbers(hub, token), made)
    equal(hub.fetch(token, made[-1]).body == body, True)
    equal(hub.stop(), 0)
    hub = Hub(shared.world, "--map-size", str(64 * MIB), data="full")
    equal("rest of import" in hub.log(), False)
    equal(hub.imported(token, body)["import"] > made[-1], True)
    equal(hub.stop(), 0)
    limit = 12 * MIB
    hub = Hub(shared.world, data="disk", before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
    hub.post(token, some_csv(13 * MIB)).check_problem(507)  # the spool file
    hub.imported(token, body)
    hub.imported(token, body)
    hub.post(token, body).check_problem(507)  # the database
    equal(len(numbers(hub, token)), 2)
    equal(hub.stop(), 0)


# ---- crashes, load, memory -------------------------------------------------------------------------------------------


@tap.case
def restart(shared):
    """after kill -9 keeps every import that was answered, and nothing of any other"""
    hub = Hub(shared.world, data="killed")
    token = shared.alice
    made = [hub.imported(token, shared.reports)["import"] for _ in range(3)]
    client = hub.client()  # a body that is partly sent
    client.head("POST", "/api/v1/import/cbcr", [("Authorization", f"Bearer {token}"), *CSV, ("Content-Length", "99999")])
    client.send(shared.reports[:20000])
    within(WAIT, lambda: spools(hub) == 1)
    hub.kill()
    client.close()

    hub = Hub(shared.world, data="killed")
    equal(numbers(hub, token), made)
    body = some_csv(48 * MIB)  # a body that is partly in the database
    client = hub.client()
    client.head("POST", "/api/v1/import/cbcr", [("Authorization", f"Bearer {token}"), *CSV, ("Content-Length", str(len(body)))])
    client.send(body)
    data = os.path.join(shared.world.dir, "killed", "data.mdb")
    within(WAIT, lambda: os.path.getsize(data) > 4 * MIB)
    hub.kill()
    client.close()

    hub = Hub(shared.world, data="killed")
    equal(f"removing the rest of import {made[-1] + 1}" in hub.log(), True)
    equal(numbers(hub, token), made)
    hub.fetch(token, made[-1] + 1).check_problem(404)
    equal(hub.fetch(token, made[0]).body, shared.reports)
    equal(hub.imported(token, shared.reports)["import"], made[-1] + 2)  # no number is used twice
    equal([name for name in os.listdir(os.path.join(shared.world.dir, "killed")) if name not in ("data.mdb", "lock.mdb")], [])
    equal(hub.stop(), 0)
    hub = Hub(shared.world, data="killed")
    equal("removing" in hub.log(), False)
    equal(hub.stop(), 0)


@tap.case
def stalled_clients(shared):
    """a stalled client delays no other"""
    given = [("Authorization", f"Bearer {shared.alice}"), *CSV]
    stalled = []
    for _ in range(20):
        client = shared.hub.client()
        client.head("POST", "/api/v1/import/cbcr", [*given, ("Content-Length", "1000000")])
        client.send(b"a,b\n1,")
        stalled.append(client)
        client = shared.hub.client()
        client.send(b"GET /api/v1/imports HT")
        stalled.append(client)
    within(WAIT, lambda: spools(shared.hub) == 20)
    number = shared.hub.imported(shared.bob, b"a\n1\n")["import"]
    equal(shared.hub.fetch(shared.bob, number).status, 200)
    equal(spools(shared.hub), 20)  # they still stall
    slow = shared.hub.client()  # one byte at a time is slow, but valid
    slow.head("POST", "/api/v1/import/cbcr", [*given, ("Content-Length", "8")])
    for byte in b"a,b\n1,2\n":
        slow.send(bytes([byte]))
        time.sleep(0.01)
    equal(slow.reply().status, 200)
    slow.close()
    for client in stalled:
        client.close()


@tap.case
def side_by_side(shared):
    """small imports overtake a large one that is being written"""
    # On a busy machine the large one may be finished before the small one comes: then it must be larger.
    equal(any(overtakes(shared, f"beside-{size}", some_csv(size * MIB)) for size in (128, 256, 512)), True)


def overtakes(shared, name, body):
    hub = Hub(shared.world, data=name)
    large = hub.client()
    large.head("POST", "/api/v1/import/cbcr", [("Authorization", f"Bearer {shared.alice}"), *CSV,
                                                 ("Content-Length", str(len(body)))])
    large.send(body)
    data = os.path.join(shared.world.dir, name, "data.mdb")
    within(WAIT, lambda: os.path.getsize(data) > MIB)  # the body has arrived, and the hub writes it to the database
    number = hub.imported(shared.bob, b"a\n1\n")["import"]
    equal(hub.fetch(shared.bob, number).status, 200)
    is_finished = numbers(hub, shared.alice) != [] or bool(select.select([large.sock], [], [], 0)[0])
    large.sock.settimeout(WAIT)
    equal((large.reply().status, numbers(hub, shared.alice)), (200, [number - 1]))
    large.close()
    equal(hub.stop(), 0)
    return not is_finished


@tap.case
def idle_connections(shared):
    """serves others beside 100 idle connections"""
    idle = [shared.hub.client() for _ in range(100)]
    for client in idle[:50]:  # half of them had an answer before
        client.head("GET", "/api/v1/imports", [("Authorization", f"Bearer {shared.bob}")])
        equal(client.reply().status, 200)
    equal(shared.hub.imported(shared.bob, b"a\n1\n")["rows"], 1)
    for client in idle:
        client.head("GET", "/api/v1/imports", [("Authorization", f"Bearer {shared.bob}")])
        equal(client.reply().status, 200)
        client.close()


@tap.case
def memory(shared):
    """needs less than 64 MiB more resident memory for an import of 256 MiB than for one of 1 MiB"""
    # Limit how much freed memory a sanitizer keeps.
    hub = Hub(shared.world, data="large", env={"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=4"})
    token = shared.alice
    number = hub.imported(token, some_csv(MIB))["import"]
    equal(hub.fetch(token, number).status, 200)
    small = hub.memory_peak()

    header, block = some_csv(0), some_csv(MIB)[len(some_csv(0)):]
    client = hub.client()
    client.head("POST", "/api/v1/import/cbcr", [("Authorization", f"Bearer {token}"), *CSV,
                                                  ("Content-Length", str(len(header) + 256 * len(block)))])
    client.send(header)
    for _ in range(256):
        client.send(block)
    client.sock.settimeout(WAIT)
    reply = client.reply()
    equal(reply.status, 200)
    client.close()
    received = 0
    client = hub.client()
    client.head("GET", f"/api/v1/imports/{json.loads(reply.body)['import']}", [("Authorization", f"Bearer {token}"),
                                                                                 ("Connection", "close")])
    while data := client.sock.recv(MIB):
        received += len(data)
    equal(received > 256 * len(block), True)
    client.close()
    grown = hub.memory_peak() - small
    print(f"# peak of resident memory: {small} KiB with 1 MiB, {grown} KiB more with 256 MiB")
    equal(grown < 64 * 1024, True)
    equal(hub.stop(), 0)


@tap.case
def nothing_secret(shared):
    """writes no token to a log or to its database"""
    secret = shared.world.token("eve")
    for method, path in (("GET", f"/api/v1/imports?access_token={secret}"), ("GET", f"/{secret}"), (secret, "/api/v1/imports"),
                         ("GET", f"/api/v1/imports/{secret}"), ("POST", f"/api/v1/import/{secret}")):
        shared.hub.send(method, path, secret)
        shared.hub.send(method, path, None, (("Authorization", f"Basic {secret}"),))
    shared.hub.post(secret, f"a\n{'1' * 5}\n".encode(), headers=(("Content-Type", secret),))
    equal(shared.hub.stop(), 0)
    for hub in shared.world.hosts:
        log = hub.log()
        equal([token for token in shared.world.tokens if token[17:] in log], [])
        for line in log.splitlines():
            equal(bool(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z tax-data-hub: ", line)), True)
    with open(os.path.join(shared.world.dir, "data", "data.mdb"), "rb") as data:
        stored = data.read()
    equal([token for token in shared.world.tokens if token[17:].encode() in stored], [])


def main():
    hub_program, tool, shim = main_arguments()
    world = World(hub_program, tool)
    try:
        return tap.run(Shared(world, shim))
    finally:
        world.close()


if __name__ == "__main__":
    sys.exit(main())
