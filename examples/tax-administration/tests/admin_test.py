#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The Tax Administration from outside, without a browser:
admin_test.py TAX-ADMINISTRATION APITOKEN FAKE-LIBRARY.SO FAKE-CLOCK.SO. Prints TAP."""
import calendar
import json
import os
import re
import signal
import stat
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True  # leaves no file in the source folder
from admin_support import (JSON, PASSWORD, SESSION, TOKENS, WAIT, Admin, Order, Tap, World, at_once, check_ipv6, check_start,
                           chunked, environment, equal, fails, within)

WEB_FILES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "web")
KEYS = ["id", "owner", "name", "description", "created", "expires", "expires_day", "state", "revoked", "reason",
        "last_used", "interfaces", "networks", "data", "revision", "suspended", "blocked", "superseded_until",
        "last_used_old", "created_by"]
SECURITY = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
                               "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store"}
BODY_MAX = 16 * 1024

tap = Tap()


class Shared:
    """A host and two users, shared by the cases that need no host of their own."""

    def __init__(self, program, tool, shim, clock):
        self.world = World(program, tool, "--copy", "always", "--zone", "Europe/Berlin")
        self.shim, self.clock = os.path.abspath(shim), os.path.abspath(clock)
        self.world.add("alice", "bob")
        self.admin = Admin(self.world)
        self.alice, self.bob = self.admin.user("alice"), self.admin.user("bob")

    def host(self, name, *options, users=("alice",), **more):
        """Another host with its own accounts, over the same token store."""
        self.world.add(*users, data=name)
        return Admin(self.world, *options, data=name, **more)


def problem(reply, status, code):
    """Checks for a problem with this code; returns its members."""
    members = reply.check_problem(status)
    equal((members["code"], bool(members["title"]), bool(members["detail"])), (code, True, True))
    return members


def faults(reply):
    """The fields of a 422 with their codes, in its order."""
    members = problem(reply, 422, "INPUT")
    for error in members["errors"]:
        equal(sorted(error), ["code", "detail", "field"])
    return [(error["field"], error["code"]) for error in members["errors"]]


def over(user):
    problem(user.get(SESSION), 401, "NO_SESSION")


# ---- start and stop --------------------------------------------------------------------------------------------------


@tap.case
def wrong_options(shared):
    """wrong or missing options exit with 2"""
    program, world = shared.world.program, shared.world
    given = ["--store", world.store, "--keys", world.keys, "--data", world.path("x"), "--port", "0"]
    for left_out in range(0, 6, 2):
        fails(program, *(given[:left_out] + given[left_out + 2:]), code=2)
    for wrong in (["--port", "65536"], ["--port", "-1"], ["--idle", "0"], ["--lifetime", "1h"], ["--what"], ["more"],
                  ["--bind", "localhost"], ["--store", ""]):
        fails(program, *given, *wrong, code=2)
    for origin in ("", "tax.example", "https://", "https://tax.example/", "https://tax.example/page", "ftp://tax.example",
                   "https://Tax.example", "https://tax.example:443", "http://tax.example:80", "https://tax.example:0",
                   "https://tax.example:x", "https://a@tax.example", "https://[::1", "https://tax.example?x", "null"):
        fails(program, *given, "--origin", origin, code=2)
    fails(program, *given, "--bind", "192.0.2.1", code=1)  # an address that no machine has: RFC 5737
    equal(os.path.exists(world.path("x")), True)


@tap.case
def hub_url(shared):
    """--hub-url is what the page is told of the hub; without it, null; one that is no origin exits with 2"""
    world = shared.world
    given = ["--store", world.store, "--keys", world.keys, "--data", world.path("hub-url"), "--port", "0"]
    for wrong in ("", "hub.example", "https://hub.example/", "https://hub.example/api", "ftp://hub.example",
                  "https://Hub.example"):
        equal("--hub-url must be" in fails(world.program, *given, "--hub-url", wrong, code=2), True)
    equal(shared.alice.session["hub_url"], None)
    admin = shared.host("hub-url", "--hub-url", "https://hub.example:8443")
    equal((admin.user("alice").session["hub_url"], admin.stop()), ("https://hub.example:8443", 0))


@tap.case
def help_and_version(shared):
    """--help and --version print and exit with 0"""
    for option, due in (("--help", "usage: tax-administration --store DIR --keys FILE --data DIR"),
                        ("--version", "tax-administration (libapitoken ")):
        run = subprocess.run([shared.world.program, option], capture_output=True, text=True, timeout=WAIT, check=True)
        equal((run.stdout.startswith(due), run.stderr), (True, ""))


@tap.case
def unusable_stores(shared):
    """an unusable store, keyring or data directory exits with 3"""
    world = shared.world
    data = world.path("y")
    verify = world.path("keys.verify")
    world.run("keys", "export-verify", world.keys, verify)
    fails(world.program, "--store", world.dir, "--keys", world.keys, "--data", data, code=3)
    fails(world.program, "--store", world.store, "--keys", world.path("none"), "--data", data, code=3)
    said = fails(world.program, "--store", world.store, "--keys", verify, "--data", data, code=3)
    equal("can only verify" in said, True)
    said = fails(world.program, "--store", world.store, "--keys", world.keys, "--data", world.path("data"), code=3)
    equal("another host has it open" in said, True)
    fails(world.program, "--store", world.store, "--keys", world.keys, "--data", world.keys, code=3)


@tap.case
def no_zone_data(shared):
    """without the rules of the store's zone the host does not start: it exits with 3 and says what to install"""
    order = Order(shared.world, shared.shim, "no-zones")
    for zone, missing in (("Europe/Berlin", True), ("Pacific/Apia", True), ("UTC", False)):
        world = World(shared.world.program, shared.world.tool, "--zone", zone)
        try:
            order.give("no-zones")
            given = ["--store", world.store, "--keys", world.keys, "--data", world.path("z"), "--bind", "192.0.2.1"]
            run = subprocess.run([world.program, *given], env=environment(order.env), capture_output=True, text=True,
                                 timeout=WAIT, check=False)
            order.end()
            equal((run.returncode, run.stdout), (3 if missing else 1, ""))  # 1: no machine has this address
            equal(("package tzdata" in run.stderr, zone in run.stderr), (missing, missing))
            equal(os.path.exists(world.path("z")), not missing)
        finally:
            world.close()


@tap.case
def without_today(shared):
    """when nobody can tell today's date, users can still sign in, list, copy and revoke; only a creation with a day fails"""
    order = Order(shared.world, shared.shim, "no-today")
    admin = shared.host("no-today", env=order.env)
    alice = admin.user("alice")
    token = alice.made("kept", expires="2098-12-31")["id"]
    for word in ("no-today", "no-zones"):
        order.give(word)
        alice = admin.user("alice")
        equal(alice.session["today"], None)
        equal((alice.get(SESSION).status, alice.get(f"{TOKENS}/{token}").status), (200, 200))
        equal(token in [row["id"] for row in alice.page()["tokens"]], True)
        equal(shared.world.is_good(alice.copy(token)), True)
        made = alice.made("revoked")["id"]
        equal(alice.post(f"{TOKENS}/{made}/revoke").json()["state"], "revoked")
        equal(alice.create("day", expires="2098-12-31").status, 201 if word == "no-today" else 503)
        order.end()
        equal(alice.made("day", expires="2098-12-31")["expires_day"], "2098-12-31")
    equal(admin.stop(), 0)


@tap.case
def data_directory(shared):
    """--data is created with mode 0750 whatever the umask; one line on stdout; loopback by default"""
    for umask in (0o077, 0o000):
        admin = Admin(shared.world, data=f"made-{umask}", before=lambda mask=umask: os.umask(mask))
        path = shared.world.path(f"made-{umask}")
        for name in os.listdir(path):
            equal((name, stat.S_IMODE(os.stat(os.path.join(path, name)).st_mode) & 0o077), (name, 0))
        check_start(admin, path)


@tap.case
def ipv6(shared):
    """an IPv6 address is printed in brackets"""
    check_ipv6(lambda *options: Admin(shared.world, *options, data="v6"),
               lambda admin: equal(admin.request("GET", "/").status, 200))


@tap.case
def stop_finishes(shared):
    """SIGTERM and SIGINT finish the running request, accept no other, and exit with 0"""
    shared.world.add("alice", data="stopped")
    for number in (signal.SIGTERM, signal.SIGINT):
        admin = Admin(shared.world, data="stopped")
        alice = admin.user("alice")
        body = json.dumps({"name": f"under way {number}"}).encode()
        client = admin.client()
        client.head("POST", TOKENS, alice.headers(*JSON, ("Content-Length", str(len(body))), ("Expect", "100-continue")))
        client.wait_for_continue()
        client.send(body[:5])
        admin.process.send_signal(number)
        within(WAIT, lambda admin=admin: admin.refuses(SESSION))
        equal(admin.process.poll(), None)
        client.send(body[5:])
        equal(client.reply().status, 201)
        equal(admin.stop(), 0)
        client.close()


