#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every answer that a host decides arrives: delivered_test.py TAX-DATA-HUB TAX-ADMINISTRATION APITOKEN NGINX"""
import os
import re
import signal
import socket
import sys
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
for part in ("tax-data-hub", "tax-administration"):
    sys.path.insert(0, os.path.join(HERE, "..", "..", "..", part, "tests"))
# pylint: disable=wrong-import-position
from admin_support import Admin  # noqa: E402
from admin_support import World as Accounts  # noqa: E402
from http_support import WAIT, Client, Tap, equal, within  # noqa: E402
from hub_support import Hub, World  # noqa: E402
from nginx import Nginx  # noqa: E402

tap = Tap()
KIB, MIB = 1 << 10, 1 << 20
IMPORT = "/api/v1/import/cbcr"
MAX_BODY = 800 * KIB
PIECE = b"1,2\n" * (16 * KIB)


class Shared:
    """A hub, a Tax Administration, and nginx before each."""

    def __init__(self, world, accounts, nginx):
        self.world, self.accounts, self.nginx = world, accounts, nginx
        self.hub = Hub(world, "--max-body", str(MAX_BODY))
        self.admin = Admin(accounts)
        self.token = world.token("alice")
        self.proxies = [Nginx(nginx, world.path(f"nginx-{host.port}"), host.port) for host in (self.hub, self.admin)]

    def close(self):
        for proxy in self.proxies:
            proxy.stop()
        self.world.close()
        self.accounts.close()


def upload(client, size, is_chunked, begin=b""):
    """Sends a whole body, as clients do that read only afterwards. False if the connection broke meanwhile."""
    try:
        client.send((b"%x\r\n%s\r\n" % (len(begin), begin) if is_chunked else begin) if begin else b"")
        left = size - len(begin)
        while left > 0:
            piece = PIECE[:left]
            left -= len(piece)
            client.send(b"%x\r\n%s\r\n" % (len(piece), piece) if is_chunked else piece)
        client.send(b"0\r\n\r\n" if is_chunked else b"")
    except (BrokenPipeError, ConnectionResetError):
        return False
    return True


def head(client, method, path, headers, size, is_chunked):
    framing = ("Transfer-Encoding", "chunked") if is_chunked else ("Content-Length", str(size))
    client.head(method, path, [*headers, framing])


def refusals(shared):
    """Requests of each kind that is refused: its status, its port, what sends it."""
    given = [("Authorization", f"Bearer {shared.token}"), ("Content-Type", "text/csv")]
    hub = ((401, "POST", IMPORT, [("Authorization", "Bearer none"), given[1]], b""), (404, "POST", "/nothing", given, b""),
           (405, "PUT", IMPORT, given, b""), (415, "POST", IMPORT, [given[0], ("Content-Type", "text/html")], b""),
           (413, "POST", IMPORT, given, b""), (422, "POST", IMPORT, given, b"a,b\n1\n"))
    kind = ("Content-Type", "application/json")
    admin = ((404, "POST", "/nothing", [kind], b""), (405, "PUT", "/api/v1/session", [kind], b""),
             (413, "POST", "/api/v1/session", [kind], b""), (415, "POST", "/api/v1/session", given[1:], b""),
             (401, "POST", "/api/v1/tokens", [kind], b""))
    for host, proxy, kinds in ((shared.hub, shared.proxies[0], hub), (shared.admin, shared.proxies[1], admin)):
        for port in (host.port, proxy.port):
            for each in kinds:
                if each[0] != 422 or port == host.port:  # nginx sends all with a length: then it is 413
                    yield port, each


def refused(port, kind, size, is_chunked):
    """Sends one upload; returns "" if the answer is the one that is due."""
    status, method, path, headers, begin = kind
    if status == 422 and not is_chunked:
        size = MAX_BODY  # otherwise the length alone would refuse it
    client = Client(port, authority="localhost")
    try:
        head(client, method, path, headers, size, is_chunked)
        if not upload(client, size, is_chunked, begin):
            return f"{status} {size} chunked={is_chunked}: the connection broke"
        reply = client.reply()
        return "" if reply and reply.status == status else f"{status} {size} {is_chunked}: {reply and reply.status}"
    except OSError as error:
        return f"{status} {size} chunked={is_chunked}: {error}"
    finally:
        client.close()


