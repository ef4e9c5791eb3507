# SPDX-License-Identifier: MIT
"""What the tests of the Tax Administration share: a running host, users who are signed in, a folder with a store."""
import json
import os
import socket
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "common", "http", "tests"))
from http_support import (WAIT, Client, Host, Stores, Tap, check_ipv6, check_start, chunked, environment, equal,  # noqa: F401
                          fails, within)

JSON = (("Content-Type", "application/json"),)
SESSION, TOKENS = "/api/v1/session", "/api/v1/tokens"
PASSWORD = "correct horse, battery"


class ClientFrom(Client):
    """A connection from another address of this machine."""

    def __init__(self, port, source):  # pylint: disable=super-init-not-called
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=WAIT, source_address=(source, 0))
        self.authority = "localhost"
        self.rest = b""

    def sign_in(self, name, password, headers=()):
        body = json.dumps({"name": name, "password": password}).encode()
        self.head("POST", SESSION, [*JSON, *headers, ("Content-Length", str(len(body)))])
        self.send(body)
        return self.reply()


def cookies_set(reply):
    """The Set-Cookie values of an answer, by the name of the cookie."""
    values = [value for name, value in reply.headers if name.lower() == "set-cookie"]
    found = {value.split("=", 1)[0].removeprefix("__Host-"): value for value in values}
    equal(len(found), len(values))
    return found


class Admin(Host):
    """A running Tax Administration."""

    def __init__(self, world, *options, data="data", env=None, before=None, store=None):
        self.world = world
        arguments = [world.program, "--store", store or world.store, "--keys", world.keys, "--data", world.path(data),
                     "--port", "0", *options]
        super().__init__(arguments, world.path(f"log-{len(world.hosts)}"), env, before)
        world.hosts.append(self)

    def client(self):
        return Client(self.port, self.host, "localhost")

    def post(self, path, value, headers=()):
        return self.request("POST", path, [*JSON, *headers], json.dumps(value).encode())

    def sign_in(self, name, password=PASSWORD, headers=()):
        return self.post(SESSION, {"name": name, "password": password}, headers)

    def sign_in_from(self, source, name, password=PASSWORD, headers=()):
        """Signs in from another address; returns the answer."""
        client = ClientFrom(self.port, source)
        try:
            return client.sign_in(name, password, headers)
        finally:
            client.close()

    def user(self, name, password=PASSWORD):
        return User(self, name, password)


def at_once(*calls):
    """Runs all of them at once; returns their results."""
    results = [None] * len(calls)

    def run(place):
        results[place] = calls[place]()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT)
    return results


class User:
    """A user who is signed in. Every method is one request."""

    def __init__(self, admin, name, password=PASSWORD):
        self.admin = admin
        reply = admin.sign_in(name, password)
        equal((reply.status, reply.body if reply.status != 200 else b""), (200, b""))
        cookies = cookies_set(reply)
        self.set_cookie, self.set_known = cookies["session"], cookies["known"]
        self.cookie, self.known = self.set_cookie.split(";")[0], self.set_known.split(";")[0]
        self.session = reply.json()
        self.csrf = self.session["csrf"]
        admin.world.secrets |= {self.csrf, self.cookie.split("=", 1)[1], self.known.split("=", 1)[1]}

    def headers(self, *more):
        return [("Cookie", self.cookie), ("X-CSRF-Token", self.csrf), *more]

    def send(self, method, path, body=b"", headers=()):
        kind = JSON if body else ()
        return self.admin.request(method, path, self.headers(*kind, *headers), body, has_body=method != "HEAD")

    def get(self, path):
        """A GET, without the csrf."""
        return self.admin.request("GET", path, [("Cookie", self.cookie)])

    def post(self, path, value=None, headers=()):
        return self.send("POST", path, b"" if value is None else json.dumps(value).encode(), headers)

    def create(self, name="test", key=None, **members):
        """Asks for a token; returns the answer."""
        return self.post(TOKENS, {"name": name, **members}, [("Idempotency-Key", key)] if key else [])

    def made(self, name="test", **members):
        """Creates a token; returns it."""
        reply = self.create(name, **members)
        equal((reply.status, reply.body if reply.status != 201 else b""), (201, b""))
        return reply.json()

    def copy(self, token_id):
        """The text of a token."""
        reply = self.post(f"{TOKENS}/{token_id}/copy")
        equal(reply.status, 200)
        text = reply.json()["token"]
        self.admin.world.secrets.add(text[17:])
        return text

    def page(self, query=""):
        reply = self.get(TOKENS + query)
        equal((reply.status, reply.get("Cache-Control"), reply.get("Content-Type")), (200, "no-store", "application/json"))
        return reply.json()

    def names(self, query="?limit=1000"):
        return [token["name"] for token in self.page(query)["tokens"]]


class World(Stores):
    """The stores, and the host's program and accounts."""

    def __init__(self, program, tool, *init_options):
        super().__init__(tool, *init_options)
        self.program = os.path.abspath(program)
        self.secrets = {PASSWORD}

    def user(self, command, *arguments, data="data", password=None, code=0):
        """Runs a `user` command; returns what it printed."""
        if password:
            self.secrets.add(password)
        run = subprocess.run([self.program, "user", command, *arguments, "--data", self.path(data)], text=True, timeout=WAIT,
                             input=None if password is None else password + "\n", capture_output=True, check=False)
        equal((arguments, run.returncode, run.stderr if run.returncode != code else ""), (arguments, code, ""))
        return run.stdout

    def add(self, *names, data="data"):
        for name in names:
            self.user("add", name, data=data, password=PASSWORD)

    def is_good(self, token):
        """Would a host that validates tokens accept it?"""
        env = {**os.environ, "APITOKEN_STORE": self.store, "APITOKEN_KEYS": self.keys}
        run = subprocess.run([self.tool, "check"], input=token + "\n", env=env, capture_output=True, text=True, timeout=WAIT,
                             check=False)
        equal(run.returncode in (0, 1), True)
        return run.returncode == 0


class Order:
    """Tells the preloaded library what to do with creations: see fake_library.c."""

    def __init__(self, world, shim, name):
        self.path = world.path("order-" + name)
        self.env = {"LD_PRELOAD": os.path.abspath(shim), "ADMIN_TEST_ORDER": self.path}

    def give(self, words):
        with open(self.path + ".new", "w", encoding="ascii") as file:
            file.write(words)
        os.rename(self.path + ".new", self.path)

    def end(self):
        os.unlink(self.path)
