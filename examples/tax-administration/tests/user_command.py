# SPDX-License-Identifier: MIT
"""The `user` commands over the real programs: user_command.py TAX_ADMINISTRATION APITOKEN"""
import fnmatch
import json
import os
import pty
import re
import select
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import termios
import threading
import time
import traceback
from datetime import datetime, timedelta, timezone

PROGRAM, TOOL = sys.argv[1:3]
WAIT = 600  # seconds after which a step hangs: even a busy machine needs far less
PASSWORD = "a good password"
CASES = []


def case(function):
    CASES.append(function)
    return function


def equal(got, due):
    if got != due:
        raise AssertionError(f"got {got!r}, due {due!r}")


def contains(text, part):
    if part not in text:
        raise AssertionError(f"{part!r} is not in {text!r}")


class Place:
    """A new directory with what a case needs."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="user-command-")
        self.data = os.path.join(self.dir, "data")
        self.store = os.path.join(self.dir, "store")
        self.keys = os.path.join(self.dir, "keys")
        self.host = None

    def run(self, *words, text="", code=0, binary=None):
        """Runs a user command; returns its standard output and standard error."""
        done = subprocess.run([PROGRAM, "user", *words], input=binary if binary is not None else text.encode(),
                              capture_output=True, timeout=WAIT, check=False)
        said = done.stderr.decode()
        if done.returncode != code:
            raise AssertionError(f"{words}: exit {done.returncode}, due {code}: {said}")
        if PASSWORD in said or PASSWORD in done.stdout.decode():
            raise AssertionError("the password was printed")
        return done.stdout.decode(), said

    def user(self, *words, **how):
        return self.run(*words, "--data", self.data, **how)

    def add(self, name, password=PASSWORD, **how):
        return self.user("add", name, text=password + "\n", **how)

    def add_under(self, umask, name):
        before = os.umask(umask)
        try:
            self.add(name)
        finally:
            os.umask(before)

    def accounts(self):
        return [json.loads(line) for line in self.user("list", "--json")[0].splitlines()]

    def id_of(self, name):
        return [account["id"] for account in self.accounts() if account["name"] == name][0]

    def tool(self, *words, text=None, codes=(0, 1)):
        done = subprocess.run([TOOL, *words], input=text, capture_output=True, timeout=WAIT, check=False, text=True)
        if done.returncode not in codes:
            raise AssertionError(f"{words}: {done.stderr}")
        return done

    def make_store(self):
        self.tool("keys", "create", self.keys)
        self.tool("init", "--store", self.store, "--keys", self.keys)

    def make_token(self, owner, name="name", expires="never"):
        """Creates a token; returns its text, or nothing if it would have expired already."""
        return self.tool("create", "--store", self.store, "--keys", self.keys, "--owner", owner, "--name", name, "--expires",
                         expires, codes=(0, 2)).stdout.strip()

    def is_good(self, token):
        return self.tool("check", "--store", self.store, "--keys", self.keys, text=token).returncode == 0

    def tokens(self, owner):
        done = self.tool("list", "--store", self.store, "--keys", self.keys, "--owner", owner, "--json")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def start_host(self):
        self.host = subprocess.Popen([PROGRAM, "--store", self.store, "--keys", self.keys, "--data", self.data, "--port", "0"],
                                     stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        contains(self.host.stdout.readline(), "listening on")

    def stop_host(self):
        if not self.host:
            return
        self.host.send_signal(signal.SIGTERM)
        self.host.communicate(timeout=WAIT)
        equal(self.host.returncode, 0)
        self.host = None

    def remove(self, has_failed):
        """A case that failed keeps its directory, and KEEP=1 in the environment keeps all."""
        if self.host:
            self.host.kill()
            self.host.communicate()
        if has_failed or os.environ.get("KEEP") == "1":
            print(f"# kept: {self.dir}", flush=True)
        else:
            shutil.rmtree(self.dir)


def on_terminal(command, *steps):
    """Runs it on a terminal of its own and types each answer when its prompt has come: what was shown, exit code, echo."""
    pid, fd = pty.fork()
    if pid == 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.execvp(command[0], command)
    shown, left = b"", list(steps)
    while True:
        if not select.select([fd], [], [], WAIT)[0]:
            os.kill(pid, signal.SIGKILL)
            raise AssertionError(f"nothing more came after {shown!r}")
        try:
            part = os.read(fd, 4096)
        except OSError:  # Linux returns EIO when the last process has closed the terminal
            part = b""
        if not part:
            break
        shown += part
        if left and left[0][0].encode() in shown:
            os.write(fd, left.pop(0)[1].encode())
    echo = bool(termios.tcgetattr(fd)[3] & termios.ECHO)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.close(fd)
    return shown.decode(), code, echo


@case
def add_list(place):
    """add creates the directory and the account, list prints it"""
    equal(place.add("bob")[0], "")
    place.add("alice")
    lines = place.user("list")[0].splitlines()
    equal([line.split()[0] for line in lines], ["alice", "bob"])
    for line in lines:
        equal(bool(re.fullmatch(r"\w+ \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", line)), True)
    accounts = place.accounts()
    equal([list(account) for account in accounts], [["name", "id", "created", "state"]] * 2)
    equal([account["state"] for account in accounts], ["active"] * 2)
    for account in accounts:
        equal(bool(re.fullmatch("[0-9a-f]{32}", account["id"])), True)


@case
def modes(place):
    """the directory gets mode 0750 and the files 0600, whatever the umask is"""
    place.add_under(0o002, "alice")
    equal(stat.S_IMODE(os.stat(place.data).st_mode), 0o750)
    for name in os.listdir(place.data):
        equal(stat.S_IMODE(os.stat(os.path.join(place.data, name)).st_mode), 0o600)


@case
def modes_of_a_narrow_umask(place):
    """a strict umask does not change the directory's mode"""
    place.add_under(0o077, "alice")
    equal(stat.S_IMODE(os.stat(place.data).st_mode), 0o750)


