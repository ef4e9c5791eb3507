#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests what the Tax Data Hub says of a token: hub_token_test.py TAX-DATA-HUB APITOKEN FAKE-CLOCK.SO. Prints TAP."""
import calendar
import csv
import os
import re
import subprocess
import sys
import time

sys.dont_write_bytecode = True  # leave the source folder as it is
from hub_support import WAIT, Hub, Tap, World, equal

CSV = (("Content-Type", "text/csv"),)
MARK = "\u00ef\u00bb\u00bf"  # UTF-8 as the tests write it, byte by byte
DAY = 86400
PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "doc", "tax-data-hub.md")
CHALLENGE = 'Bearer realm="Tax Data Hub", error="invalid_request"'
RESOURCES = (("GET", "/api/v1/imports", b""), ("GET", "/api/v1/imports/1", b""), ("GET", "/api/v1/token", b""),
             ("POST", "/api/v1/import/cbcr", b"a\n1\n"))

tap = Tap()


class Shared:
    def __init__(self, world, clock):
        self.world, self.clock = world, clock
        self.hub = Hub(world)
        self.alice = world.token("alice")


def about(hub, token):
    reply = hub.send("GET", "/api/v1/token", token)
    equal((reply.status, reply.get("Content-Type"), reply.get("Cache-Control")), (200, "application/json", "no-store"))
    return reply.json()


def utc(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


# ---- the document ----------------------------------------------------------------------------------------------------


def example(page, title):
    """The first block of code after this heading."""
    part = page[page.index(f"\n### {title}\n"):]
    return "".join(line[4:] or line for line in re.search(r"\n\n((?: {4}.*\n)+)", part).group(1).splitlines(keepends=True))


@tap.case
def documented(shared):
    """the examples of doc/tax-data-hub.md for curl and Python import a file"""
    with open(PAGE, encoding="utf-8") as file:
        page = file.read()
    folder = shared.world.path("example")
    os.mkdir(folder)
    with open(os.path.join(folder, "reports.csv"), "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["company", "profit"], ["\u00c4 \"B\", C", "-1.50"]])
    token = shared.world.token("zoe")
    for title, program in (("curl", "sh"), ("Python", sys.executable)):
        code = example(page, title).replace("https://hub.example", f"http://127.0.0.1:{shared.hub.port}")
        env = {**os.environ, "TOKEN": token, "no_proxy": "*"}
        run = subprocess.run([program, "-c", code], cwd=folder, env=env, capture_output=True, text=True, timeout=WAIT,
                             check=False)
        equal((title, run.returncode, run.stderr if run.returncode else ""), (title, 0, ""))
    equal([row["rows"] for row in shared.hub.list(token)["imports"]], [1, 1])


# ---- a header that is not in order -----------------------------------------------------------------------------------


def explained(shared, value, said):
    """Each resource answers this value of the header with 400 and a detail that holds these words, and nothing of the token."""
    replies = [shared.hub.send(method, path, None, (*CSV, ("Authorization", value)), body) for method, path, body in RESOURCES]
    for reply in replies:
        detail = reply.check_problem(400)["detail"]
        equal((value, said in detail, shared.alice[5:12] in detail), (value, True, False))
        equal((reply.get("WWW-Authenticate"), reply.get("Connection")), (CHALLENGE, "close"))
    equal(len({reply.public for reply in replies}), 1)


