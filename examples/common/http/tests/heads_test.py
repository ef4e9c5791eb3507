#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Heads that two programs could read in two ways, and clients that send slowly, at both hosts:
heads_test.py TAX-DATA-HUB TAX-ADMINISTRATION APITOKEN"""
import os
import re
import select
import socket
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
for part in ("tax-data-hub", "tax-administration"):
    sys.path.insert(0, os.path.join(HERE, "..", "..", "..", part, "tests"))
# pylint: disable=wrong-import-position
from admin_support import Admin  # noqa: E402
from admin_support import World as Accounts  # noqa: E402
from http_support import WAIT, Tap, count_beside_slow, equal, within  # noqa: E402
from hub_support import Hub, World  # noqa: E402

tap = Tap()
GOOD = b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n"
LAST = b"GET /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


class Shared:
    """Both hosts."""

    def __init__(self, world, accounts):
        self.world, self.accounts = world, accounts
        self.hosts = [Hub(world), Admin(accounts)]

    def close(self):
        self.world.close()
        self.accounts.close()


def connect(host, source=None):
    sock = socket.socket()
    sock.settimeout(WAIT)
    if source:
        sock.bind((source, 0))
    sock.connect((host.host, host.port))
    return sock


def rest(sock):
    """All that arrives until the host closes."""
    data = b""
    while True:
        try:
            piece = sock.recv(1 << 16)
        except ConnectionResetError:
            return data
        if not piece:
            return data
        data += piece


def statuses(data):
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", data)]


def answer(host, data):
    """The statuses that a connection gets for these bytes."""
    with connect(host) as sock:
        sock.sendall(data)
        return statuses(rest(sock))


def request(*lines, start=b"GET /nothing HTTP/1.1"):
    return b"\r\n".join([start, *lines]) + b"\r\n\r\n"


HOST = b"Host: localhost"
BAD = {
    "two Hosts": request(HOST, HOST),
    "two Hosts that differ": request(HOST, b"host: other"),
    "no Host": request(b"Accept: */*"),
    "no field at all": request(),
    "NUL in a value": request(HOST, b"X: a\0b"),
    "NUL in a name": request(HOST, b"X\0: a"),
    "NUL in the target": request(HOST, start=b"GET /\0 HTTP/1.1"),
    "bare LF after the request line": b"GET /nothing HTTP/1.1\nHost: localhost\r\n\r\n",
    "bare LF after a field": b"GET /nothing HTTP/1.1\r\nHost: localhost\nX: a\r\n\r\n",
    "bare LF everywhere": b"GET /nothing HTTP/1.1\nHost: localhost\n\n",
    "bare LF at the end": b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\n",
    "bare CR in a value": request(HOST, b"X: a\rY: b"),
    "folded with a blank": request(HOST, b"X: a", b" b"),
    "folded with a tab": request(HOST, b"X: a", b"\tb"),
    "folded before the first field": request(b" X: a", HOST),
    "blank before the colon": request(HOST, b"X : a"),
    "no colon": request(HOST, b"nonsense"),
    "no name": request(HOST, b": a"),
    "length with a plus": request(HOST, b"Content-Length: +12"),
    "length with a minus": request(HOST, b"Content-Length: -1"),
    "length in hex": request(HOST, b"Content-Length: 0x10"),
    "length without a digit": request(HOST, b"Content-Length:"),
    "length with a blank inside": request(HOST, b"Content-Length: 1 2"),
    "blank after the length": request(HOST, b"Content-Length: 5 "),
    "length as a list": request(HOST, b"Content-Length: 5, 5"),
    "length above 64 bits": request(HOST, b"Content-Length: 18446744073709551616"),
    "two lengths": request(HOST, b"Content-Length: 5", b"Content-Length: 5"),
    "length and coding": request(HOST, b"Content-Length: 5", b"Transfer-Encoding: chunked"),
    "two codings": request(HOST, b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"),
    "another coding": request(HOST, b"Transfer-Encoding: gzip, chunked"),
    "chunked in quotes": request(HOST, b'Transfer-Encoding: "chunked"'),
    "coding in HTTP/1.0": request(HOST, b"Transfer-Encoding: chunked", start=b"POST /nothing HTTP/1.0"),
    "Host with a path": request(b"Host: localhost/x"),
    "Host with a user": request(b"Host: me@localhost"),
    "Host with a blank": request(b"Host: local host"),
    "blank before the method": request(HOST, start=b" GET / HTTP/1.1"),
    "two blanks": request(HOST, start=b"GET  / HTTP/1.1"),
    "blank in the target": request(HOST, start=b"GET /a b HTTP/1.1"),
    "fragment in the target": request(HOST, start=b"GET /#a HTTP/1.1"),
    "no version": request(HOST, start=b"GET /"),
    "version in lower case": request(HOST, start=b"GET / http/1.1"),
    "version with more digits": request(HOST, start=b"GET / HTTP/1.10"),
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "absolute target, other Host": request(HOST, start=b"GET http://other/nothing HTTP/1.1"),
}


@tap.case
def bad_heads(shared):
    """400 with one status line for each malformed head, as a first and as a later request"""
    for host in shared.hosts:
        for name, head in BAD.items():
            equal((name, answer(host, head)), (name, [400]))
            with connect(host) as sock:
                sock.sendall(GOOD)
                got = b""
                while b"}" not in got:
                    got += sock.recv(1 << 16)
                sock.sendall(head)
                equal((name, statuses(got + rest(sock))), (name, [404, 400]))
        equal(re.search(rb"[^\x20-\x7e\n]", host.log().encode()), None)


@tap.case
def other_versions(shared):
    """505 for other versions of HTTP, 431 for a head of more than 16 KiB"""
    for host in shared.hosts:
        for version in (b"HTTP/2.0", b"HTTP/0.9", b"HTTP/1.2", b"HTTP/3.1"):
            equal(answer(host, request(HOST, start=b"GET / " + version)), [505])
        equal(answer(host, request(HOST, b"X: " + b"x" * 20000)), [431])
        equal(answer(host, request(HOST, *[b"X: y"] * 5000)), [431])
        equal(answer(host, request(HOST, b"Connection: close", b"X: " + b"x" * 16000)), [404])


@tap.case
def good_heads(shared):
    """what is allowed but unusual is served: an empty line first, HTTP/1.0 without Host, in pieces, absolute targets"""
    for host in shared.hosts:
        # The Tax Administration serves only names that it knows.
        equal(answer(host, request(start=b"GET /nothing HTTP/1.0")), [404 if host is shared.hosts[0] else 421])
        for data in (b"\r\n" + LAST, request(HOST, start=b"GET /nothing HTTP/1.0"),
                     request(b"HOST:\t localhost", b"Connection: close"),
                     request(HOST, b"X: a ", b"Connection: close"),
                     request(HOST, b"X:", b"Y: \xc3\xa4", b"Connection: close"),
                     request(HOST, b"Connection: close", b"Content-Length: 000"),
                     request(HOST, b"Connection: close", start=b"GET HTTP://localhost/nothing HTTP/1.1")):
            equal((data, answer(host, data)), (data, [404]))
        with connect(host) as sock:
            for data in (GOOD, LAST):
                for byte in data:
                    sock.sendall(bytes([byte]))
                    time.sleep(0.001)
            equal(statuses(rest(sock)), [404, 404])
        with connect(host) as sock:  # without waiting for the answers
            sock.sendall(GOOD * 5 + LAST)
            equal(statuses(rest(sock)), [404] * 6)


@tap.case
def absolute_targets(shared):
    """a target in absolute form names the same resource as its path"""
    hub, admin = shared.hosts
    token = shared.world.token("alice")
    bearer = b"Authorization: Bearer " + token.encode()
    for target in (b"http://localhost/api/v1/imports", b"https://localhost/api/v1/imports?limit=5"):
        equal(answer(hub, request(HOST, bearer, b"Connection: close", start=b"GET " + target + b" HTTP/1.1")), [200])
    for target in (b"http://localhost/", b"http://localhost", b"HTTP://LOCALHOST"):
        equal(answer(admin, request(HOST, b"Connection: close", start=b"GET " + target + b" HTTP/1.1")), [200])


@tap.case
def head_of_all(shared):
    """HEAD is GET without content wherever GET is"""
    hub, admin = shared.hosts
    token = shared.world.token("alice")
    number = hub.imported(token, b"a,b\n1,2\n")["import"]
    for path in ("/api/v1/imports", f"/api/v1/imports/{number}", "/api/v1/token", "/api/v1/imports/999"):
        got, head = (hub.send(method, path, token, has_body=method == "GET") for method in ("GET", "HEAD"))
        equal((path, head.status, head.get("Content-Length")), (path, got.status, str(len(got.body))))
    equal(hub.send("HEAD", "/api/v1/imports", "none", has_body=False).status, 401)
    equal(hub.send("HEAD", "/api/v1/import/cbcr", token, has_body=False).status, 405)
    equal(admin.request("HEAD", "/", has_body=False).status, 200)


@tap.case
def late_heads(shared):
    """408 for a head that has begun and takes longer than 10 s, however it arrives; silence is closed without an answer"""
    for host in shared.hosts:
        part, silent, later = connect(host), connect(host), connect(host)
        later.sendall(GOOD)
        later.recv(1 << 16)
        for sock in (part, later):
            sock.sendall(b"GET / HTTP/1.1\r\n")
        begin = time.monotonic()
        open_ones = {part, later}
        while open_ones:
            for sock in list(open_ones):
                if select.select([sock], [], [], 0.5)[0]:
                    equal(statuses(rest(sock)), [408])
                    open_ones.remove(sock)
                else:
                    sock.sendall(b"X")
        equal(time.monotonic() - begin >= 9, True)
        equal(rest(silent), b"")
        for sock in (part, silent, later):
            sock.close()


@tap.case
def two_thousand_slow(shared):
    """serves others while 2,000 connections from 127.0.1.0/24 send heads or bodies slowly"""
    for host in shared.hosts:
        slow = []
        for n in range(2000):
            sock = connect(host, f"127.0.1.{n % 250 + 1}")
            sock.sendall(b"GET / HTTP/1.1\r\n" if n % 2 else request(
                HOST, b"Content-Type: application/json", b"Content-Length: 90", start=b"POST /api/v1/session HTTP/1.1"))
            slow.append(sock)
        fast = count_beside_slow(slow, lambda host=host: equal(answer(host, LAST), [404]))
        print(f"# beside 2,000 slow connections: {fast} of 50 good requests served within 1 s")
        for sock in slow:
            sock.close()
        within(WAIT, lambda host=host: host.request("GET", "/nothing").status == 404)


@tap.case
def one_address(shared):
    """one address has at most 256 connections; others are served meanwhile"""
    for host in shared.hosts:
        many = [connect(host, "127.0.2.1") for _ in range(268)]
        within(WAIT, lambda many=many: len(select.select(many, [], [], 0)[0]) >= 12)
        equal(len(select.select(many, [], [], 0)[0]), 12)
        equal(answer(host, LAST), [404])
        for sock in many:
            sock.close()


def main():
    if len(sys.argv) != 4:
        raise SystemExit("usage: heads_test.py TAX-DATA-HUB TAX-ADMINISTRATION APITOKEN")
    hub, admin, tool = sys.argv[1:]
    shared = Shared(World(hub, tool), Accounts(admin, tool))
    try:
        return tap.run(shared)
    finally:
        shared.close()


if __name__ == "__main__":
    sys.exit(main())
