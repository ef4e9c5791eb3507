#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What users and operators of the Tax Administration do with an account: account_test.py TAX-ADMINISTRATION APITOKEN.
Prints TAP."""
import re
import subprocess
import sys

sys.dont_write_bytecode = True  # leaves no file in the source folder
from admin_support import JSON, PASSWORD, SESSION, TOKENS, WAIT, Admin, Tap, World, equal, within
from admin_test import faults, over, problem

tap = Tap()

CHANGE, SESSIONS = "/api/v1/password", "/api/v1/sessions"
NEW = "a new one for the autumn"


class Shared:
    """A host, and a name of an account for each case."""

    def __init__(self, program, tool):
        self.world = World(program, tool, "--copy", "always")
        self.world.add("alice", "bob", "carol", "dave", "erin")
        self.admin = Admin(self.world)
        self.world.secrets.add(NEW)


def change(user, old, new, **more):
    return user.post(CHANGE, {"password": old, "new_password": new, **more})


# ---- change the password ---------------------------------------------------------------------------------------------


@tap.case
def new_password(shared):
    """a new password ends all sessions but gives this browser a new one; the old password and cookie are refused"""
    alice, other = shared.admin.user("alice"), shared.admin.user("alice")
    token = alice.made("kept")
    reply = change(alice, PASSWORD, NEW)
    equal(reply.status, 200)
    session = reply.json()
    equal((session["name"], session["csrf"] == alice.csrf), ("alice", False))
    cookies = [value.split(";")[0] for name, value in reply.headers if name == "Set-Cookie"]
    equal(sorted(cookie.split("=")[0] for cookie in cookies), ["known", "session"])
    shared.world.secrets |= {session["csrf"], *[cookie.split("=", 1)[1] for cookie in cookies]}
    over(alice)
    over(other)
    fresh = next(cookie for cookie in cookies if cookie.startswith("session="))
    equal(shared.admin.request("GET", TOKENS, [("Cookie", fresh)]).json()["tokens"], [token])
    problem(shared.admin.sign_in_from("127.0.1.1", "alice"), 401, "SIGN_IN")
    equal(shared.admin.user("alice", NEW).page()["tokens"], [token])


@tap.case
def wrong_current(shared):
    """with a wrong current password nothing changes, and the next attempt waits; another's is of no use"""
    bob = shared.admin.user("bob")
    for wrong in ("not his password", "", NEW, PASSWORD.upper()):
        problem(change(bob, wrong, NEW), 403, "PASSWORD")
    equal(bob.get(SESSION).status, 200)
    equal(shared.admin.sign_in_from("127.0.1.2", "bob").status, 200)
    problem(shared.admin.sign_in_from("127.0.1.2", "bob", NEW), 401, "SIGN_IN")


@tap.case
def unacceptable(shared):
    """422 says what is wrong with a new password; nothing changes"""
    carol = shared.admin.user("carol")
    for text, code in (("short", "PASSWORD_SHORT"), ("", "PASSWORD_SHORT"), ("x9" * 600, "PASSWORD_LONG"),
                       ("\0" + NEW, "PASSWORD_TEXT"), (" " * 12, "PASSWORD_BLANK"), ("\u200b" * 8, "PASSWORD_BLANK"),
                       ("Password2026!", "PASSWORD_COMMON"), ("1234567890", "PASSWORD_COMMON"),
                       ("Carol123", "PASSWORD_COMMON"), (7, "TYPE"), (None, "TYPE")):
        equal((text, faults(change(carol, PASSWORD, text))), (text, [("new_password", code)]))
    equal(faults(carol.post(CHANGE, {})), [("password", "MISSING"), ("new_password", "MISSING")])
    equal(faults(change(carol, 1, NEW, name="bob")), [("password", "TYPE"), ("name", "UNKNOWN")])
    problem(shared.admin.request("POST", CHANGE, [("Cookie", carol.cookie), *JSON], b"{}"), 403, "CSRF")
    problem(shared.admin.post(CHANGE, {"password": PASSWORD, "new_password": NEW}), 401, "NO_SESSION")
    equal(carol.get(SESSION).status, 200)
    equal(shared.admin.user("carol").session["name"], "carol")