@tap.case
def hints(shared):
    """400 invalid_request: names what is wrong with a header that is not Bearer and a token"""
    token = shared.alice
    table = ((f'Bearer "{token}"', "a quote"), (f"Bearer '{token}'", "a quote"), (f'"Bearer {token}"', "a quote"),
             (f"Bearer Bearer {token}", "twice"), (f"bearer BEARER {token}", "twice"), (f"Bearer  Bearer  {token}", "twice"),
             (f"Bearer {token[:9]} {token[9:]}", "a blank"), (f"Bearer {token} x", "a blank"),
             (f"Bearer {token}, Basic x", "a blank"),
             (f"{MARK}Bearer {token}", "byte order mark"), (f"Bearer {MARK}{token}", "byte order mark"),
             (f"Bearer {token}{MARK}", "byte order mark"), (f"Bearer: {token}", "a colon"), (f"Bearer\t{token}", "a tab"),
             (f"Bearer{token}", "no space"), (f"Bearer {token},", "a comma"), (f"Bearer {token}\u00c2\u00a0", "no-break space"),
             (f"Authorization: Bearer {token}", "name of the header"), (token, "is missing"), ("Bearer", "no token"),
             ("Bearer =", "that no token has"), (f"Bearer <{token}>", "angle bracket"))
    for value, said in table:
        explained(shared, value, said)
    equal(shared.hub.list(token)["imports"], [])
    equal(shared.hub.log().count(" 400 token=APITOKEN_E_HEADER id=-\n"), len(table) * len(RESOURCES))


@tap.case
def line_ends(shared):
    """400 for a header with a line end inside, and imports nothing"""
    token = shared.alice
    for inside in (b"\r\n ", b"\r\n\t", b"\n ", b"\r"):
        client = shared.hub.client()
        client.send(b"POST /api/v1/import/cbcr HTTP/1.1\r\nHost: host\r\nContent-Type: text/csv\r\nContent-Length: 4\r\n"
                    b"Authorization: Bearer " + token[:9].encode() + inside + token[9:].encode() + b"\r\n\r\na\n1\n")
        equal((inside, client.reply().status), (inside, 400))
        client.close()
    equal(shared.hub.list(token)["imports"], [])


@tap.case
def no_hints(shared):
    """401, always the same, for a token that is refused; without an error code for another scheme"""
    replies = [shared.hub.send(method, path, token, CSV, body)
               for method, path, body in RESOURCES
               for token in ("x", shared.alice[:-1], shared.alice + "=", "bearer", "a-b_c.d~e+f/g==")]
    for reply in replies:
        reply.check_problem(401)
        equal(reply.get("WWW-Authenticate"), 'Bearer realm="Tax Data Hub", error="invalid_token"')
    equal(len({reply.public for reply in replies}), 1)
    for value in ("Basic YTpi", "Negotiate", f"Token {shared.alice}", "Digest username=\"x\"", ""):
        reply = shared.hub.send("GET", "/api/v1/token", None, (("Authorization", value),))
        reply.check_problem(401)
        equal((value, reply.get("WWW-Authenticate")), (value, 'Bearer realm="Tax Data Hub"'))


# ---- a token about itself --------------------------------------------------------------------------------------------


@tap.case
def itself(shared):
    """tells the bearer id, owner, name, state, expiry and interfaces of its token"""
    token = shared.world.run("create", "--owner", "ann", "--name", "n\u00e4chtlich", "--description", "secret note")
    due = {"id": World.id_of(token), "owner": "ann", "name": "n\u00e4chtlich", "state": "valid", "expires": None,
           "expires_day": None, "interfaces": None, "superseded": None}
    equal(about(shared.hub, token), due)
    end = utc(time.time() + 400 * DAY)
    token = shared.world.run("create", "--owner", "ann", "--name", "x", "--interfaces", "cbcr,vat", "--networks", "127.0.0.0/8",
                             "--data", "host data", "--expires", end)
    equal(about(shared.hub, token), {**due, "id": World.id_of(token), "name": "x", "expires": end, "interfaces": ["cbcr", "vat"]})
    token = shared.world.run("create", "--owner", "ann", "--name", "x", "--expires", "2099-12-31")
    answer = about(shared.hub, token)
    equal((answer["expires_day"], answer["expires"]), ("2099-12-31", "2100-01-01T00:00:00Z"))
    for wrong in ("/api/v1/token/", "/api/v1/tokens", "/api/v1/token/" + World.id_of(token)):
        shared.hub.send("GET", wrong, token).check_problem(404)
    reply = shared.hub.send("POST", "/api/v1/token", token, CSV, b"a\n1\n")
    reply.check_problem(405)
    equal(reply.get("Allow"), "GET, HEAD")


