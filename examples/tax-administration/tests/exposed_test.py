#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What keeps a host of the Tax Administration from those who should not reach it or its files:
exposed_test.py TAX-ADMINISTRATION APITOKEN. Prints TAP."""
import json
import os
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True  # leaves no file in the source folder
from admin_support import JSON, PASSWORD, SESSION, WAIT, Admin, Client, Tap, World, equal
from http_support import check_data_refused

tap = Tap()

PATHS = (("GET", "/"), ("GET", SESSION), ("POST", SESSION), ("GET", "/api/v1/tokens"), ("GET", "/none"), ("HEAD", "/"))


def ask(admin, authority, method, path, headers=()):
    """One request under this name; with the Origin of that name, as a browser sends it."""
    client = Client(admin.port, admin.host, authority)
    body = json.dumps({"name": "alice", "password": PASSWORD}).encode() if method == "POST" else b""
    given = [*headers, *JSON, ("Content-Length", str(len(body)))] if body else list(headers)
    client.head(method, path, given)
    client.send(body)
    reply = client.reply(has_body=method != "HEAD")
    client.close()
    return reply


@tap.case
def foreign_names(world):
    """421, or 400 if it is none: a name that anybody could make to resolve to this machine; nobody can sign in by it"""
    admin = Admin(world)
    for name in ("evil.example", "tax.example", "localhost.evil.example", "127.0.0.1.evil.example", "localhost.", "localhostx",
                 "xlocalhost", "1.2.3", "127.1", "0x7f.0.0.1", "127.0.0.1:x", "127.0.0.1:99999", "127.0.0.1:", "[::1", "[::1]x",
                 "[localhost]", "[127.0.0.1]", "::1", "a" * 300, "alice@127.0.0.1", "127.0.0.1/", "-"):
        for method, path in PATHS:
            reply = ask(admin, name, method, path, [("Origin", f"http://{name}")])
            equal((name, path, reply.status), (name, path, 400 if set(name) & set("@/") else 421))
            equal([key for key, _ in reply.headers if key == "Set-Cookie"], [])
            if method != "HEAD":
                equal(reply.check_problem(reply.status).get("code"), None if reply.status == 400 else "HOST")
    equal(admin.stop(), 0)


@tap.case
def own_names(world):
    """addresses and localhost are this host's names, with any port; with --origin its name is, too"""
    for options, names in (((), ()), (("--origin", "https://tax.example:8443"), ("tax.example:8443", "TAX.example:8443")),
                           (("--origin", "http://tax.example"), ("tax.example",))):
        admin = Admin(world, *options)
        for name in (*names, "localhost", "LocalHost:8080", "127.0.0.1", "127.0.0.1:80", "192.0.2.7:8443", "[::1]", "[::1]:8080",
                     "[2001:db8::1]"):
            equal((name, ask(admin, name, "GET", "/").status), (name, 200))
            equal((name, ask(admin, name, "POST", SESSION).status), (name, 200))
        for name in ("tax.example:443", "tax.example:80", "tax.example.evil.example", "www.tax.example"):
            equal((name, ask(admin, name, "GET", "/").status), (name, 421))
        equal(admin.stop(), 0)


@tap.case
def without_a_name(world):
    """a request without Host, or with two, gets no further"""
    admin = Admin(world)
    for head in (b"GET /api/v1/session HTTP/1.0\r\n\r\n", b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
                 b"GET / HTTP/1.1\r\nHost:\r\n\r\n"):
        client = admin.client()
        client.send(head)
        reply = client.reply()
        equal((head, reply.status in (400, 421)), (head, True))
        client.close()
    equal(admin.stop(), 0)


@tap.case
def strict_transport(world):
    """with an https origin every answer says that the browser shall come by TLS only; without one, none does"""
    for options, due in (((), None), (("--origin", "http://tax.example"), None),
                         (("--origin", "https://tax.example"), "max-age=31536000")):
        admin = Admin(world, *options)
        for name in ("localhost", "evil.example"):
            for method, path in PATHS:
                equal((path, ask(admin, name, method, path).get("Strict-Transport-Security")), (path, due))
        equal(admin.stop(), 0)


@tap.case
def clear_text(world):
    """a warning if the host listens beyond this machine without an https origin"""
    for options, due in (((), False), (("--bind", "127.0.0.9"), False), (("--bind", "0.0.0.0"), True),
                         (("--bind", "0.0.0.0", "--origin", "http://tax.example"), True),
                         (("--bind", "0.0.0.0", "--origin", "https://tax.example"), False)):
        admin = Admin(world, *options)
        equal(admin.stop(), 0)
        equal((options, "WARNING" in admin.log(), "--origin https://" in admin.log()), (options, due, due))


@tap.case
def data_refused(world):
    """a --data that is a link, or that others can look into, is refused by the host and by each user command"""
    def host(path):
        return ["--store", world.store, "--keys", world.keys, "--data", path, "--bind", "192.0.2.1"]  # cannot serve

    folder = world.path("refused")
    os.mkdir(folder)
    check_data_refused(world.program, host, folder)
    for words in (("list",), ("passwd", "alice"), ("remove", "alice"), ("add", "carol")):
        mine = os.path.join(folder, "mine")
        shutil.copytree(world.path("data"), mine)
        os.chmod(mine, 0o755)
        os.symlink(mine, mine + ".link")
        for path, reason in ((mine, "chmod"), (mine + ".link", "symbolic link")):
            run = subprocess.run([world.program, "user", *words, "--data", path], input="a good password\n", text=True,
                                 capture_output=True, timeout=WAIT, check=False)
            equal((words, path, run.returncode, reason in run.stderr, run.stdout), (words, path, 3, True, ""))
        os.unlink(mine + ".link")
        shutil.rmtree(mine)


def main():
    if len(sys.argv) != 3:
        raise SystemExit("usage: exposed_test.py TAX-ADMINISTRATION APITOKEN")
    world = World(*sys.argv[1:])
    world.add("alice")
    try:
        return tap.run(world)
    finally:
        world.close()


if __name__ == "__main__":
    sys.exit(main())