@case
def no_password_in_files(place):
    """no file holds the password, and its verifier is Argon2id"""
    place.add("alice")
    for name in os.listdir(place.data):
        with open(os.path.join(place.data, name), "rb") as file:
            content = file.read()
        equal(PASSWORD.encode() in content, False)
        equal(b"$argon2id$" in content, not name.endswith("-lock"))


@case
def name_taken(place):
    """a taken name is refused, and the account stays as it is"""
    place.add("alice")
    before = place.accounts()
    contains(place.add("alice", "another password", code=1)[1], "alice already exists")
    equal(place.accounts(), before)


@case
def bad_passwords(place):
    """an unacceptable password is refused and creates nothing"""
    for text in ["", "\n", "\r\n", "1234567", "1234567\n", "1234567\r\n", "p" * 1025, "p" * 1025 + "\n",
                 "p" * 100000]:
        contains(place.user("add", "alice", text=text, code=1)[1], "8 to 1024 bytes")
    contains(place.user("add", "alice", text="12345678\0", code=1)[1], "without a NUL")
    for text in ["12345678\n\n", "12345678\n12345678\n", "1234\r5678"]:
        contains(place.user("add", "alice", text=text, code=1)[1], "single line")
    equal(os.path.exists(place.data), False)


@case
def good_passwords(place):
    """the shortest and the longest password, with and without a line end, and of any letters"""
    longest = b"pq7z" * 256
    good = [b"hjq4vmz1", b"hjq4vmz1\n", b"hjq4vmz1\r\n", longest, longest + b"\n", longest + b"\r\n",
            "p\u00e4ssword \U0001f511".encode()]
    for number, password in enumerate(good):
        place.user("add", f"user{number}", binary=password)
    equal(len(place.accounts()), len(good))


@case
def closed_input(place):
    """without standard input nothing is created"""
    done = subprocess.run(["sh", "-c", '"$0" user add alice --data "$1" <&-', PROGRAM, place.data], capture_output=True,
                          timeout=WAIT, check=False)
    equal(done.returncode, 1)
    equal(os.path.exists(place.data), False)