@tap.case
def reload_keys(shared):
    """SIGHUP loads the keyring again: tokens are made with the new key, and old ones can be revoked"""
    world = World(shared.world.program, shared.world.tool)
    try:
        world.add("alice")
        admin = Admin(world)
        alice = admin.user("alice")
        old = alice.made("old")
        world.run("keys", "add", world.keys)
        world.run("keys", "activate", world.keys, "2")
        world.run("create", "--owner", "alice", "--name", "elsewhere")
        equal(alice.create("new").status, 503)
        admin.process.send_signal(signal.SIGHUP)
        within(WAIT, lambda: "loaded again, key 2 is active" in admin.log())
        alice.made("new")
        equal(alice.post(f"{TOKENS}/{old['id']}/revoke").json()["state"], "revoked")
        equal(admin.stop(), 0)
    finally:
        world.close()


@tap.case
def stop_waits_for_no_delay(shared):
    """a sign-in that waits because of wrong passwords is answered with 429 when the host stops"""
    shared.world.add("alice", data="delayed")

    def answer():
        admin = Admin(shared.world, data="delayed")
        client = admin.client()
        body = json.dumps({"name": "alice", "password": PASSWORD}).encode()
        client.head("POST", SESSION, [*JSON, ("Content-Length", str(len(body))), ("Expect", "100-continue")])
        client.wait_for_continue()
        for _ in range(4):  # the fifth must wait 2 seconds
            problem(admin.sign_in("alice", "wrong password"), 401, "SIGN_IN")
        client.send(body)
        admin.process.send_signal(signal.SIGTERM)
        reply = client.reply()
        equal(admin.stop(), 0)
        return reply

    # On a very busy machine its turn may come before the signal, but not every time.
    problem(next((reply for reply in (answer() for _ in range(4)) if reply.status != 200), None), 429, "TOO_MANY")


@tap.case
def restart(shared):
    """a restart ends the sessions and keeps accounts and tokens"""
    admin = shared.host("restarted")
    alice = admin.user("alice")
    kept = alice.made("kept")
    equal(admin.stop(), 0)
    admin = Admin(shared.world, data="restarted")
    alice.admin = admin
    over(alice)
    equal(admin.user("alice").page()["tokens"], [kept])
    admin.kill()
    admin = Admin(shared.world, data="restarted")
    equal(admin.user("alice").page()["tokens"], [kept])
    equal(admin.stop(), 0)


# ---- sessions --------------------------------------------------------------------------------------------------------


@tap.case
def sign_in(shared):
    """a session gives name, csrf, today, zone, copy policy and limits; its cookie is for this host only"""
    alice = shared.admin.user("alice")
    match = re.fullmatch(r"session=([A-Za-z0-9_-]{43}); (.*)", alice.set_cookie)
    equal(sorted(match.group(2).split("; ")), ["HttpOnly", "Path=/", "SameSite=Strict"])
    session = alice.session
    equal(list(session), ["name", "csrf", "today", "zone", "copy_policy", "limits", "admin", "hub_url"])
    equal((session["name"], session["zone"], session["copy_policy"]), ("alice", "Europe/Berlin", "always"))
    equal(session["limits"], {"name": 100, "description": 1000})
    equal(bool(re.fullmatch(r"[A-Za-z0-9_-]{43}", session["csrf"])), True)
    equal(bool(re.fullmatch(r"\d{4}-\d\d-\d\d", session["today"])), True)
    reply = alice.get(SESSION)
    equal((reply.status, reply.json(), reply.get("Set-Cookie")), (200, session, None))
    again = shared.admin.user("alice")
    equal(len({alice.cookie, again.cookie, alice.csrf, again.csrf}), 4)
    equal(alice.get(SESSION).status, 200)  # both sessions exist
    replaced = shared.admin.sign_in("alice", headers=[("Cookie", again.cookie)])
    equal(replaced.status, 200)
    over(again)  # its browser got the new one


@tap.case
def https_origin(shared):
    """with an https origin the cookie is Secure and bound to the host, and only that origin is accepted"""
    admin = shared.host("https", "--origin", "https://tax.example:8443")
    alice = admin.user("alice")
    match = re.fullmatch(r"__Host-session=([A-Za-z0-9_-]{43}); (.*)", alice.set_cookie)
    equal(sorted(match.group(2).split("; ")), ["HttpOnly", "Path=/", "SameSite=Strict", "Secure"])
    equal(alice.post(TOKENS, {"name": "x"}, [("Origin", "https://tax.example:8443")]).status, 201)
    for foreign in ("http://localhost", "https://tax.example", "http://tax.example:8443", "https://tax.example:8443/", "null"):
        problem(alice.post(TOKENS, {"name": "y"}, [("Origin", foreign)]), 403, "ORIGIN")
    plain = alice.cookie.replace("__Host-", "")
    problem(admin.request("GET", SESSION, [("Cookie", plain)]), 401, "NO_SESSION")
    reply = alice.send("DELETE", SESSION)
    equal(sorted(reply.get("Set-Cookie").split("; ")),
          ["HttpOnly", "Max-Age=0", "Path=/", "SameSite=Strict", "Secure", "__Host-session="])
    equal(admin.stop(), 0)


@tap.case
def sign_in_input(shared):
    """a sign-in with missing or unknown fields is 422, field by field"""
    for value, due in (({}, [("name", "MISSING"), ("password", "MISSING")]),
                       ({"name": 1, "password": None}, [("name", "TYPE"), ("password", "TYPE")]),
                       ({"name": "alice", "password": PASSWORD, "owner": "bob"}, [("owner", "UNKNOWN")]),
                       ({"x": 1, "password": []}, [("name", "MISSING"), ("password", "TYPE"), ("x", "UNKNOWN")])):
        equal(faults(shared.admin.post(SESSION, value)), due)
        equal(shared.admin.post(SESSION, value).get("Set-Cookie"), None)


@tap.case
def wrong_password(shared):
    """an unknown name and a wrong password get the same answer, byte for byte"""
    answers = set()
    for name, password in (("alice", "not her password"), ("nobody", PASSWORD), ("no such name!", PASSWORD), ("", ""),
                           ("carol", ""), ("dave", "x" * 2000), ("erin", "\0" + PASSWORD), ("a" * 65, "x"),
                           ("alice\0", PASSWORD)):
        reply = shared.admin.sign_in_from("127.0.0.2", name, password)  # this address will wait for long
        problem(reply, 401, "SIGN_IN")
        equal((reply.get("Set-Cookie"), reply.get("WWW-Authenticate")), (None, 'Session realm="Tax Administration"'))
        answers.add(reply.public)
    equal(len(answers), 1)
    equal(shared.admin.sign_in("Alice").status, 401)  # names are case-sensitive
    equal(shared.admin.sign_in("alice").status, 200)


@tap.case
def growing_delay(shared):
    """each wrong password makes the next attempt on that name wait longer, even for an unknown name"""
    for name in ("bob", "nobody at all"):
        begin = time.monotonic()
        for due in (0, 0.25, 0.75, 1.75):  # the sum of the delays so far
            equal((name, shared.admin.sign_in_from("127.0.0.3", name, "wrong password").status), (name, 401))
            equal((name, time.monotonic() - begin >= due), (name, True))
    equal(shared.admin.sign_in_from("127.0.0.3", "bob").status, 200)


@tap.case
def too_many(shared):
    """429: of many sign-ins at once on one name, some are told to retry later, without checking the password"""
    for _ in range(3):
        equal(shared.admin.sign_in_from("127.0.0.4", "crowd", "wrong password").status, 401)
    replies = at_once(*[lambda: shared.admin.sign_in_from("127.0.0.4", "crowd", "wrong password") for _ in range(8)])
    refused = [reply for reply in replies if reply.status == 429]
    equal({reply.status for reply in replies} <= {401, 429} and len(refused) >= 1, True)
    for reply in refused:
        problem(reply, 429, "TOO_MANY")
        equal(int(reply.get("Retry-After")) >= 1, True)


@tap.case
def cookies(shared):
    """the cookie is found among others by its exact name; sent twice, it counts as missing"""
    alice = shared.alice
    value = alice.cookie.split("=")[1]
    for header in (alice.cookie, f"a=b; {alice.cookie}; c=d", f"session2=x;{alice.cookie}", f"xsession=y; {alice.cookie};",
                   f"language=de; ;{alice.cookie}", f"Session=z; {alice.cookie}"):
        equal((header, shared.admin.request("GET", SESSION, [("Cookie", header)]).status), (header, 200))
    for header in ("", "session", "session=", f"Session={value}", f"xsession={value}", f"session =x{value}", f"session={value}x",
                   f"session={value[:-1]}", f'session="{value}"', f"{alice.cookie}; {alice.cookie}", f"{alice.cookie}; session=x",
                   f"session=x; {alice.cookie}", f"a={alice.cookie}", f"__Host-session={value}"):
        problem(shared.admin.request("GET", SESSION, [("Cookie", header)]), 401, "NO_SESSION")
    problem(shared.admin.request("GET", SESSION, [("Cookie", alice.cookie)] * 2), 401, "NO_SESSION")
    equal(alice.get(SESSION).status, 200)