@tap.case
def other_keyboards(shared):
    """a password is the same in every form of its letters, set by the command and by the page"""
    composed, parts = "zw\u00f6lf Boxk\u00e4mpfer", "zwo\u0308lf Boxka\u0308mpfer"
    for by_command, by_page in ((composed, parts), (parts, composed)):
        shared.world.user("passwd", "dave", password=by_command)
        dave = shared.admin.user("dave", by_page)
        equal(change(dave, by_command, by_page).status, 200)
        equal(shared.admin.sign_in("dave", by_command).status, 200)


@tap.case
def refused_by_the_command(shared):
    """`user add` and `user passwd` refuse what the page refuses, and bytes that no browser could send"""
    for text, reason in ((b"        ", b"can be seen"), (b"\xff\xfehjq4vmz1pd", b"UTF-8"), (b"hjq4\xc3(vmz1pd", b"UTF-8"),
                         (b"Passwort1", b"others try first"), (b"hjq4", b"8 to 1024 bytes"), (b"hjq4\0vmz1pd", b"NUL")):
        for words in (("add", "frank"), ("passwd", "erin")):
            run = subprocess.run([shared.world.program, "user", *words, "--data", shared.world.path("data")], input=text + b"\n",
                                 capture_output=True, timeout=WAIT, check=False)
            equal((text, words, run.returncode, reason in run.stderr), (text, words, 1, True))
    equal("frank" in shared.world.user("list"), False)
    equal(shared.admin.sign_in("erin").status, 200)


# ---- sessions --------------------------------------------------------------------------------------------------------