@case
def usage_errors(place):
    """wrong usage exits with 2 and creates nothing"""
    wrong = [[], ["frob"], ["add"], ["add", "alice", "bob"], ["add", ""], ["add", "-x"], ["add", ".alice"], ["add", "a b"],
             ["add", "\u00e4"], ["add", "a" * 65], ["list", "alice"], ["passwd"], ["remove"], ["add", "alice", "--json"],
             ["add", "alice", "--store", "s", "--keys", "k"], ["remove", "alice", "--store", "s"],
             ["remove", "alice", "--keys", "k"], ["remove", "alice", "--store", "", "--keys", "k"],
             ["remove", "alice", "--json"], ["add", "alice", "--password", "12345678"], ["list", "--data"]]
    for words in wrong:
        said = place.user(*words, text=PASSWORD, code=2)[1]
        contains(said, "tax-administration: user: ")
        equal(said.count("\n"), 1)
    for words in [["list"], ["add", "alice"], ["add", "alice", "--data", ""]]:
        contains(place.run(*words, text=PASSWORD, code=2)[1], "missing --data")
    equal(os.path.exists(place.data), False)


@case
def help_text(place):
    """--help prints the usage"""
    for words in [["--help"], ["add", "--help"]]:
        contains(place.run(*words)[0], "usage: tax-administration user add NAME --data DIR")


@case
def no_accounts_there(place):
    """list, passwd and remove create no database in a directory without one"""
    os.mkdir(place.data)
    for words in [["list"], ["passwd", "alice"], ["remove", "alice"]]:
        contains(place.user(*words, text=PASSWORD, code=3)[1], "there are no accounts in")
    equal(os.listdir(place.data), [])


@case
def unusable_directory(place):
    """an impossible data directory exits with 3"""
    with open(place.data, "w", encoding="ascii") as file:
        file.write("a file")
    place.user("add", "alice", text=PASSWORD, code=3)
    place.run("add", "alice", "--data", os.path.join(place.dir, "no", "parent"), text=PASSWORD, code=3)
    equal(os.listdir(place.dir), ["data"])


@case
def full_output(place):
    """a list that cannot be written exits with 3"""
    place.add("alice")
    with open("/dev/full", "wb") as full:
        done = subprocess.run([PROGRAM, "user", "list", "--data", place.data], stdout=full, stderr=subprocess.PIPE,
                              timeout=WAIT, check=False)
    equal(done.returncode, 3)


@case
def passwd(place):
    """passwd sets another verifier; a bad password or an unknown name changes nothing"""
    place.add("alice")
    file = os.path.join(place.data, "accounts.mdb")

    def verifiers():
        with open(file, "rb") as opened:
            return set(re.findall(rb"\$argon2id\$[^\0]+", opened.read()))
    before = verifiers()
    accounts = place.accounts()
    place.user("passwd", "alice", text="short", code=1)
    contains(place.user("passwd", "bob", text=PASSWORD, code=1)[1], "no such user: bob")
    equal(verifiers(), before)
    place.user("passwd", "alice", text="another password\n")
    equal(verifiers() - before != set(), True)
    equal(place.accounts(), accounts)


@case
def on_a_terminal(place):
    """on a terminal the password is asked for twice and not shown"""
    command = [PROGRAM, "user", "add", "alice", "--data", place.data]

    def ask(first, second):
        shown, code, echo = on_terminal(command, ("New password: ", first + "\n"), ("Repeat the password: ", second + "\n"))
        for word in (first, second):
            equal(word in shown, False)
        equal(echo, True)
        return shown, code
    shown, code = ask("first-password", "other-password")
    contains(shown, "the two passwords differ")
    equal(code, 1)
    equal(os.path.exists(place.data), False)
    equal(ask("same-password", "same-password")[1], 0)
    equal([account["name"] for account in place.accounts()], ["alice"])


@case
def terminal_interrupted(place):
    """a signal at either prompt ends the command, creates nothing, and the terminal echoes again"""
    command = [PROGRAM, "user", "add", "alice", "--data", place.data]
    first, second = ("New password: ", "same-password\n"), ("Repeat the password: ", "half\x03")
    for steps in [[(first[0], second[1])], [first, second]]:
        _, code, echo = on_terminal(command, *steps)
        equal((code, echo), (-signal.SIGINT, True))
        equal(os.path.exists(place.data), False)