@tap.case
def needs_session(shared):
    """401 without a session, with a challenge that no browser knows; nothing is changed"""
    token = shared.alice.made("here")["id"]
    for method, path, body in (("GET", SESSION, None), ("DELETE", SESSION, None), ("GET", TOKENS, None),
                               ("POST", TOKENS, {"name": "x"}), ("GET", f"{TOKENS}/{token}", None),
                               ("POST", f"{TOKENS}/{token}/revoke", None), ("POST", f"{TOKENS}/{token}/copy", None)):
        for cookie in ((), (("Cookie", "session=" + "A" * 43),)):
            data = json.dumps(body).encode() if body else b""
            reply = shared.admin.request(method, path, [*JSON, *cookie, ("X-CSRF-Token", shared.alice.csrf)], data)
            problem(reply, 401, "NO_SESSION")
            equal(reply.get("WWW-Authenticate"), 'Session realm="Tax Administration"')
    equal(shared.alice.get(f"{TOKENS}/{token}").json()["state"], "valid")


@tap.case
def idle_end(shared):
    """a session ends after --idle without a request; a request keeps it alive"""
    admin = shared.host("idle", "--idle", "4")
    other, last = admin.user("alice"), time.monotonic()
    alice = admin.user("alice")
    longest, begin = 0, time.monotonic()
    while time.monotonic() - begin < 6:
        status = alice.get(SESSION).status
        longest, last = max(longest, time.monotonic() - last), time.monotonic()
        if longest < 2:  # the machine is too busy to tell
            equal(status, 200)
        time.sleep(0.2)
    over(other)
    time.sleep(5)
    over(alice)
    equal(admin.stop(), 0)


@tap.case
def lifetime_end(shared):
    """a session ends after --lifetime, however much it is used"""
    begin = time.monotonic()
    admin = shared.host("lifetime", "--lifetime", "3")
    alice = admin.user("alice")
    within(WAIT, lambda: alice.get(SESSION).status == 401)
    equal(time.monotonic() - begin > 2, True)
    over(alice)
    equal(admin.stop(), 0)


@tap.case
def new_password(shared):
    """a new password ends the sessions, and the old password is refused"""
    admin = shared.host("passwd")
    alice = admin.user("alice")
    token = alice.made("kept")
    shared.world.user("passwd", "alice", data="passwd", password="another password")
    over(alice)
    problem(alice.create("late"), 401, "NO_SESSION")
    equal(admin.sign_in("alice").status, 401)
    equal(admin.user("alice", "another password").page()["tokens"], [token])
    equal(admin.stop(), 0)


@tap.case
def removed(shared):
    """a removed account has no session and no valid token, and a new account of that name sees none of them"""
    admin = shared.host("removed", users=("alice", "bob"))
    alice, bob = admin.user("alice"), admin.user("bob")
    tokens = [alice.copy(alice.made(f"t{n}")["id"]) for n in range(3)]
    bobs = bob.copy(bob.made("kept")["id"])
    equal([shared.world.is_good(token) for token in [*tokens, bobs]], [True] * 4)
    shared.world.user("remove", "alice", data="removed")
    equal([shared.world.is_good(token) for token in [*tokens, bobs]], [False] * 3 + [True])
    over(alice)
    problem(admin.sign_in("alice"), 401, "SIGN_IN")
    shared.world.add("alice", data="removed")
    equal(admin.user("alice").page()["tokens"], [])
    over(alice)
    equal(bob.names(), ["kept"])
    equal(admin.stop(), 0)


@tap.case
def leaving(shared):
    """an account whose removal was interrupted is signed out at once, and the removal can be repeated"""
    world = World(shared.world.program, shared.world.tool, "--copy", "always")
    try:
        world.add("alice")
        admin = Admin(world)
        alice = admin.user("alice")
        token = alice.copy(alice.made("left behind")["id"])
        os.rename(world.keys, world.keys + ".away")
        world.user("remove", "alice", code=3)
        over(alice)
        problem(admin.sign_in("alice"), 401, "SIGN_IN")
        os.rename(world.keys + ".away", world.keys)
        equal(world.is_good(token), True)
        world.user("remove", "alice")
        equal(world.is_good(token), False)
        equal(admin.stop(), 0)
    finally:
        world.close()


@tap.case
def sign_out(shared):
    """signing out ends this session and clears the cookie; the user's other session stays"""
    alice, other = shared.admin.user("alice"), shared.admin.user("alice")
    reply = alice.send("DELETE", SESSION)
    equal((reply.status, reply.body), (204, b""))
    equal(sorted(reply.get("Set-Cookie").split("; ")), ["HttpOnly", "Max-Age=0", "Path=/", "SameSite=Strict", "session="])
    over(alice)
    problem(alice.send("DELETE", SESSION), 401, "NO_SESSION")
    equal(other.get(SESSION).status, 200)


@tap.case
def csrf(shared):
    """403: a change without the session's csrf does nothing"""
    alice, other = shared.alice, shared.admin.user("alice")
    token = alice.made("csrf")["id"]
    before = alice.page()
    changes = (("POST", TOKENS, b'{"name":"forged"}'), ("POST", f"{TOKENS}/{token}/revoke", b""),
               ("POST", f"{TOKENS}/{token}/copy", b""), ("DELETE", SESSION, b""))
    for given in ([], [alice.csrf[:-1]], [alice.csrf + "x"], [""], [other.csrf], [shared.bob.csrf], [alice.csrf, alice.csrf],
                  [alice.cookie.split("=")[1]], [alice.csrf.lower()]):
        for method, path, body in changes:
            headers = [("Cookie", alice.cookie), *JSON, *[("X-CSRF-Token", value) for value in given]]
            problem(shared.admin.request(method, path, headers, body), 403, "CSRF")
    equal(alice.page(), before)
    form = [("Cookie", alice.cookie), ("Content-Type", "application/x-www-form-urlencoded")]
    problem(shared.admin.request("POST", TOKENS, form, f"csrf={alice.csrf}&name=x".encode()), 403, "CSRF")


@tap.case
def origins(shared):
    """403: any request from another origin, including a sign-in"""
    alice = shared.alice
    token = alice.made("origin")["id"]
    before = alice.page()
    own = ("Origin", "http://localhost")
    for foreign in ("http://evil.example", "null", "https://localhost", "http://localhost:80", "http://localhost/",
                    "http://localhost.evil.example", "HTTP://localhost", "", "http://"):
        given = ("Origin", foreign)
        for reply in (alice.post(TOKENS, {"name": "forged"}, [given]), alice.post(f"{TOKENS}/{token}/revoke", None, [given]),
                      alice.post(f"{TOKENS}/{token}/copy", None, [given]), alice.send("DELETE", SESSION, headers=[given]),
                      alice.send("GET", TOKENS, headers=[given]), shared.admin.sign_in("alice", headers=[given]),
                      shared.admin.request("GET", "/", [given])):
            problem(reply, 403, "ORIGIN")
            equal([name for name, _ in reply.headers if name.startswith("Access-Control") or name == "Set-Cookie"], [])
    problem(alice.post(TOKENS, {"name": "forged"}, [own, own]), 403, "ORIGIN")
    equal(alice.page(), before)
    equal(alice.post(TOKENS, {"name": "own"}, [own]).status, 201)
    equal(shared.admin.sign_in("alice", headers=[own]).status, 200)


# ---- tokens ----------------------------------------------------------------------------------------------------------


@tap.case
def life_of_a_token(shared):
    """create, list, show, copy, use, revoke; every answer has the keys of the tool's --json"""
    admin = shared.host("life")
    alice = admin.user("alice")
    reply = alice.create("CbCR", description="for the subsidiary", expires="2098-12-31")
    token = reply.json()
    equal((reply.status, reply.get("Location")), (201, f"{TOKENS}/{token['id']}"))
    equal(list(token), KEYS)
    equal((token["name"], token["description"], token["expires_day"], token["expires"], token["state"]),
          ("CbCR", "for the subsidiary", "2098-12-31", "2098-12-31T23:00:00Z", "valid"))
    equal((token["revoked"], token["reason"], bool(re.fullmatch("[0-9a-f]{32}", token["owner"]))), (None, None, True))
    forever = alice.made("forever")
    equal((forever["description"], forever["expires"], forever["expires_day"]), (None, None, None))
    equal(alice.page(), {"tokens": [token, forever], "next": None})
    equal(alice.get(f"{TOKENS}/{token['id']}").json(), token)
    told = json.loads(shared.world.run("show", "--owner", token["owner"], "--json", token["id"]))
    equal(told, token)
    text = alice.copy(token["id"])
    equal((World.id_of(text), shared.world.is_good(text), alice.copy(token["id"])), (token["id"], True, text))
    reply = alice.post(f"{TOKENS}/{token['id']}/revoke")
    gone = reply.json()
    equal((reply.status, list(gone), gone["state"], bool(gone["revoked"])), (200, KEYS, "revoked", True))
    equal(shared.world.is_good(text), False)
    again = alice.post(f"{TOKENS}/{token['id']}/revoke")
    equal((again.status, again.json()), (200, gone))
    problem(alice.post(f"{TOKENS}/{token['id']}/copy"), 409, "APITOKEN_E_COPY_REVOKED")
    equal(alice.page()["tokens"], [gone, forever])
    equal(admin.stop(), 0)