@tap.case
def changed(shared):
    """tells what is so now, and denies a token that is not valid"""
    token = shared.world.token("ben")
    identity = World.id_of(token)
    shared.world.run("update", "--owner", "ben", "--name", "another", "--interfaces", "vat", identity)
    equal([about(shared.hub, token)[key] for key in ("name", "interfaces")], ["another", ["vat"]])
    shared.world.run("suspend", "--owner", "ben", identity)
    shared.hub.send("GET", "/api/v1/token", token).check_problem(401)
    shared.world.run("resume", "--owner", "ben", identity)
    equal(about(shared.hub, token)["state"], "valid")
    shared.world.run("update", "--owner", "ben", "--networks", "192.0.2.0/24", identity)
    shared.hub.send("GET", "/api/v1/token", token).check_problem(401)
    shared.world.run("update", "--owner", "ben", "--networks", "*", identity)
    shared.world.revoke("ben", token)
    shared.hub.send("GET", "/api/v1/token", token).check_problem(401)
    shared.hub.send("GET", "/api/v1/token").check_problem(401)


@tap.case
def rotated(shared):
    """tells who still uses the old secret of a rotation, and until when it works"""
    old = shared.world.token("cleo")
    identity = World.id_of(old)
    new = shared.world.run("rotate", "--owner", "cleo", "--grace", "2d", identity)
    shared.world.tokens.append(new)
    equal(about(shared.hub, new)["superseded"], None)
    answer = about(shared.hub, old)
    equal((answer["id"], sorted(answer["superseded"])), (identity, ["until"]))
    left = calendar.timegm(time.strptime(answer["superseded"]["until"][:19], "%Y-%m-%dT%H:%M:%S")) - time.time()
    equal(DAY < left <= 2 * DAY, True)
    equal(shared.hub.send("GET", "/api/v1/imports", old).get("Token-Expires"), answer["superseded"]["until"])
    equal(shared.hub.send("GET", "/api/v1/imports", new).get("Token-Expires"), None)


@tap.case
def announced(shared):
    """Token-Expires on every successful answer when the end is within 30 days, and on no other"""
    now = int(time.time())
    end = utc(now + 40 * DAY)
    token = shared.world.run("create", "--owner", "dan", "--name", "x", "--interfaces", "cbcr,imports:read", "--expires", end)
    shared.world.tokens.append(token)
    for seconds, due in ((0, None), (10 * DAY, None), (10 * DAY + 1, end), (39 * DAY, end), (40 * DAY - 1, end)):
        hub = Hub(shared.world, data="dan", env={"LD_PRELOAD": shared.clock, "FAKE_NOW": str(now + seconds)})
        reply = hub.post(token, b"a\n1\n")
        equal((seconds, reply.get("Token-Expires")), (seconds, due))
        for path in ("/api/v1/imports", f"/api/v1/imports/{reply.json()['import']}", "/api/v1/token"):
            reply = hub.send("GET", path, token)
            equal((seconds, path, reply.status, reply.get("Token-Expires")), (seconds, path, 200, due))
        for reply in (hub.post(token, b"a;b\n1;2\n"), hub.post(token, b"a\n1\n", "vat"), hub.fetch(token, 10 ** 9)):
            equal((reply.status >= 400, reply.get("Token-Expires")), (True, None))
        equal(hub.stop(), 0)
    hub = Hub(shared.world, data="dan", env={"LD_PRELOAD": shared.clock, "FAKE_NOW": str(now + 40 * DAY)})
    reply = hub.send("GET", "/api/v1/token", token)
    reply.check_problem(401)
    equal((reply.get("Token-Expires"), hub.stop()), (None, 0))


@tap.case
def nothing_secret(shared):
    """writes no token to a log"""
    log = "".join(hub.log() for hub in shared.world.hosts)
    equal([token for token in shared.world.tokens if token[17:] in log], [])


def main():
    if len(sys.argv) != 4:
        raise SystemExit("usage: hub_token_test.py TAX-DATA-HUB APITOKEN FAKE-CLOCK.SO")
    program, tool, clock = (os.path.abspath(path) for path in sys.argv[1:])
    world = World(program, tool)
    try:
        return tap.run(Shared(world, clock))
    finally:
        world.close()


if __name__ == "__main__":
    sys.exit(main())
