# SPDX-License-Identifier: MIT
"""What the test of the hub uses: a running hub, and a folder with a store and tokens."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "common", "http", "tests"))
from http_support import (WAIT, Host, Stores, Tap, check_data_refused, check_ipv6, check_start, chunked,  # noqa: F401
                          equal, fails, within)


class Hub(Host):
    """A running hub."""

    def __init__(self, world, *options, data="data", env=None, before=None, keys=None, store=None):
        self.world = world
        arguments = [world.hub_program, "--store", store or world.store, "--keys", keys or world.verify_keys,
                     "--data", world.path(data), "--port", "0", *options]
        super().__init__(arguments, world.path(f"log-{len(world.hosts)}"), env, before)
        world.hosts.append(self)

    def send(self, method, path, token=None, headers=(), body=b"", has_body=True):
        """Sends one request on a new connection."""
        given = [("Authorization", f"Bearer {token}")] if token is not None else []
        return self.request(method, path, [*given, *headers], body, has_body)

    def post(self, token, body, interface="cbcr", headers=(("Content-Type", "text/csv"),)):
        return self.send("POST", f"/api/v1/import/{interface}", token, headers, body)

    def imported(self, token, body, interface="cbcr"):
        """Imports a body and returns the members of the answer."""
        reply = self.post(token, body, interface)
        equal((reply.status, reply.body if reply.status != 200 else b""), (200, b""))
        equal(reply.get("Content-Type"), "application/json")
        equal(reply.get("Cache-Control"), "no-store")
        return reply.json()

    def list(self, token, query=""):
        reply = self.send("GET", "/api/v1/imports" + query, token)
        equal((reply.status, reply.get("Cache-Control")), (200, "no-store"))
        return reply.json()

    def fetch(self, token, number):
        return self.send("GET", f"/api/v1/imports/{number}", token)

    def memory_peak(self):
        """Returns the largest resident set so far, in KiB."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return int(re.search(r"VmHWM:\s*(\d+) kB", status.read()).group(1))


class World(Stores):
    """The stores, and the keyring and the program of the hub."""

    def __init__(self, hub_program, tool):
        super().__init__(tool)
        self.hub_program = os.path.abspath(hub_program)
        self.verify_keys = self.path("keys.verify")
        self.tokens = []
        self.run("keys", "export-verify", self.keys, self.verify_keys)

    def token(self, owner, *options):
        token = self.run("create", "--owner", owner, "--name", "test", *options)
        self.tokens.append(token)
        return token

    def revoke(self, owner, token):
        self.run("revoke", "--owner", owner, "--yes", self.id_of(token))


def spools(hub):
    """Counts the bodies that are being received."""
    folder = f"/proc/{hub.process.pid}/fd"
    count = 0
    for fd in os.listdir(folder):
        try:
            count += " (deleted)" in os.readlink(os.path.join(folder, fd))
        except FileNotFoundError:  # closed after os.listdir()
            pass
    return count


def main_arguments():
    if len(sys.argv) != 4:
        raise SystemExit("usage: hub_test.py TAX-DATA-HUB APITOKEN FAKE-VERDICT.SO")
    return sys.argv[1:]