@tap.case
def six_hundred_refused(shared):
    """600 refused uploads of 0.9 to 64 MB, with length and chunked, direct and behind nginx: every answer arrives"""
    kinds = list(refusals(shared))
    sizes = [900_000, MIB + 1, 1_500_000, 2_000_000, 4_000_000] * 5 + [16_000_000, 64_000_000]
    jobs = [(*kinds[n % len(kinds)], sizes[n % len(sizes)], bool(n // len(kinds) % 2)) for n in range(600)]
    with ThreadPoolExecutor(4) as pool:
        lost = [found for found in pool.map(lambda job: refused(*job), jobs) if found]
    print(f"# refused uploads: {600 - len(lost)} of 600 answers delivered")
    equal(lost, [])


@tap.case
def answered_before_the_body(shared):
    """answers at once: the client has sent nothing of the body, or a part"""
    for port, (status, method, path, headers, _) in refusals(shared):
        if port not in (shared.hub.port, shared.admin.port) or status == 422:
            continue
        for is_chunked, size, part in ((False, 100, 0), (False, 64_000_000, 0), (True, 64_000_000, 0), (True, 64_000_000, 9000),
                                       (False, 64_000_000, 9000)):
            if status == 413 and (is_chunked or size == 100):
                continue
            client = Client(port, authority="localhost")
            head(client, method, path, headers, size, is_chunked)
            client.send((b"%x\r\n" % size if is_chunked else b"") + b"x" * part if part else b"")
            equal(client.reply().status, status)
            client.close()


@tap.case
def no_end(shared):
    """413 for a chunked body that has no end, as soon as it is too large"""
    client = shared.hub.client()
    head(client, "POST", IMPORT, [("Authorization", f"Bearer {shared.token}"), ("Content-Type", "text/csv")], 0, True)
    client.send(b"%x\r\na,b\n%s\r\n" % (len(PIECE) + 4, PIECE) + b"%x\r\n%s\r\n" % (len(PIECE), PIECE) * (MAX_BODY // len(PIECE)))
    reply = client.reply()
    reply.check_problem(413)
    equal(reply.get("Connection"), "close")
    client.close()


@tap.case
def stalled(shared):
    """408 for a body that stalls; nothing is imported, and the log says what was sent"""
    client = shared.hub.client()
    head(client, "POST", IMPORT, [("Authorization", f"Bearer {shared.token}"), ("Content-Type", "text/csv")], 1000, False)
    client.send(b"a,b\n")
    other = Client(shared.admin.port, authority="localhost")
    head(other, "POST", "/api/v1/session", [("Content-Type", "application/json")], 100, False)
    client.reply().check_problem(408)
    equal(other.reply().check_problem(408)["code"], "TIMEOUT")
    within(WAIT, lambda: re.search(r" POST import/cbcr 408 token=APITOKEN_OK id=\w+\n", shared.hub.log()))
    equal(shared.hub.list(shared.token)["imports"], [])
    client.close()
    other.close()


@tap.case
def gone(shared):
    """the log claims no answer to a client that has gone"""
    for _ in range(5):
        client = shared.hub.client()
        given = [("Authorization", f"Bearer {shared.token}"), ("Content-Type", "text/csv"), ("Expect", "100-continue")]
        head(client, "POST", IMPORT, given, 1000, False)
        client.wait_for_continue()
        client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # a reset
        client.close()
    within(WAIT, lambda: len(re.findall(r" POST import/cbcr 0 token=APITOKEN_OK id=\w+ \(cut off\)\n", shared.hub.log())) == 5)


@tap.case
def stopped_in_upload(shared):
    """503 for an upload that the second signal ends, whether it stalls or goes on; one that is complete is imported"""
    hub = Hub(shared.world, data="stopped")
    given = [("Authorization", f"Bearer {shared.token}"), ("Content-Type", "text/csv")]
    clients = [hub.client() for _ in range(3)]
    for client in clients:
        head(client, "POST", IMPORT, given, 8_000_000, False)
        client.send(b"a,b\n")
    equal(hub.list(shared.token)["imports"], [])
    hub.process.send_signal(signal.SIGTERM)
    within(WAIT, lambda: hub.refuses("/api/v1/imports"))
    equal(upload(clients[0], 8_000_000 - 4, False), True)
    equal(clients[0].reply().status, 200)
    hub.process.send_signal(signal.SIGTERM)
    within(WAIT, lambda: "ending requests" in hub.log())
    try:
        clients[1].send(PIECE)
    except (BrokenPipeError, ConnectionResetError):
        pass  # the answer is there all the same
    for client in clients[1:]:
        client.reply().check_problem(503)
        client.close()
    equal(hub.stop(), 0)
    equal(len(re.findall(r" 503 token=", hub.log())), 2)


def main():
    if len(sys.argv) != 5:
        raise SystemExit("usage: delivered_test.py TAX-DATA-HUB TAX-ADMINISTRATION APITOKEN NGINX")
    hub, admin, tool, nginx = sys.argv[1:]
    if not nginx:
        raise SystemExit("nginx is not installed: apt-get install nginx-light")
    shared = Shared(World(hub, tool), Accounts(admin, tool), nginx)
    try:
        return tap.run(shared)
    finally:
        shared.close()


if __name__ == "__main__":
    sys.exit(main())
