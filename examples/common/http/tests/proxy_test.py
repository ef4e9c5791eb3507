#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Both hosts behind proxies that are trusted: proxy_test.py TAX-DATA-HUB TAX-ADMINISTRATION APITOKEN NGINX DOCUMENT"""
import os
import re
import socket
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
for part in ("tax-data-hub", "tax-administration"):
    sys.path.insert(0, os.path.join(HERE, "..", "..", "..", part, "tests"))
# pylint: disable=wrong-import-position
from admin_support import Admin  # noqa: E402
from admin_support import World as Accounts  # noqa: E402
from http_support import WAIT, Client, Tap, count_beside_slow, equal, fails, within  # noqa: E402
from hub_support import Hub, World  # noqa: E402
from nginx import Nginx  # noqa: E402

tap = Tap()
TRUST = ("--trust-proxy", "127.0.0.1,127.0.3.1,2001:db8::9")


class Shared:
    """Both hosts, which trust two addresses of this machine, and what the document says of nginx."""

    def __init__(self, world, accounts, nginx, document):
        self.world, self.accounts, self.nginx = world, accounts, nginx
        self.hosts = [Hub(world, *TRUST), Admin(accounts, *TRUST)]
        with open(document, encoding="utf-8") as file:
            self.settings = "".join(re.findall(r"^    proxy_.*\n", file.read(), re.M))

    def close(self):
        self.world.close()
        self.accounts.close()


def logged(host, fields, source="127.0.0.1"):
    """The address that the log has of a request with these fields."""
    before = host.log().count("\n")
    client = Client(host.port, authority="localhost", source=source)
    client.head("GET", "/nothing", fields)
    equal(client.reply().status, 404)
    client.close()
    lines = within(WAIT, lambda: host.log().splitlines()[before:])
    return lines[0].split(": ", 1)[1].split(" ", 1)[0]


@tap.case
def last_untrusted_hop(shared):
    """the client is the last hop that is not trusted; one that cannot be told is unknown"""
    for_, old = "Forwarded", "X-Forwarded-For"
    for fields, due in (
            ([], "127.0.0.1"), ([(old, "192.0.2.1")], "192.0.2.1"), ([(old, "192.0.2.1:4711")], "192.0.2.1"),
            ([(old, "198.51.100.7, 192.0.2.1")], "192.0.2.1"), ([(old, "192.0.2.1, 127.0.3.1")], "192.0.2.1"),
            ([(old, "192.0.2.1,127.0.3.1 ,\t127.0.0.1")], "192.0.2.1"), ([(old, "2001:db8::1")], "2001:db8::1"),
            ([(old, "[2001:db8::1]:80, 2001:DB8::9")], "2001:db8::1"), ([(old, "127.0.3.1, 127.0.0.1")], "127.0.3.1"),
            ([(old, "198.51.100.7"), (old, "192.0.2.1")], "192.0.2.1"), ([(old, "garbage, 192.0.2.1")], "192.0.2.1"),
            ([(old, "192.0.2.1, garbage")], "-"), ([(old, "192.0.2.1,")], "-"), ([(old, "unknown")], "-"),
            ([(old, "192.0.2.256")], "-"), ([(old, "192.0.2.1:x")], "-"), ([(old, "192.0.2.1 192.0.2.2")], "-"),
            ([(old, ", ".join(["192.0.2.1"] * 65))], "-"), ([(old, "1" * 500)], "-"),
            ([(for_, "for=192.0.2.1")], "192.0.2.1"), ([(for_, 'For="[2001:db8::1]:80";proto=https')], "2001:db8::1"),
            ([(for_, 'proto=http;for="192.0.2.1:80";by=127.0.0.1')], "192.0.2.1"),
            ([(for_, 'for=198.51.100.7, for="192.0.2.1"')], "192.0.2.1"), ([(for_, "for=192.0.2.1,for=127.0.3.1")], "192.0.2.1"),
            ([(for_, 'for="192.0.2\\.1"')], "192.0.2.1"), ([(for_, 'for="a,b;c", for=192.0.2.1')], "192.0.2.1"),
            ([(for_, "for=_hidden")], "-"), ([(for_, "for=unknown")], "-"), ([(for_, "proto=https")], "-"),
            ([(for_, 'for="192.0.2.1')], "-"), ([(for_, "for=192.0.2.1;for=192.0.2.2")], "-"), ([(for_, "192.0.2.1")], "-"),
            ([(for_, "for=192.0.2.1, nonsense")], "-"),
            ([(for_, "for=192.0.2.1"), (old, "192.0.2.1")], "192.0.2.1"),
            ([(for_, "for=198.51.100.7"), (old, "192.0.2.1")], "-")):
        for host in shared.hosts:
            equal((fields, logged(host, fields)), (fields, due))


@tap.case
def from_anyone_else(shared):
    """the fields count for nothing from an address that is not trusted, and without the option"""
    fields = [("X-Forwarded-For", "192.0.2.1"), ("Forwarded", "for=192.0.2.1")]
    for host in shared.hosts:
        equal(logged(host, fields, "127.0.0.2"), "127.0.0.2")
        equal(logged(host, fields, "127.0.3.1"), "192.0.2.1")
    hub = Hub(shared.world, data="untrusting")
    equal(logged(hub, fields), "127.0.0.1")
    equal(hub.stop(), 0)