@case
def remove_without_host(place):
    """remove deletes an account that no host ever served; the name is free and gets another id"""
    place.add("alice")
    place.add("bob")
    before = place.id_of("alice")
    contains(place.user("remove", "alice")[1], "removed alice, tokens revoked: 0")
    contains(place.user("remove", "alice", code=1)[1], "no such user: alice")
    equal([account["name"] for account in place.accounts()], ["bob"])
    place.add("alice")
    equal(place.id_of("alice") == before, False)


def revokes_tokens_with(place, *where):
    place.make_store()
    place.add("alice")
    place.add("bob")
    alice, bob = place.id_of("alice"), place.id_of("bob")
    tokens = [place.make_token(alice, f"name {number}") for number in range(3)]
    others = [place.make_token(bob), place.make_token("alice")]
    if not where:
        place.start_host()
        place.stop_host()
    contains(place.user("remove", "alice", *where)[1], "tokens revoked: 3")
    equal([place.is_good(token) for token in tokens], [False] * 3)
    equal([place.is_good(token) for token in others], [True] * 2)
    equal({(token["state"], token["reason"]) for token in place.tokens(alice)}, {("revoked", "account removed")})
    equal([account["name"] for account in place.accounts()], ["bob"])


@case
def remove_with_options(place):
    """remove revokes that account's tokens and nobody else's, in the store of --store and --keys"""
    revokes_tokens_with(place, "--store", place.store, "--keys", place.keys)


@case
def remove_as_remembered(place):
    """remove finds the token store that the host used"""
    revokes_tokens_with(place)


@case
def remove_while_running(place):
    """add, list, passwd and remove work while the host is running"""
    place.make_store()
    place.add("bob")
    place.start_host()
    place.add("alice")
    place.user("passwd", "alice", text="another password")
    token = place.make_token(place.id_of("alice"))
    place.user("remove", "alice")
    equal(place.is_good(token), False)
    equal([account["name"] for account in place.accounts()], ["bob"])
    place.stop_host()


@case
def remove_expired_and_revoked(place):
    """remove revokes expired tokens as well and leaves revoked ones as they are"""
    place.make_store()
    place.add("alice")
    alice = place.id_of("alice")
    revoked = place.make_token(alice, "revoked")
    for seconds in (1, 5, 25):  # on a busy machine it may expire before it is created
        end = datetime.now(timezone.utc) + timedelta(seconds=seconds)
        if place.make_token(alice, "short", end.strftime("%Y-%m-%dT%H:%M:%SZ")):
            break
    place.tool("revoke", "--store", place.store, "--keys", place.keys, "--owner", alice, "--reason", "mine", "--yes",
               place.tokens(alice)[0]["id"])
    equal(place.is_good(revoked), False)
    while place.tokens(alice)[1]["state"] != "expired":
        time.sleep(0.1)
    contains(place.user("remove", "alice", "--store", place.store, "--keys", place.keys)[1], "tokens revoked: 1")
    equal([token["reason"] for token in place.tokens(alice)], ["mine", "account removed"])
    equal([token["state"] for token in place.tokens(alice)], ["revoked"] * 2)


@case
def remove_suspended(place):
    """remove revokes suspended tokens as well: a resume does not bring them back"""
    place.make_store()
    place.add("alice")
    alice = place.id_of("alice")
    where = ("--store", place.store, "--keys", place.keys)
    token = place.make_token(alice)
    found = place.tokens(alice)[0]
    place.tool("suspend", *where, "--owner", alice, found["id"])
    equal(place.tokens(alice)[0]["state"], "suspended")
    contains(place.user("remove", "alice", *where)[1], "tokens revoked: 1")
    equal([(token["state"], token["reason"]) for token in place.tokens(alice)], [("revoked", "account removed")])
    contains(place.tool("show", *where, "--owner", alice, found["id"]).stdout, "reason code   owner-gone")
    equal(place.is_good(token), False)


@case
def remove_many(place):
    """remove revokes more tokens than a page of the list holds"""
    place.make_store()
    place.add("alice")
    alice = place.id_of("alice")
    for number in range(120):
        place.make_token(alice, f"name {number}")
    contains(place.user("remove", "alice", "--store", place.store, "--keys", place.keys)[1], "tokens revoked: 120")
    equal({token["state"] for token in place.tokens(alice)}, {"revoked"})