@tap.case
def list_of_sessions(shared):
    """a user sees the own sessions: when, from where, which browser, which is this one; no cookie or csrf"""
    shared.world.add("bob", data="listed")
    host = Admin(shared.world, data="listed")
    first = host.user("bob")
    reply = host.sign_in("bob", headers=[("User-Agent", 'Fire\xffbird/1.0 ("x")\t;' + "y" * 300)])
    equal(reply.status, 200)
    second = first.get(SESSIONS).json()["sessions"]
    equal([list(row) for row in second], [["id", "created", "last_used", "address", "browser", "current"]] * 2)
    mine = next(row for row in second if row["current"])
    other = next(row for row in second if not row["current"])
    equal((mine["address"], mine["browser"], other["address"]), ("127.0.0.1", "", "127.0.0.1"))
    equal((other["browser"][:18], len(other["browser"])), ('Fire?bird/1.0 ("x"', 159))
    for row in second:
        equal(bool(re.fullmatch("[0-9a-f]{16}", row["id"])), True)
        equal(bool(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", row["created"])), True)
    text = first.get(SESSIONS).body.decode()
    equal([secret for secret in (first.csrf, first.cookie.split("=")[1]) if secret in text], [])
    problem(host.request("GET", SESSIONS), 401, "NO_SESSION")
    equal(host.stop(), 0)


@tap.case
def sign_out_elsewhere(shared):
    """DELETE of the sessions ends all others of this user; of one, only that; nobody's else"""
    users = [shared.admin.user("carol") for _ in range(4)]
    bob = shared.admin.user("bob")
    rows = users[0].get(SESSIONS).json()["sessions"]
    mine = next(row["id"] for row in rows if row["current"])
    theirs = next(row["id"] for row in bob.get(SESSIONS).json()["sessions"] if row["current"])
    for wrong in (theirs, "0" * 16, "x", "1"):
        problem(users[0].send("DELETE", f"{SESSIONS}/{wrong}"), 404, "NO_SUCH_SESSION")
    for method, path in (("DELETE", SESSIONS), ("DELETE", f"{SESSIONS}/{mine}")):
        problem(shared.admin.request(method, path, [("Cookie", users[0].cookie)]), 403, "CSRF")
    second = next(row["id"] for row in users[1].get(SESSIONS).json()["sessions"] if row["current"])
    reply = users[0].send("DELETE", f"{SESSIONS}/{second}")
    equal((reply.status, reply.body), (204, b""))
    over(users[1])
    equal([user.get(SESSION).status for user in (users[0], *users[2:], bob)], [200] * 4)
    equal(users[0].send("DELETE", SESSIONS).status, 204)
    over(users[2])
    over(users[3])
    equal((users[0].get(SESSION).status, bob.get(SESSION).status), (200, 200))
    equal([row["id"] for row in users[0].get(SESSIONS).json()["sessions"]], [mine])
    equal(users[0].send("DELETE", f"{SESSIONS}/{mine}").status, 204)
    over(users[0])


# ---- block -----------------------------------------------------------------------------------------------------------


@tap.case
def blocked(shared):
    """a blocked account has no session, no sign-in and no valid token; unblocked, its tokens are what they were"""
    world, admin = shared.world, shared.admin
    erin, bob = admin.user("erin"), admin.user("bob")
    token, ended = erin.copy(erin.made("kept")["id"]), erin.made("ended")["id"]
    equal(erin.post(f"{TOKENS}/{ended}/revoke").status, 200)
    bobs = bob.copy(bob.made("bob's")["id"])
    for _ in range(2):
        world.user("block", "erin")
        over(erin)
        problem(admin.sign_in_from("127.0.1.3", "erin"), 401, "SIGN_IN")
        equal([world.is_good(text) for text in (token, bobs)], [False, True])
        equal(re.search("^erin .* blocked$", world.user("list"), re.M) is not None, True)
        equal('"state":"blocked"' in world.user("list", "--json"), True)
    equal(bob.get(SESSION).status, 200)
    world.user("passwd", "erin", password=NEW)
    problem(admin.sign_in_from("127.0.1.4", "erin", NEW), 401, "SIGN_IN")
    for _ in range(2):
        world.user("unblock", "erin")
    erin = admin.user("erin", NEW)
    equal(world.is_good(token), True)
    equal({row["name"]: row["state"] for row in erin.page()["tokens"]}, {"kept": "valid", "ended": "revoked"})
    equal(erin.create("again").status, 201)


@tap.case
def block_errors(shared):
    """block and unblock of nobody are refused; without the token store the account stays or becomes blocked, and says so"""
    world, admin = shared.world, shared.admin
    for verb in ("block", "unblock"):
        world.user(verb, "nobody", code=1)
        world.user(verb, "dave", "--json", code=2)
        world.user(verb, "dave", "--store", world.store, code=2)
    dave = admin.user("dave", "zw\u00f6lf Boxk\u00e4mpfer")
    token = dave.copy(dave.made("kept")["id"])
    none = ("--store", world.path("none"), "--keys", world.keys)
    world.user("block", "dave", *none, code=3)
    over(dave)
    equal(world.is_good(token), True)  # as the command said
    world.user("block", "dave", "--store", world.store, "--keys", world.keys)
    equal(world.is_good(token), False)
    world.user("unblock", "dave", *none, code=3)
    problem(admin.sign_in_from("127.0.1.5", "dave", "zw\u00f6lf Boxk\u00e4mpfer"), 401, "SIGN_IN")
    world.user("unblock", "dave")
    equal((world.is_good(token), admin.sign_in("dave", "zw\u00f6lf Boxk\u00e4mpfer").status), (True, 200))
    world.user("block", "dave")
    world.user("remove", "dave")
    equal((world.is_good(token), "dave" in world.user("list")), (False, False))


@tap.case
def nothing_secret(shared):
    """no password, cookie or csrf is in the log"""
    equal(shared.admin.stop(), 0)
    within(WAIT, shared.admin.log)
    equal([text for text in shared.world.secrets if text in shared.admin.log()], [])


def main():
    if len(sys.argv) != 3:
        raise SystemExit("usage: account_test.py TAX-ADMINISTRATION APITOKEN")
    shared = Shared(*sys.argv[1:])
    try:
        return tap.run(shared)
    finally:
        shared.world.close()


if __name__ == "__main__":
    sys.exit(main())