@tap.case
def expired(shared):
    """an expired token is listed as expired, and can still be copied and revoked"""
    admin = shared.host("expired")
    alice = admin.user("alice")
    owner = alice.made("valid")["owner"]
    token = shared.world.brief("--owner", owner, "--name", "brief")
    path = f"{TOKENS}/{World.id_of(token)}"
    within(WAIT, lambda: alice.get(path).json()["state"] == "expired")
    equal((alice.names("?state=expired"), alice.names("?state=valid")), (["brief"], ["valid"]))
    equal(alice.copy(World.id_of(token)), token)
    equal(alice.post(path + "/revoke").json()["state"], "revoked")
    equal((alice.names("?state=expired"), alice.names("?state=revoked,expired")), ([], ["brief"]))
    equal(admin.stop(), 0)


@tap.case
def create_input(shared):
    """422: one error for each wrong field, in the order of the fields; nothing is created"""
    before = shared.alice.page()
    past = "1999-12-31"
    table = (
        ({}, [("name", "MISSING")]), ({"name": None}, [("name", "TYPE")]), ({"name": 7}, [("name", "TYPE")]),
        ({"name": ""}, [("name", "APITOKEN_E_NAME")]), ({"name": "a" * 101}, [("name", "APITOKEN_E_NAME")]),
        ({"name": "\u00e4" * 51}, [("name", "APITOKEN_E_NAME")]), ({"name": "a\nb"}, [("name", "APITOKEN_E_NAME")]),
        ({"name": "a\0b"}, [("name", "APITOKEN_E_NAME")]), ({"name": " a"}, [("name", "APITOKEN_E_NAME")]),
        ({"name": "a\u202eb"}, [("name", "APITOKEN_E_NAME")]),
        ({"name": "x", "description": 1}, [("description", "TYPE")]),
        ({"name": "x", "description": "d" * 1001}, [("description", "APITOKEN_E_DESCRIPTION")]),
        ({"name": "x", "description": "\u200b"}, [("description", "APITOKEN_E_DESCRIPTION")]),
        ({"name": "x", "expires": ""}, [("expires", "APITOKEN_E_DAY")]),
        ({"name": "x", "expires": "2027-02-30"}, [("expires", "APITOKEN_E_DAY")]),
        ({"name": "x", "expires": "2027-2-3"}, [("expires", "APITOKEN_E_DAY")]),
        ({"name": "x", "expires": "2027-12-31\0"}, [("expires", "APITOKEN_E_DAY")]),
        ({"name": "x", "expires": "never"}, [("expires", "APITOKEN_E_DAY")]),
        ({"name": "x", "expires": 20271231}, [("expires", "TYPE")]), ({"name": "x", "expires": False}, [("expires", "TYPE")]),
        ({"name": "x", "expires": past}, [("expires", "APITOKEN_E_EXPIRY_PAST")]),
        ({"name": "x", "owner": "bob"}, [("owner", "UNKNOWN")]),
        ({"name": "x", "id": "1", "": 2}, [("id", "UNKNOWN"), ("", "UNKNOWN")]),
        ({"owner": "bob", "expires": past, "description": "\x7f", "name": ""},
         [("name", "APITOKEN_E_NAME"), ("description", "APITOKEN_E_DESCRIPTION"), ("expires", "APITOKEN_E_EXPIRY_PAST"),
          ("owner", "UNKNOWN")]),
        ({"description": [], "expires": "x"}, [("name", "MISSING"), ("description", "TYPE"), ("expires", "APITOKEN_E_DAY")]),
    )
    for value, due in table:
        equal((value, faults(shared.alice.post(TOKENS, value))), (value, due))
    for key in ("", "a b", "k" * 65, "\u00e4", "a/b", "a,b"):
        equal(faults(shared.alice.create("", key=key or " ", expires=past)),
              [("name", "APITOKEN_E_NAME"), ("expires", "APITOKEN_E_EXPIRY_PAST"), ("Idempotency-Key", "VALUE")])
    twice = [("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    equal(faults(shared.alice.post(TOKENS, {"name": "x"}, twice)), [("Idempotency-Key", "TWICE")])
    equal(shared.alice.page(), before)


@tap.case
def texts(shared):
    """names and descriptions come back as they were typed"""
    for name in ("a" * 100, "\u00e4" * 50, "\U0001f600" * 25, "<script>alert(1)</script>", "\"quoted\" 'and' \\ `so`", "a  b",
                 "&lt;", "\u05e9\u05dc\u05d5\u05dd", "null", "x"):
        token = shared.alice.made(name, description=name)
        equal((token["name"], token["description"]), (name, name))
        equal(shared.alice.get(f"{TOKENS}/{token['id']}").json(), token)
    equal(shared.alice.made("long", description="d" * 1000)["description"], "d" * 1000)
    for nothing in ({"description": None, "expires": None}, {"description": ""}):
        token = shared.alice.made("empty", **nothing)
        equal((token["description"], token["expires"]), (None, None))


@tap.case
def days(shared):
    """today is the date in the store's zone, whatever the machine's; it is the earliest expiration date"""
    for zone, day, before, after in (("Pacific/Apia", "2031-06-02", "2031-06-01", "2031-06-02T11:00:00Z"),
                                     ("America/New_York", "2031-05-31", "2031-05-30", "2031-06-01T04:00:00Z"),
                                     ("UTC", "2031-06-01", "2031-05-31", "2031-06-02T00:00:00Z")):
        world = World(shared.world.program, shared.world.tool, "--copy", "always", "--zone", zone)
        try:
            world.add("alice")
            now = calendar.timegm((2031, 6, 1, 12, 30, 0)) if zone == "Pacific/Apia" else calendar.timegm((2031, 6, 1, 1, 0, 0))
            admin = Admin(world, env={"LD_PRELOAD": shared.clock, "FAKE_NOW": str(now), "TZ": "Asia/Tokyo"})
            alice = admin.user("alice")
            equal((alice.session["today"], alice.session["zone"]), (day, zone))
            token = alice.made("today", expires=day)
            equal((token["expires"], token["expires_day"], token["state"]), (after, day, "valid"))
            equal(faults(alice.create("past", expires=before)), [("expires", "APITOKEN_E_EXPIRY_PAST")])
            equal(faults(alice.create("", expires=before)), [("name", "APITOKEN_E_NAME"), ("expires", "APITOKEN_E_EXPIRY_PAST")])
            equal(alice.made("last", expires="9999-12-31")["expires_day"], "9999-12-31")
            equal(admin.stop(), 0)
        finally:
            world.close()


@tap.case
def two_accounts(shared):
    """nobody can see, copy or revoke another account's token, or tell it from one that does not exist"""
    mine, theirs = shared.alice.made("alice's"), shared.bob.made("bob's")
    text = shared.alice.copy(mine["id"])
    equal("bob's" in shared.alice.names() or "alice's" in shared.bob.names(), False)
    equal(mine["owner"] == theirs["owner"], False)
    for method, tail in (("GET", ""), ("POST", "/revoke"), ("POST", "/copy")):
        other = shared.bob.send(method, f"{TOKENS}/{mine['id']}{tail}")
        none = shared.bob.send(method, f"{TOKENS}/000000000000{tail}")
        problem(other, 404, "APITOKEN_E_NOT_FOUND")
        equal(other.public, none.public)
        problem(shared.bob.send(method, f"{TOKENS}/short{tail}"), 404, "APITOKEN_E_NOT_FOUND")
    for header in ("X-Owner", "X-Forwarded-User", "X-Remote-User", "Authorization"):
        problem(shared.bob.send("GET", f"{TOKENS}/{mine['id']}", headers=[(header, mine["owner"])]), 404, "APITOKEN_E_NOT_FOUND")
    equal(faults(shared.bob.get(f"{TOKENS}?owner={mine['owner']}")), [("owner", "UNKNOWN")])
    equal(faults(shared.bob.create("forged", owner=mine["owner"])), [("owner", "UNKNOWN")])
    problem(shared.bob.send("POST", f"{TOKENS}/{mine['id']}/copy?owner={mine['owner']}"), 404, "APITOKEN_E_NOT_FOUND")
    mixed = [("Cookie", shared.bob.cookie), ("X-CSRF-Token", shared.alice.csrf)]
    problem(shared.admin.request("POST", f"{TOKENS}/{mine['id']}/revoke", mixed), 403, "CSRF")
    equal((shared.alice.get(f"{TOKENS}/{mine['id']}").json(), shared.world.is_good(text)), (mine, True))


@tap.case
def long_list(shared):
    """1,000 tokens: pages in the order of creation, filters; another account's cursor reveals nothing"""
    admin = shared.host("long", users=("alice", "bob"))
    alice, bob = admin.user("alice"), admin.user("bob")
    client = admin.client()
    for number in range(1000):
        body = json.dumps({"name": f"n{number}"}).encode()
        client.head("POST", TOKENS, alice.headers(*JSON, ("Content-Length", str(len(body)))))
        client.send(body)
        equal(client.reply().status, 201)
    client.close()
    names = [f"n{number}" for number in range(1000)]
    whole = alice.page("?limit=1000")
    equal(([token["name"] for token in whole["tokens"]], whole["next"]), (names, None))
    equal(len(alice.page()["tokens"]), 100)
    for token in whole["tokens"][::10]:
        equal(alice.post(f"{TOKENS}/{token['id']}/revoke").status, 200)
    revoked = names[::10]
    for query, due in (("limit=7", names), ("limit=300", names), ("limit=50&state=revoked", revoked),
                       ("state=valid&limit=999", [name for name in names if name not in revoked]), ("state=expired", []),
                       ("state=newer", []), ("state=suspended,blocked", []),
                       ("state=valid%2Crevoked&limit=1000", names), ("limit=%31%30&state=revoked,revoked", revoked)):
        seen, cursor = [], ""
        while cursor is not None:
            page = alice.page(f"?{query}{cursor}")
            seen += [token["name"] for token in page["tokens"]]
            cursor = page["next"] and f"&cursor={page['next']}"
        equal((query, seen), (query, due))
    other = alice.page("?limit=10")["next"]
    equal(bob.page(f"?cursor={other}")["tokens"], [])
    equal(admin.stop(), 0)


@tap.case
def list_input(shared):
    """422: wrong parameters of a list"""
    table = (("limit=0", [("limit", "VALUE")]), ("limit=1001", [("limit", "APITOKEN_E_LIMIT")]), ("limit=", [("limit", "VALUE")]),
             ("limit", [("limit", "VALUE")]), ("limit=1x", [("limit", "VALUE")]), ("limit=-1", [("limit", "VALUE")]),
             ("limit=99999999999999999999", [("limit", "VALUE")]), ("limit=1&limit=1", [("limit", "TWICE")]),
             ("state=", [("state", "VALUE")]), ("state=all", [("state", "VALUE")]), ("state=valid,", [("state", "VALUE")]),
             ("state=,valid", [("state", "VALUE")]), ("state=Valid", [("state", "VALUE")]),
             ("state=valid%00", [("state", "VALUE")]),
             ("state=valid%2", [("state", "VALUE")]), ("cursor=", [("cursor", "APITOKEN_E_CURSOR")]),
             ("cursor=x", [("cursor", "APITOKEN_E_CURSOR")]), ("cursor=" + "a" * 256, [("cursor", "APITOKEN_E_CURSOR")]),
             ("cursor=" + "a" * 5000, [("cursor", "VALUE")]), ("x=1", [("x", "UNKNOWN")]), ("LIMIT=1", [("LIMIT", "UNKNOWN")]),
             ("x=1&state=x&limit=0&cursor=!", [("cursor", "APITOKEN_E_CURSOR"), ("limit", "VALUE"), ("state", "VALUE"),
                                               ("x", "UNKNOWN")]),
             ("%6Cimit=1", [("%6Cimit", "UNKNOWN")]), ("\xff=1", [("?", "UNKNOWN")]))
    for query, due in table:
        equal((query, faults(shared.alice.get(f"{TOKENS}?{query}"))), (query, due))
    equal(shared.alice.get(TOKENS + "?").status, 200)


@tap.case
def policy_once(shared):
    """policy once: the 201 carries the text, that one time, and no other answer ever does"""
    world = World(shared.world.program, shared.world.tool)
    try:
        world.add("alice")
        admin = Admin(world)
        alice = admin.user("alice")
        equal((alice.session["copy_policy"], alice.session["zone"]), ("once", "UTC"))
        reply = alice.create("once", key="k")
        token = reply.json()
        equal((reply.status, list(token)), (201, KEYS + ["token"]))
        text = token.pop("token")
        equal(World.id_of(text), token["id"])
        again = alice.create("once", key="k")
        equal((again.status, again.get("Idempotency-Replayed"), again.json()), (201, "true", token))
        problem(alice.post(f"{TOKENS}/{token['id']}/copy"), 409, "APITOKEN_E_NOT_COPYABLE")
        equal(alice.page()["tokens"], [token])
        equal(alice.get(f"{TOKENS}/{token['id']}").json(), token)
        equal(world.is_good(text), True)
        alice.post(f"{TOKENS}/{token['id']}/revoke")
        problem(alice.post(f"{TOKENS}/{token['id']}/copy"), 409, "APITOKEN_E_COPY_REVOKED")
        equal(text[17:] in admin.log(), False)
        equal(admin.stop(), 0)
    finally:
        world.close()


# ---- Idempotency-Key -------------------------------------------------------------------------------------------------


@tap.case
def replays(shared):
    """a repeat with the same key gives the created token in its current state; a different request is 422"""
    alice, bob = shared.alice, shared.bob
    first = alice.create("replayed", key="key-1_A", expires="2097-01-01")
    equal((first.status, first.get("Idempotency-Replayed")), (201, None))
    count = len(alice.names())
    for same in ({"name": "replayed", "expires": "2097-01-01"}, {"expires": "2097-01-01", "description": "", "name": "replayed"},
                 {"description": None, "name": "replayed", "expires": "2097-01-01"}):
        again = alice.post(TOKENS, same, [("Idempotency-Key", "key-1_A")])
        equal((again.status, again.json(), again.get("Idempotency-Replayed"), again.get("Location")),
              (201, first.json(), "true", first.get("Location")))
    for other in ({"name": "replayed"}, {"name": "replayed", "expires": "2097-01-02"},
                  {"name": "replaye", "expires": "2097-01-01"},
                  {"name": "replayed", "description": "d", "expires": "2097-01-01"}):
        problem(alice.post(TOKENS, other, [("Idempotency-Key", "key-1_A")]), 422, "IDEMPOTENCY_REUSED")
    equal(len(alice.names()), count)
    alice.post(f"{TOKENS}/{first.json()['id']}/revoke")
    equal(alice.create("replayed", key="key-1_A", expires="2097-01-01").json()["state"], "revoked")
    theirs = bob.create("replayed", key="key-1_A", expires="2097-01-01")  # each account has its own keys
    equal((theirs.status, theirs.get("Idempotency-Replayed"), theirs.json()["id"] == first.json()["id"]), (201, None, False))
    equal(alice.create("replayed", key="k" * 64).get("Idempotency-Replayed"), None)
    equal(len(alice.names()), count + 1)


@tap.case
def failed_key(shared):
    """a request that failed frees its key"""
    equal(faults(shared.alice.create("", key="failed")), [("name", "APITOKEN_E_NAME")])
    equal(faults(shared.alice.create("x", key="failed", expires="1999-01-01")), [("expires", "APITOKEN_E_EXPIRY_PAST")])
    reply = shared.alice.create("x", key="failed")
    equal((reply.status, reply.get("Idempotency-Replayed")), (201, None))
    order = Order(shared.world, shared.shim, "failed")
    admin = shared.host("failed", env=order.env)
    alice = admin.user("alice")
    for code, status, name in ((-1036, 409, "APITOKEN_E_OWNER_BLOCKED"), (-1205, 503, "APITOKEN_E_FULL"),
                               (-1203, 503, "APITOKEN_E_BUSY"),
                               (-1206, 503, "APITOKEN_E_DISK_FULL"), (-1299, 503, "APITOKEN_E_?"),
                               (-1019, 500, "APITOKEN_E_ZONE"), (-1001, 500, "APITOKEN_E_ARGUMENT"),
                               (-1006, 500, "APITOKEN_E_OWNER")):
        order.give(f"code {code}")
        problem(alice.create("free", key="free"), status, name)
    order.end()
    equal((alice.create("free", key="free").get("Idempotency-Replayed"), alice.names()), (None, ["free"]))
    equal(admin.stop(), 0)


@tap.case
def double_click(shared):
    """the same request many times at once creates one token"""
    before = len(shared.bob.names())
    for turn in range(5):
        replies = at_once(*[lambda turn=turn: shared.bob.create("double", key=f"double-{turn}") for _ in range(8)])
        made = [reply.json() for reply in replies if reply.status == 201]
        for reply in replies:
            if reply.status != 201:
                problem(reply, 409, "IDEMPOTENCY_RUNNING")
        equal((len({token["id"] for token in made}), len(shared.bob.names())), (1, before + turn + 1))
        equal(len([reply for reply in replies if reply.status == 201 and not reply.get("Idempotency-Replayed")]), 1)


@tap.case
def running(shared):
    """409 while the first request is running; SIGTERM lets it finish"""
    order = Order(shared.world, shared.shim, "running")
    admin = shared.host("running", env=order.env)
    alice = admin.user("alice")
    order.give("wait")
    results = []
    first = threading.Thread(target=lambda: results.append(alice.create("slow", key="slow")))
    first.start()
    within(WAIT, lambda: alice.names() == ["slow"])
    problem(alice.create("slow", key="slow"), 409, "IDEMPOTENCY_RUNNING")
    admin.process.send_signal(signal.SIGTERM)
    within(WAIT, lambda: admin.refuses(SESSION))
    equal(admin.process.poll(), None)
    order.end()
    first.join(WAIT)
    equal((results[0].status, admin.stop()), (201, 0))


@tap.case
def killed(shared):
    """kill -9 during a creation: after a restart, the repeat finds the token, or creates it if there is none"""
    order = Order(shared.world, shared.shim, "killed")
    admin = shared.host("killed", env=order.env)
    for word, replayed in (("die-made", "true"), ("die-not", None)):
        alice = admin.user("alice")
        alice.made(word, expires="2096-01-01")  # tokens that look the same: created before,
        order.give(word)
        equal(alice.create(word, key=word, expires="2096-01-01"), None)
        admin.stop()
        order.end()
        admin = Admin(shared.world, data="killed", env=order.env)
        alice = admin.user("alice")
        other = alice.create(word, key=word + "-other", expires="2096-01-01").json()  # and under another key
        count = alice.names().count(word)
        reply = alice.create(word, key=word, expires="2096-01-01")
        equal((reply.status, reply.get("Idempotency-Replayed")), (201, replayed))
        equal(alice.names().count(word), count + (0 if replayed else 1))
        equal(reply.json()["id"] == other["id"], False)
        again = alice.create(word, key=word, expires="2096-01-01")
        equal((again.status, again.json(), again.get("Idempotency-Replayed")), (201, reply.json(), "true"))
    equal(admin.stop(), 0)


@tap.case
def maybe(shared):
    """503 APITOKEN_E_MAYBE: the repeat with the same key finds out whether the token exists"""
    order = Order(shared.world, shared.shim, "maybe")
    admin = shared.host("maybe", env=order.env)
    alice = admin.user("alice")
    for word, replayed in (("maybe-made", "true"), ("maybe-not", None)):
        order.give(word)
        problem(alice.create(word, key=word), 503, "APITOKEN_E_MAYBE")
        order.end()
        replies = at_once(*[lambda word=word: alice.create(word, key=word) for _ in range(4)])
        made = [reply for reply in replies if reply.status == 201]
        equal(({reply.status for reply in replies} <= {201, 409}, len({reply.json()["id"] for reply in made})), (True, 1))
        equal(len([reply for reply in made if not reply.get("Idempotency-Replayed")]), 0 if replayed else 1)
        equal(alice.names().count(word), 1)
    equal(admin.stop(), 0)


@tap.case
def old_keys(shared):
    """a key lasts 24 hours; a repeat is answered even when its expiration day has passed"""
    now = calendar.timegm((2031, 3, 1, 12, 0, 0))

    def host(at):
        return Admin(world, env={"LD_PRELOAD": shared.clock, "FAKE_NOW": str(at)})

    world = World(shared.world.program, shared.world.tool, "--copy", "always")
    try:
        world.add("alice")
        admin = host(now)
        first = admin.user("alice").create("day", key="day", expires="2031-03-01").json()
        equal(admin.stop(), 0)
        admin = host(now + 86399)
        reply = admin.user("alice").create("day", key="day", expires="2031-03-01")
        equal((reply.status, reply.json()["id"], reply.json()["state"]), (201, first["id"], "expired"))
        equal(admin.stop(), 0)
        admin = host(now + 86401)
        alice = admin.user("alice")
        equal(faults(alice.create("day", key="day", expires="2031-03-01")), [("expires", "APITOKEN_E_EXPIRY_PAST")])
        equal((alice.create("new", key="day").get("Idempotency-Replayed"), alice.names()), (None, ["day", "new"]))
        equal(admin.stop(), 0)
    finally:
        world.close()


@tap.case
def removed_meanwhile(shared):
    """an account is removed, or its password changed, while its token is being created: 401, and no valid token is left"""
    order = Order(shared.world, shared.shim, "meanwhile")
    admin = shared.host("meanwhile", users=("alice", "bob", "carol"), env=order.env)
    for name, change in (("alice", lambda: shared.world.user("remove", "alice", data="meanwhile")),
                         ("bob", lambda: shared.world.user("passwd", "bob", data="meanwhile", password="another password")),
                         ("carol", lambda: shared.world.user("remove", "carol", data="meanwhile"))):
        user = admin.user(name)
        owner = user.made("before")["owner"]
        order.give("wait")
        results = []
        key = None if name == "carol" else "meanwhile"
        thread = threading.Thread(target=lambda user=user, key=key: results.append(user.create("during", key=key)))
        thread.start()
        within(WAIT, lambda owner=owner: "during" in shared.world.run("list", "--owner", owner))
        change()
        order.end()
        thread.join(WAIT)
        problem(results[0], 401, "NO_SESSION")
        over(user)
        told = [json.loads(line) for line in shared.world.run("list", "--owner", owner, "--json").splitlines()]
        states = {token["name"]: token["state"] for token in told}
        equal(states["during"], "revoked")
    equal(admin.stop(), 0)


# ---- HTTP ------------------------------------------------------------------------------------------------------------


@tap.case
def broken_json(shared):
    """400: a body that is not a JSON object in UTF-8, or has a duplicate key"""
    before = shared.alice.page()
    for body in (b"{", b"x", b"{}x", b"[]", b'"x"', b"1", b"null", b"{'name':'x'}", b'{"name":"x",}', b'{"name":"x","name":"y"}',
                 b'{"name":"x","n\\u0061me":"y"}', b'{"name":"\xff"}', b'{"name":"\xed\xa0\x80"}', b'{"name":"\\ud800"}',
                 b'{"name":"\xc0\xaf"}', b'{"name":NaN}', b"\xef\xbb\xbf{}", b" ", b'{"a\\u0000b":1}', b'{"name":"x"}\0',
                 b'{"name":01}', b'{"name":' + b"[" * 99 + b"]" * 99 + b"}", b"[" * 5000, b'{"a":' * 3000, b'{"name":"x"',
                 b'{"name":"' + b"x" * 5000, '{"name":"x"}'.encode("utf-16")):
        problem(shared.alice.send("POST", TOKENS, body), 400, "JSON")
        problem(shared.admin.request("POST", SESSION, JSON, body), 400, "JSON")
        if body != b" ":
            problem(shared.alice.send("DELETE", SESSION, body), 400, "JSON")
    problem(shared.alice.send("POST", TOKENS, headers=[*JSON, ("Content-Length", "0")]), 400, "JSON")
    equal(shared.alice.page(), before)


@tap.case
def bodies_of_changes(shared):
    """revoke, copy and sign-out take no body or {}; anything else is 422"""
    alice = shared.admin.user("alice")
    token = alice.made("bodies")["id"]
    for path in (f"{TOKENS}/{token}/copy", f"{TOKENS}/{token}/revoke"):
        equal(faults(alice.post(path, {"owner": "bob", "x": 1})), [("owner", "UNKNOWN"), ("x", "UNKNOWN")])
        for body in (None, {}):
            equal((path, alice.post(path, body).status), (path, 200))
        for pieces in ((), (b"{", b" }")):
            client = shared.admin.client()
            client.head("POST", path, alice.headers(*JSON, ("Transfer-Encoding", "chunked")))
            client.send(chunked(*pieces))
            equal(client.reply().status, 409 if path.endswith("revoke") is False and pieces is None else 200)
            client.close()
    equal(faults(alice.send("DELETE", SESSION, b'{"name":"bob"}')), [("name", "UNKNOWN")])
    equal(alice.send("DELETE", SESSION, b"{}").status, 204)


@tap.case
def media_types(shared):
    """415: a body that is not application/json in UTF-8"""
    body = b'{"name":"typed"}'
    before = shared.alice.page()
    for value in ("text/plain", "text/json", "application/jsonx", "application/x-www-form-urlencoded", "multipart/form-data",
                  "application/json; charset=iso-8859-1", "application/json, text/plain", "application/json; charset"):
        reply = shared.admin.request("POST", TOKENS, shared.alice.headers(("Content-Type", value)), body)
        problem(reply, 415, "MEDIA_TYPE")
        equal(reply.get("Accept"), "application/json")
    for headers in ((), (*JSON, *JSON), (*JSON, ("Content-Encoding", "gzip"))):
        problem(shared.admin.request("POST", TOKENS, shared.alice.headers(*headers), body), 415, "MEDIA_TYPE")
    problem(shared.admin.request("POST", SESSION, (("Content-Type", "text/plain"),), body), 415, "MEDIA_TYPE")
    equal(shared.alice.page(), before)
    for value in ("application/json", "Application/JSON", "application/json;charset=utf-8", 'application/json ; charset="UTF-8"'):
        equal(shared.admin.request("POST", TOKENS, shared.alice.headers(("Content-Type", value)), body).status, 201)


@tap.case
def too_large(shared):
    """413: more than 16 KiB, by Content-Length and chunked; exactly 16 KiB is accepted"""
    alice = shared.alice
    before = alice.page()
    exact = b'{"name":"' + b"x" * (BODY_MAX - 11) + b'"}'
    equal(len(exact), BODY_MAX)
    equal(faults(alice.send("POST", TOKENS, exact)), [("name", "APITOKEN_E_NAME")])
    problem(alice.send("POST", TOKENS, exact + b" "), 413, "TOO_LARGE")
    problem(shared.admin.request("POST", SESSION, JSON, exact + b" "), 413, "TOO_LARGE")
    given = alice.headers(*JSON, ("Transfer-Encoding", "chunked"))
    for body, status in ((chunked(exact), 422), (chunked(exact[:9000], exact[9000:]), 422), (chunked(exact, b" "), 413),
                         (chunked(*[b"x" * 1000] * 500), 413)):
        client = shared.admin.client()
        client.head("POST", TOKENS, given)
        client.send(body)
        equal(client.reply().status, status)
        client.close()
    client = shared.admin.client()  # without an end: answered as soon as it is too large
    client.head("POST", TOKENS, given)
    for _ in range(100):
        client.send(b"%x\r\n%s\r\n" % (65536, b"x" * 65536))
    problem(client.reply(), 413, "TOO_LARGE")
    client.close()
    for headers in ((("Content-Length", str(1 << 62)),), (("Content-Length", "20000"), ("Expect", "100-continue"))):
        client = shared.admin.client()  # answered before any of it is sent
        client.head("POST", TOKENS, alice.headers(*JSON, *headers))
        problem(client.reply(), 413, "TOO_LARGE")
        client.close()
    equal(alice.page(), before)


@tap.case
def framing(shared):
    """400: a body of ambiguous length; the connection is closed"""
    before = shared.alice.page()
    for doubt in ((("Content-Length", "2"), ("Transfer-Encoding", "chunked")), (("Content-Length", "2"), ("Content-Length", "2")),
                  (("Transfer-Encoding", "gzip, chunked"),), (("Transfer-Encoding", "identity"),)):
        client = shared.admin.client()
        client.head("POST", TOKENS, shared.alice.headers(*JSON, *doubt))
        client.send(b"{}")
        client.reply().check_problem(400)
        equal(client.reply() is None, True)
        client.close()
    equal(shared.alice.page(), before)


@tap.case
def methods(shared):
    """405 with Allow for a method that an address does not support; HEAD is GET without content"""
    token = shared.alice.made("methods")["id"]
    known = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW", "post")
    for path, allow in (("/", "GET, HEAD"), ("/icon.svg", "GET, HEAD"), (SESSION, "GET, HEAD, POST, DELETE"),
                        (TOKENS, "GET, HEAD, POST"), (f"{TOKENS}/{token}", "GET, HEAD, PATCH"),
                        (f"{TOKENS}/{token}/revoke", "POST"),
                        (f"{TOKENS}/{token}/copy", "POST")):
        for method in known:
            if method not in allow.split(", "):
                reply = shared.alice.send(method, path)
                equal((method, path, reply.status, reply.get("Allow")), (method, path, 405, allow))
                equal(reply.body == b"" if method == "HEAD" else problem(reply, 405, "METHOD")["status"] == 405, True)
        if "HEAD" in allow:
            head, get = shared.alice.send("HEAD", path), shared.alice.send("GET", path)
            equal((head.status, head.body, head.get("Content-Length")), (200, b"", get.get("Content-Length")))
    equal(shared.alice.get(f"{TOKENS}/{token}").json()["state"], "valid")


@tap.case
def unknown_addresses(shared):
    """404: unknown addresses; escapes and dots lead nowhere"""
    token = shared.alice.made("addresses")["id"]
    for path in ("/api", "/api/v1", "/api/v1/", "/api/v1/session/", "/api/v1/tokens/", "/api/v2/tokens", "/api/v1/Tokens", "//",
                 f"{TOKENS}/{token}/", f"{TOKENS}/{token}/delete", f"{TOKENS}/{token}/revoke/", f"{TOKENS}/{token}%2frevoke",
                 f"{TOKENS}/%30", f"{TOKENS}/{'a' * 32}", f"{TOKENS}/../session", f"{TOKENS}//copy", f"{TOKENS}/a.b",
                 "/index.html",
                 "/api/v1/%73ession", "/%69con.svg", "/../main.c", "/web/index.html", "/icon.svg%00", "/favicon.ico", "/.",
                 "/etc/passwd", "/icon.svg/", "*"):
        for method in ("GET", "POST"):
            reply = shared.alice.send(method, path)
            equal((path, problem(reply, 404, "NOT_FOUND")["code"]), (path, "NOT_FOUND"))


@tap.case
def every_answer(shared):
    """every answer forbids frames, foreign content, sniffing and caching"""
    alice = shared.alice
    token = alice.made("headers")["id"]
    for reply in (alice.get("/"), alice.get("/icon.svg"), alice.get(SESSION), alice.get(TOKENS), alice.create("headers"),
                  alice.post(f"{TOKENS}/{token}/copy"), alice.post(f"{TOKENS}/{token}/revoke"), alice.get("/none"),
                  alice.send("PUT", TOKENS), alice.create(""), shared.admin.sign_in("alice"), shared.admin.sign_in("x y"),
                  shared.admin.request("GET", TOKENS), alice.send("POST", TOKENS, b"x"),
                  shared.admin.user("bob").send("DELETE", SESSION),
                  alice.send("POST", TOKENS, b"x" * 20000), alice.send("HEAD", "/")):
        equal({name: reply.get(name) for name in SECURITY}, SECURITY)
        names = {name.lower() for name, _ in reply.headers}
        equal(names & {"server", "x-powered-by", "access-control-allow-origin"}, set())


@tap.case
def page_files(shared):
    """the files of the web page are served unchanged, each with its type; the page loads nothing from elsewhere"""
    types = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".json": "application/json",
             ".svg": "image/svg+xml"}
    names = sorted(os.listdir(WEB_FILES))
    equal("index.html" in names, True)
    for name in names:
        with open(os.path.join(WEB_FILES, name), "rb") as file:
            due = file.read()
        reply = shared.admin.request("GET", "/" if name == "index.html" else "/" + name)
        equal((name, reply.status, reply.get("Content-Type")), (name, 200, types[os.path.splitext(name)[1]] + "; charset=utf-8"))
        equal(reply.body == due, True)
        if name.endswith((".html", ".css", ".js")):
            equal((name, re.findall(rb"https?://(?!www\.w3\.org/)[^\s\"')]+", due)), (name, []))
    page = shared.admin.request("GET", "/").body
    equal((re.findall(rb"<script(?![^>]*\ssrc=)[^>]*>", page), re.findall(rb"<style|\sstyle=|\son\w+=", page)), ([], []))


@tap.case
def languages(shared):
    """the page is German or English: by the cookie, else by Accept-Language with qualities, else English"""
    table = ((None, None, "en"), ("de", None, "de"), ("en", None, "en"), ("fr", None, "en"), ("de-AT", None, "de"),
             ("DE", None, "de"), ("den", None, "en"), ("fr, de;q=0.5", None, "de"), ("en;q=0.5, de;q=0.6", None, "de"),
             ("de;q=0.5,en;q=0.6", None, "en"), ("de, en", None, "de"), ("en, de", None, "en"),
             ("de;q=0.7, en;q=0.7", None, "de"), ("*", None, "en"), ("de;q=0, *", None, "en"),
             ("en;q=0, *;q=0.1", None, "de"), ("*, de;q=0.5", None, "en"), ("de;q=2", None, "en"),
             ("de;q=0.5555, en;q=0.1", None, "en"), ("de ; q=1.000 , en", None, "de"), ("de;q=x", None, "en"),
             (",,de,", None, "de"), ("de;q=0", None, "en"), ("de; level=1", None, "en"), ("", None, "en"),
             (";q=1", None, "en"), ("de;", None, "en"), ("en", "language=de", "de"), ("de", "language=en", "en"),
             ("de", "language=fr", "de"), ("de", "a=b; language=en", "en"), ("de", "language=", "de"),
             ("de", "Language=en", "de"), ("fr", "language=deu", "en"))
    for accept, cookie, due in table:
        headers = [("Accept-Language", accept)] if accept is not None else []
        headers += [("Cookie", cookie)] if cookie else []
        reply = shared.admin.request("GET", "/", headers)
        equal((accept, cookie, reply.get("Content-Language")), (accept, cookie, due))
        equal((reply.body.count(f'<html lang="{due}">'.encode()), reply.get("Vary")), (1, "Accept-Language, Cookie"))
    reply = shared.admin.request("GET", "/", [("Accept-Language", "fr"), ("Accept-Language", "de")])
    equal(reply.get("Content-Language"), "de")


@tap.case
def slow_clients(shared):
    """a stalled client delays no other; a request sent byte by byte is accepted"""
    stalled = []
    for _ in range(20):
        client = shared.admin.client()
        client.head("POST", TOKENS, shared.alice.headers(*JSON, ("Content-Length", "100")))
        client.send(b'{"name":"never')
        stalled.append(client)
        client = shared.admin.client()
        client.send(b"GET / HT")
        stalled.append(client)
    equal(shared.bob.create("overtakes").status, 201)
    equal(shared.admin.sign_in("bob").status, 200)
    slow = shared.admin.client()
    body = b'{"name":"slow and right"}'
    text = f"POST {TOKENS} HTTP/1.1\r\nHost: localhost\r\n".encode()
    text += "".join(f"{name}: {value}\r\n" for name, value in shared.bob.headers(*JSON, ("Content-Length", len(body)))).encode()
    for byte in text + b"\r\n" + body:
        slow.send(bytes([byte]))
        time.sleep(0.002)
    equal((slow.reply().status, "slow and right" in shared.bob.names()), (201, True))
    slow.close()
    for client in stalled:
        client.close()
    equal("never" in "".join(shared.alice.names()), False)


@tap.case
def ended_amid_body(shared):
    """nothing is done if the session ends while the body arrives"""
    alice = shared.admin.user("alice")
    body = b'{"name":"too late"}'
    client = shared.admin.client()
    client.head("POST", TOKENS, alice.headers(*JSON, ("Content-Length", str(len(body))), ("Expect", "100-continue")))
    client.wait_for_continue()
    client.send(body[:10])
    equal(alice.send("DELETE", SESSION).status, 204)
    client.send(body[10:])
    problem(client.reply(), 401, "NO_SESSION")
    client.close()
    equal("too late" in shared.alice.names(), False)


@tap.case
def idle_connections(shared):
    """200 idle connections do not keep others from being served"""
    idle = [shared.admin.client() for _ in range(200)]
    for client in idle[:100]:  # half of them after an answer
        client.head("GET", SESSION, shared.bob.headers())
        equal(client.reply().status, 200)
    equal(shared.bob.create("beside").status, 201)
    for client in idle:
        client.head("GET", SESSION, shared.bob.headers())
        equal(client.reply().status, 200)
        client.close()


@tap.case
def keep_alive(shared):
    """several requests on one connection, with refused bodies between them, and pipelined"""
    requests = ((b'{"name":"first"}', "application/json", 201), (b"x", "text/plain", 415),
                (b"x" * 20000, "application/json", 413), (b"{", "application/json", 400),
                (b'{"name":"second"}', "application/json", 201))
    for all_at_once in (False, True):
        client = shared.admin.client()
        for body, kind, status in requests:
            client.head("POST", TOKENS, shared.alice.headers(("Content-Type", kind), ("Content-Length", str(len(body)))))
            client.send(body)
            if not all_at_once:
                equal(client.reply().status, status)
        if all_at_once:
            equal([client.reply().status for _ in requests], [status for _, _, status in requests])
        client.close()


@tap.case
def too_large_header(shared):
    """431 for an oversized header; the host goes on"""
    client = shared.admin.client()
    try:
        client.head("GET", "/", [("X", "x" * 200000)])
        reply = client.reply()
        equal(reply is None or reply.status in (400, 413, 431), True)
    except (BrokenPipeError, ConnectionResetError):
        pass
    client.close()
    equal(shared.alice.get(SESSION).status, 200)


# ---- stores that fail ------------------------------------------------------------------------------------------------


@tap.case
def tokens_gone(shared):
    """503 with the library's code once the token store is moved away from under the host"""
    world = World(shared.world.program, shared.world.tool, "--copy", "always")
    try:
        world.add("alice")
        admin = Admin(world)
        alice = admin.user("alice")
        token = alice.made("moved")["id"]
        os.rename(world.store, world.store + ".away")
        within(WAIT, lambda: alice.get(TOKENS).status == 503)
        for reply in (alice.get(TOKENS), alice.get(f"{TOKENS}/{token}"), alice.create("new", key="new"), alice.create("new"),
                      alice.post(f"{TOKENS}/{token}/copy"), alice.post(f"{TOKENS}/{token}/revoke")):
            members = problem(reply, 503, "APITOKEN_E_REPLACED")
            equal(world.dir in members["detail"], False)
        equal(alice.get(SESSION).status, 200)
        os.rename(world.store + ".away", world.store)
        admin.stop()
    finally:
        world.close()


@tap.case
def accounts_fail(shared):
    """503 UNAVAILABLE while the host's own database fails; nothing is changed, and the session survives"""
    order = Order(shared.world, shared.shim, "accounts")
    admin = shared.host("accounts", env=order.env)
    alice = admin.user("alice")
    token = alice.made("kept")["id"]
    order.give("accounts")
    for reply in (alice.get(SESSION), alice.get(TOKENS), alice.create("x", key="x"), alice.post(f"{TOKENS}/{token}/revoke"),
                  admin.sign_in("alice")):
        problem(reply, 503, "UNAVAILABLE")
    order.end()
    equal((alice.names(), alice.get(f"{TOKENS}/{token}").json()["state"]), (["kept"], "valid"))
    equal(admin.stop(), 0)


# ---- at the end ------------------------------------------------------------------------------------------------------


@tap.case
def nothing_secret(shared):
    """no token, password, cookie or csrf is in any log, list or file; every log line has the right form"""
    world, admin, alice = shared.world, shared.admin, shared.alice
    secret = alice.copy(alice.made("secret")["id"])
    for method, path in (("GET", f"{TOKENS}?access_token={secret}"), ("GET", f"/{secret}"), (secret, TOKENS),
                         ("GET", f"{TOKENS}/{secret}"), ("POST", f"{TOKENS}/{secret[17:]}/copy"),
                         ("GET", f"{TOKENS}/{secret[17:29]}")):
        alice.send(method, path, headers=[("Authorization", f"Bearer {secret}"), ("Idempotency-Key", secret)])
    alice.create(secret, key="named-" + secret[17:40], description="x\r\n2099-01-01T00:00:00.000Z forged: line")
    admin.sign_in(secret, secret)
    listed = json.dumps([alice.page("?limit=1000"), alice.get(SESSION).json()]).replace(alice.csrf, "")
    equal([text for text in world.secrets if text in listed and text not in (secret[17:],)], [])
    equal(listed.count(secret), 0)  # as a name it was refused or not created
    equal(admin.stop(), 0)
    form = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z tax-administration: .*")
    for host in world.hosts:
        log = host.log()
        equal([text for text in world.secrets if text in log], [])
        equal([line for line in log.splitlines() if not form.fullmatch(line)], [])
    for folder, _, files in os.walk(world.dir):
        for name in files:
            with open(os.path.join(folder, name), "rb") as file:
                stored = file.read()
            equal([(name, text) for text in world.secrets if text.encode() in stored], [])


@tap.case
def log_lines(shared):
    """the log has one line per request: client, method, route, status, account, token, code; no login name"""
    log = "".join(host.log() for host in shared.world.hosts)
    requests = [line.split(": ", 1)[1] for line in log.splitlines() if " account=" in line and " code=" in line]
    form = re.compile(r"(127\.0\.0\.\d+|::1) [A-Z?]+ \S+ \d+ account=([0-9a-f]{32}|-) "
                      r"id=([0-9A-Za-z]{12}|-) code=[A-Z_?-]+( \((cut off|reset)\))?")
    equal((len(requests) > 1000, [line for line in requests if not form.fullmatch(line)]), (True, []))
    # The id of a token is random, and may spell anything.
    equal([line for line in requests if re.search("alice|bob", re.sub(r" id=\S+", "", line))], [])


@tap.case
def no_report(shared):
    """no sanitizer reported anything, and every host exited as expected"""
    for host in shared.world.hosts:
        if host.process.poll() is None:
            host.stop()
        log = host.log()
        equal([word for word in ("Sanitizer", "runtime error", "assertion") if word in log], [])
        equal((host.process.returncode in (0, -signal.SIGKILL), host.process.returncode), (True, host.process.returncode))


def main():
    if len(sys.argv) != 5:
        raise SystemExit("usage: admin_test.py TAX-ADMINISTRATION APITOKEN FAKE-LIBRARY.SO FAKE-CLOCK.SO")
    shared = Shared(*sys.argv[1:])
    try:
        return tap.run(shared)
    finally:
        shared.world.close()


if __name__ == "__main__":
    sys.exit(main())