@tap.case
def networks_of_a_token(shared):
    """a token that is restricted to a network is good for the client there, not for the proxy or an unknown client"""
    hub = shared.hosts[0]
    token = shared.world.token("alice", "--networks", "192.0.2.0/24")
    own = shared.world.token("alice", "--networks", "127.0.0.0/8")
    for value, status, other in (("192.0.2.1", 200, 401), ("198.51.100.7", 401, 401), ("192.0.2.1, 198.51.100.7", 401, 401),
                                 ("198.51.100.7, 192.0.2.1", 200, 401), ("unknown", 401, 401), ("127.0.0.1", 401, 200)):
        for each, due in ((token, status), (own, other)):
            equal((value, hub.send("GET", "/api/v1/imports", each, [("X-Forwarded-For", value)]).status), (value, due))


@tap.case
def documented_nginx(shared):
    """nginx as the document configures it: the log has the client, whatever that claims"""
    equal(shared.settings.count("proxy_set_header"), 3)
    for host in shared.hosts:
        proxy = Nginx(shared.nginx, shared.world.path(f"nginx-{host.port}"), host.port, shared.settings)
        for claim in ([], [("X-Forwarded-For", "192.0.2.1")], [("Forwarded", "for=192.0.2.1")]):
            before = host.log().count("\n")
            client = Client(proxy.port, authority="localhost", source="127.0.0.77")
            client.head("GET", "/nothing", claim)
            equal(client.reply().status, 404)
            client.close()
            line = within(WAIT, lambda host=host, before=before: host.log().splitlines()[before:])[0]
            equal((claim, " 127.0.0.77 GET ? 404 " in line), (claim, True))
        proxy.stop()


@tap.case
def limit_of_requests(shared):
    """429 for more than 256 requests of one client at the same time, through a proxy that has more connections"""
    hub = shared.hosts[0]
    given = [("Authorization", f"Bearer {shared.world.token('alice')}"), ("Content-Type", "text/csv"),
             ("Content-Length", "100"), ("Expect", "100-continue")]
    clients = []
    for _ in range(256):
        clients.append(hub.client())
        clients[-1].head("POST", "/api/v1/import/cbcr", [*given, ("X-Forwarded-For", "192.0.2.9")])
        clients[-1].wait_for_continue()
    equal(hub.send("GET", "/nothing", headers=[("X-Forwarded-For", "192.0.2.9")]).status, 429)
    equal(hub.send("GET", "/nothing", headers=[("X-Forwarded-For", "192.0.2.10")]).status, 404)
    for client in clients:
        client.close()


@tap.case
def slow_through_a_proxy(shared):
    """serves others while 2,000 slow connections come through a trusted proxy, which has no limit"""
    for host in shared.hosts:
        def serve(host=host):
            client = Client(host.port, authority="localhost", source="127.0.3.1")
            client.head("GET", "/nothing", [("X-Forwarded-For", "198.51.100.1")])
            equal(client.reply().status, 404)
            client.close()

        slow = []
        for n in range(2000):
            sock = socket.create_connection((host.host, host.port), WAIT, ("127.0.3.1", 0))
            body = b"POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 90\r\n"
            sock.sendall(b"GET / HTTP/1.1\r\n" if n % 2 else body + b"X-Forwarded-For: 192.0.2.%d\r\n\r\n" % (n % 250))
            slow.append(sock)
        fast = count_beside_slow(slow, serve)
        print(f"# beside 2,000 slow connections of a proxy: {fast} of 50 good requests served within 1 s")
        for sock in slow:
            sock.close()


@tap.case
def wrong_options(shared):
    """exits with 2 for proxies that are no addresses, or too many"""
    for program, world in ((shared.world.hub_program, shared.world), (shared.accounts.program, shared.accounts)):
        for value in ("", "localhost", "127.0.0.1,", ",127.0.0.1", "127.0.0.0/8", "127.0.0.1 127.0.0.2", "[::1]", "127.0.0.1:80",
                      "::1,x", ",".join(["127.0.0.1"] * 17)):
            said = fails(program, "--store", world.store, "--keys", world.keys, "--data", world.path("x"), "--trust-proxy", value,
                         code=2)
            equal((value, "--trust-proxy must be" in said), (value, True))


def main():
    if len(sys.argv) != 6:
        raise SystemExit("usage: proxy_test.py TAX-DATA-HUB TAX-ADMINISTRATION APITOKEN NGINX DOCUMENT")
    hub, admin, tool, nginx, document = sys.argv[1:]
    if not nginx:
        raise SystemExit("nginx is not installed: apt-get install nginx-light")
    shared = Shared(World(hub, tool), Accounts(admin, tool), nginx, document)
    try:
        return tap.run(shared)
    finally:
        shared.close()


if __name__ == "__main__":
    sys.exit(main())