@case
def remove_without_tokens(place):
    """without the token store the account stays in the state leaving, until remove is repeated with it"""
    place.make_store()
    place.add("alice")
    alice = place.id_of("alice")
    token = place.make_token(alice)
    place.start_host()
    place.stop_host()
    os.rename(place.keys, place.keys + ".away")
    said = place.user("remove", "alice", code=3)[1]
    contains(said, "APITOKEN_E_KEYS_MISSING")
    contains(said, "--store DIR --keys FILE")
    equal([account["state"] for account in place.accounts()], ["leaving"])
    contains(place.user("list")[0], " being removed\n")
    contains(place.add("alice", code=1)[1], "is being removed")
    place.user("passwd", "alice", text=PASSWORD, code=1)
    equal(place.id_of("alice"), alice)
    os.rename(place.keys + ".away", place.keys)
    contains(place.user("remove", "alice")[1], "tokens revoked: 1")
    equal(place.is_good(token), False)
    equal(place.accounts(), [])


@case
def remove_with_wrong_keys(place):
    """a keyring that can only verify, and one of another store, are refused"""
    place.make_store()
    place.add("alice")
    verify, other = os.path.join(place.dir, "verify"), os.path.join(place.dir, "other")
    place.tool("keys", "export-verify", place.keys, verify)
    place.tool("keys", "create", other)
    token = place.make_token(place.id_of("alice"))
    for keys, word in [(verify, "can only verify"), (other, "APITOKEN_E_KEY_WRONG")]:
        contains(place.user("remove", "alice", "--store", place.store, "--keys", keys, code=3)[1], word)
        equal([account["state"] for account in place.accounts()], ["leaving"])
    place.user("remove", "alice", "--store", place.store, "--keys", place.keys)
    equal(place.is_good(token), False)


@case
def add_at_once(place):
    """of several concurrent adds of one name, one succeeds"""
    place.add("bob")
    codes = []

    def add():
        codes.append(subprocess.run([PROGRAM, "user", "add", "alice", "--data", place.data], input=PASSWORD.encode(),
                                    capture_output=True, timeout=WAIT, check=False).returncode)
    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal(sorted(codes), [0, 1, 1, 1])


@case
def killed_at_any_time(place):
    """a remove that is killed leaves an account that can be removed, and never one that is active with revoked tokens"""
    place.make_store()
    for number in range(6):
        name = f"user{number}"
        place.add(name)
        tokens = [place.make_token(place.id_of(name), f"name {i}") for i in range(5)]
        command = subprocess.Popen([PROGRAM, "user", "remove", name, "--data", place.data, "--store", place.store, "--keys",
                                    place.keys], stderr=subprocess.DEVNULL)
        try:
            command.wait(0.004 * number)
        except subprocess.TimeoutExpired:
            command.kill()
            command.wait()
        states = [account["state"] for account in place.accounts() if account["name"] == name]
        if "active" in states:
            equal([place.is_good(token) for token in tokens], [True] * 5)
        if states:
            place.user("remove", name, "--store", place.store, "--keys", place.keys)
        equal([place.is_good(token) for token in tokens], [False] * 5)
    equal(place.accounts(), [])


def run(number, function):
    place, has_failed = Place(), True
    try:
        function(place)
        has_failed = False
        print(f"ok {number} - {function.__doc__}", flush=True)
        return True
    except Exception:  # pylint: disable=broad-except
        print(f"not ok {number} - {function.__doc__}")
        for line in traceback.format_exc().splitlines():
            print("# " + line, flush=True)
        return False
    finally:
        place.remove(has_failed)


def main():
    """CASE=PATTERN in the environment runs only the cases whose names match."""
    pattern = os.environ.get("CASE", "*")
    cases = [function for function in CASES if fnmatch.fnmatchcase(function.__name__, pattern)]
    if not cases:
        raise SystemExit(f"no case has a name like {pattern}")
    print(f"1..{len(cases)}", flush=True)
    results = [run(number, function) for number, function in enumerate(cases, 1)]
    sys.exit(0 if all(results) else 1)


main()
