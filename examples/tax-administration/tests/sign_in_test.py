#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Signing in to the Tax Administration while strangers guess: sign_in_test.py TAX-ADMINISTRATION APITOKEN. Prints TAP."""
import re
import sys
import threading
import time

sys.dont_write_bytecode = True  # leaves no file in the source folder
from admin_support import PASSWORD, WAIT, Admin, ClientFrom, Tap, World, at_once, cookies_set, equal, within

tap = Tap()

STRANGERS = 200
TIMES = 50
PAUSE = 1  # seconds after a 429, so that the strangers leave the machine some time


class Attack:
    """Many connections from 127.0.1.0/24 that guess, every other at one name, until the attack is over."""

    def __init__(self, port, name):
        self.port, self.name = port, name
        self.is_over = threading.Event()
        self.lock = threading.Lock()
        self.answers = {}
        self.threads = [threading.Thread(target=self._guess, args=(number,)) for number in range(STRANGERS)]

    def _guess(self, number):
        client = None
        while not self.is_over.is_set():
            try:
                client = client or ClientFrom(self.port, f"127.0.1.{number % 254 + 1}")
                name = self.name if number % 2 else f"made-up-{number}"
                reply = client.sign_in(name, "a wrong password")
            except OSError:
                reply = None
            status = reply.status if reply else 0
            if not reply:  # the host closed the connection: come again
                client = None
            with self.lock:
                self.answers[status] = self.answers.get(status, 0) + 1
            if status != 401:
                self.is_over.wait(PAUSE)

    def count(self, status):
        with self.lock:
            return self.answers.get(status, 0)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        within(WAIT, lambda: self.count(401) >= 50)  # many addresses have failed, and the table of the waiting is full
        within(WAIT, lambda: self.count(429) >= 100)
        return self

    def __exit__(self, *_):
        self.is_over.set()
        for thread in self.threads:
            thread.join(WAIT)


def sign_in_often(admin, attack, source, headers=()):
    """Signs in again and again under attack. Every attempt must succeed; returns the longest time one took."""
    longest, guessed = 0, attack.count(401)
    for number in range(TIMES):
        begin = time.monotonic()
        reply = admin.sign_in_from(source, attack.name, headers=headers)
        longest = max(longest, time.monotonic() - begin)
        equal((number, reply.status), (number, 200))
    equal(attack.count(401) > guessed, True)
    return longest


@tap.case
def strangers_shut_nobody_out(world):
    """200 connections guess, half of them at bob: bob signs in 50 of 50 times from elsewhere, and 50 of 50 with his browser"""
    admin = Admin(world)
    bob = admin.user("bob")
    with Attack(admin.port, "bob") as attack:
        clean, known = at_once(lambda: sign_in_often(admin, attack, "127.0.2.1"),
                               lambda: sign_in_often(admin, attack, "127.0.1.7", [("Cookie", bob.known)]))
    equal((bool(clean), bool(known)), (True, True))
    print(f"# the slowest of {TIMES}: {clean:.2f} s from a clean address, {known:.2f} s with a known browser; "
          f"the strangers' answers: {attack.answers}", flush=True)
    equal(admin.stop(), 0)


@tap.case
def wrong_guesses_wait(world):
    """a stranger with a browser known at another name, or a changed cookie, waits like any other"""
    admin = Admin(world)
    alice = admin.user("alice")
    value = alice.known.split("=", 1)[1]
    changed = value[:40] + ("A" if value[40] != "A" else "B") + value[41:]
    for source, cookie in (("127.0.3.1", ""), ("127.0.3.2", f"known={value}"), ("127.0.3.3", f"known={changed}"),
                           ("127.0.3.4", f"known={value[:-1]}"), ("127.0.3.5", f"known={value}; known={value}")):
        headers = [("Cookie", cookie)] if cookie else []
        begin = time.monotonic()
        for _ in range(3):
            equal(admin.sign_in_from(source, "bob", "a wrong password", headers).status, 401)
        equal((cookie[:6], time.monotonic() - begin >= 0.75), (cookie[:6], True))
    equal(admin.stop(), 0)


@tap.case
def spraying(world):
    """one password at many names: from the eleventh on each makes the next wait longer, but nobody elsewhere"""
    admin = Admin(world)
    for number in range(11):
        equal(admin.sign_in_from("127.0.4.1", f"name{number}", "Summer2026!").status, 401)
    begin = time.monotonic()
    for number in range(4):  # 0.25 s after the eleventh, 0.5 after the next one, and so on
        equal(admin.sign_in_from("127.0.4.1", f"other{number}", "Summer2026!").status, 401)
    equal(time.monotonic() - begin >= 2.5, True)
    equal(admin.sign_in_from("127.0.4.1", "bob").status, 200)
    equal(admin.sign_in_from("127.0.5.1", "alice").status, 200)
    equal(admin.stop(), 0)


@tap.case
def known_cookie(world):
    """the cookie is HttpOnly, SameSite and lasts half a year; it survives sign-out and a restart, and says no name"""
    for options, prefix, more in (((), "", set()), (("--origin", "https://tax.example"), "__Host-", {"Secure"})):
        admin = Admin(world, *options)
        bob = admin.user("bob")
        match = re.fullmatch(prefix + r"known=([A-Za-z0-9_-]{70}); (.*)", bob.set_known)
        equal(set(match.group(2).split("; ")), {"HttpOnly", "Path=/", "SameSite=Strict", "Max-Age=15552000"} | more)
        equal(list(cookies_set(bob.send("DELETE", "/api/v1/session"))), ["session"])
        equal(cookies_set(admin.sign_in("bob", "a wrong password")), {})
        equal(admin.stop(), 0)
        admin = Admin(world, *options)
        begin = time.monotonic()
        for _ in range(3):
            equal(admin.sign_in_from("127.0.6.1", "bob", "a wrong password").status, 401)
        equal(admin.sign_in_from("127.0.6.1", "bob", PASSWORD, [("Cookie", bob.known)]).status, 200)
        equal(time.monotonic() - begin >= 0.75, True)
        equal([text for text in world.secrets if text in admin.log()], [])
        equal(admin.stop(), 0)


@tap.case
def behind_a_proxy(world):
    """behind a trusted proxy each client waits for its own failures; without trust all are one"""
    def guess(admin, number):
        client = ("X-Forwarded-For", f"198.51.{number}.1")
        return admin.sign_in_from("127.0.7.1", "bob", "a wrong password", [client]).status

    for options, due in ((("--trust-proxy", "127.0.7.1"), {401}), ((), {401, 429})):
        admin = Admin(world, *options)
        equal([guess(admin, 99) for _ in range(3)], [401] * 3)
        answers = at_once(*[lambda number=number, admin=admin: guess(admin, number) for number in range(8)])
        equal((options, set(answers)), (options, due))
        equal(admin.stop(), 0)


def main():
    if len(sys.argv) != 3:
        raise SystemExit("usage: sign_in_test.py TAX-ADMINISTRATION APITOKEN")
    world = World(*sys.argv[1:])
    world.add("alice", "bob")
    try:
        return tap.run(world)
    finally:
        world.close()


if __name__ == "__main__":
    sys.exit(main())
