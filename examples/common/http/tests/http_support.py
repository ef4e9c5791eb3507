# SPDX-License-Identifier: MIT
"""What the tests of the HTTP hosts use: TAP, a running host, and HTTP written byte by byte."""
import calendar
import fnmatch
import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
import traceback

WAIT = 600  # seconds after which something hangs: however busy the machine is, it needs far less


def remove_unless_kept(folder, has_failed):
    """The folder of a test stays if the test failed, or if KEEP=1 is in the environment."""
    if has_failed or os.environ.get("KEEP") == "1":
        print(f"# kept: {folder}", flush=True)
    else:
        shutil.rmtree(folder, ignore_errors=True)


class Tap:
    """Collects test cases and runs them in order."""

    has_failed = False  # any case of this program

    def __init__(self):
        self.cases = []

    def case(self, function):
        self.cases.append(function)
        return function

    def run(self, *arguments):
        """CASE=PATTERN in the environment runs only the cases whose names match; some need what earlier ones did."""
        pattern = os.environ.get("CASE", "*")
        cases = [case for case in self.cases if fnmatch.fnmatchcase(case.__name__, pattern)]
        if not cases:
            raise SystemExit(f"no case has a name like {pattern}")
        print(f"1..{len(cases)}", flush=True)
        for number, case in enumerate(cases, 1):
            try:
                case(*arguments)
                print(f"ok {number} - {case.__doc__}", flush=True)
            except Exception:  # pylint: disable=broad-except
                Tap.has_failed = True
                print(f"not ok {number} - {case.__doc__}")
                for line in traceback.format_exc().splitlines():
                    print("# " + line, flush=True)
        return 1 if Tap.has_failed else 0


def equal(got, due):
    if got != due:
        raise AssertionError(f"got {got!r}, due {due!r}")


def within(seconds, condition):
    """Waits until the condition is true and returns its value."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {condition}")
        time.sleep(0.01)


class Reply:
    """An answer of a host."""

    def __init__(self, raw, connection):
        head, _, body = raw.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split()[1])
        self.headers = [tuple(line.split(": ", 1)) for line in lines[1:]]
        self.body = body
        # All that a client can see, except the time.
        self.public = re.sub(rb"\r\nDate: [^\r]*", b"", raw)
        self.connection = connection

    def get(self, name):
        found = [value for key, value in self.headers if key.lower() == name.lower()]
        equal(len(found) <= 1, True)
        return found[0] if found else None

    def json(self):
        return json.loads(self.body)

    def check_problem(self, status):
        """Checks for a problem of RFC 9457 with no-store, and returns its members."""
        equal((self.status, self.body[:300] if self.status != status else b""), (status, b""))
        equal(self.get("Content-Type"), "application/problem+json")
        equal(self.get("Cache-Control"), "no-store")
        members = self.json()
        equal((members["status"], members["type"]), (status, "about:blank"))
        return members


class Client:
    """A connection."""

    def __init__(self, port, host="127.0.0.1", authority="host", source=None):
        self.sock = socket.create_connection((host, port), timeout=WAIT, source_address=(source, 0) if source else None)
        self.authority = authority
        self.rest = b""

    def send(self, data):
        self.sock.sendall(data)

    def head(self, method, path, headers):
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.authority}"] + [f"{name}: {value}" for name, value in headers]
        self.send("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n")

    def _more(self):
        try:
            data = self.sock.recv(1 << 20)
        except ConnectionResetError:
            data = b""
        self.rest += data
        return bool(data)

    def reply(self, has_body=True):
        """Returns the next answer, None if the connection closes without one."""
        while b"\r\n\r\n" not in self.rest:
            if not self._more():
                return None
        head, _, _ = self.rest.partition(b"\r\n\r\n")
        if head.startswith(b"HTTP/1.1 100"):
            self.rest = self.rest[len(head) + 4:]
            return self.reply(has_body)
        has_body = has_body and not head.startswith(b"HTTP/1.1 204")
        length = int(re.search(rb"\r\nContent-Length: (\d+)", head, re.I).group(1)) if has_body else 0
        while len(self.rest) < len(head) + 4 + length:
            if not self._more():
                raise AssertionError("the answer was cut off")
        raw, self.rest = self.rest[:len(head) + 4 + length], self.rest[len(head) + 4 + length:]
        return Reply(raw, self)

    def wait_for_continue(self):
        """Waits until the host has read the header, which contains `Expect: 100-continue`."""
        while not self.rest.startswith(b"HTTP/1.1 100") or b"\r\n\r\n" not in self.rest:
            if not self._more():
                raise AssertionError("the host did not ask for the body")

    def close(self):
        self.sock.close()


def count_beside_slow(slow, serve):
    """How many of 50 calls of serve() take less than 1 s while the slow sockets send a byte now and then."""
    fast = 0
    for n in range(50):
        for sock in slow[n::50]:
            try:
                sock.send(b"x")
            except OSError:
                pass  # was ended to make room
        begin = time.monotonic()
        serve()
        fast += time.monotonic() - begin < 1
    return fast


def environment(given):
    """That of a program which is started with these variables, too."""
    env = {**os.environ, **given}
    if "LD_PRELOAD" in env and "LD_PRELOAD" in os.environ and env["LD_PRELOAD"] != os.environ["LD_PRELOAD"]:
        env["LD_PRELOAD"] += ":" + os.environ["LD_PRELOAD"]  # the whole run may have one, too
    if "LD_PRELOAD" in env:  # otherwise a sanitizer insists on being the first library
        env["ASAN_OPTIONS"] = env.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
    return env


class Host:
    """A running host."""

    def __init__(self, arguments, log_path, env=None, before=None):
        self.log_path = log_path
        with open(log_path, "wb") as log:
            self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=log, cwd=os.path.dirname(log_path),
                                            preexec_fn=before, env=environment(env or {}))
        self.line = self.process.stdout.readline().decode()
        match = re.fullmatch(r"listening on http://(\S+):(\d+)\n", self.line)
        if not match:
            self.kill()
            raise AssertionError(f"no listening line: {self.line!r}; {self.log()}")
        self.host, self.port = match.group(1).strip("[]"), int(match.group(2))

    def log(self):
        with open(self.log_path, encoding="utf-8") as log:
            return log.read()

    def client(self):
        return Client(self.port, self.host)

    def request(self, method, path, headers=(), body=b"", has_body=True):
        """Sends one request on a new connection."""
        given = list(headers)
        if body:
            given.append(("Content-Length", str(len(body))))
        client = self.client()
        client.head(method, path, given)
        client.send(body)
        reply = client.reply(has_body)
        client.close()
        return reply

    def refuses(self, path):
        """True if the host accepts no more connections."""
        try:
            client = self.client()
        except ConnectionRefusedError:
            return True
        # The socket still listens, but nobody accepts the connection: there will be no answer.
        client.sock.settimeout(1)
        try:
            client.head("GET", path, [])
            return client.reply() is None
        except OSError:
            return True
        finally:
            client.close()

    def stop(self, number=signal.SIGTERM):
        """Stops the host and returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(WAIT)
        finally:
            self.process.stdout.close()

    def kill(self):
        return self.stop(signal.SIGKILL)


class Stores:
    """A folder with keys, a store and tokens, all created by the tool, and the hosts that use them."""

    def __init__(self, tool, *init_options):
        self.tool = os.path.abspath(tool)
        self.dir = tempfile.mkdtemp(prefix="apitoken-host-")
        self.store, self.keys = os.path.join(self.dir, "store"), os.path.join(self.dir, "keys")
        self.hosts = []
        self.run("keys", "create", self.keys)
        self.run("init", *init_options)

    def run(self, *arguments):
        env = {**os.environ, "APITOKEN_STORE": self.store, "APITOKEN_KEYS": self.keys}
        run = subprocess.run([self.tool, *arguments], env=env, capture_output=True, text=True, timeout=WAIT, check=False)
        if run.returncode != 0:
            raise AssertionError(f"{arguments}: exit {run.returncode}: {run.stderr}")
        return run.stdout.strip()

    def brief(self, *arguments):
        """A token that is made valid and expires soon. A busy machine may need longer to make it than it is good for."""
        for seconds in (2, 10, 60):
            end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))
            try:
                return self.run("create", *arguments, "--expires", end)
            except AssertionError:
                if time.time() < calendar.timegm(time.strptime(end, "%Y-%m-%dT%H:%M:%SZ")):
                    raise
        raise AssertionError("no token could be made before its end")

    def path(self, name):
        return os.path.join(self.dir, name)

    @staticmethod
    def id_of(token):
        return token[5:17]

    def close(self):
        for host in self.hosts:
            if host.process.poll() is None:
                host.kill()
        remove_unless_kept(self.dir, Tap.has_failed)


def check_start(host, data):
    """Checks a host just started on a new data directory: the directory's mode, loopback, one line on stdout."""
    equal((host.host, stat.S_IMODE(os.stat(data).st_mode)), ("127.0.0.1", 0o750))
    host.process.send_signal(signal.SIGTERM)
    equal((host.process.stdout.read(), host.stop()), (b"", 0))


def check_data_refused(program, start, folder):
    """start(PATH) gives the options of a program whose --data must be a directory of its own, and no link to one."""
    private, link = os.path.join(folder, "private"), os.path.join(folder, "link")
    os.mkdir(private, 0o750)
    os.symlink(private, link)
    for path in (link, link + "/", link + "//", link + "/.", link + "/./"):
        said = fails(program, *start(path), code=3)
        equal((path, "symbolic link" in said), (path, True))
    equal(os.listdir(private), [])
    for mode in (0o751, 0o754, 0o752, 0o770, 0o777, 0o1777, 0o701):
        os.chmod(private, mode)
        for path in (private, private + "/"):
            said = fails(program, *start(path), code=3)
            equal((oct(mode), "chmod g-w,o-rwx" in said), (oct(mode), True))
        equal((os.listdir(private), stat.S_IMODE(os.stat(private).st_mode)), ([], mode))
    os.chmod(private, 0o700)


def check_ipv6(start, check_answer):
    """Checks the host that start(OPTION...) gives at an IPv6 address: brackets in its line, and it answers there."""
    if not os.path.exists("/proc/net/if_inet6"):
        return
    host = start("--bind", "::1")
    equal(host.line.startswith("listening on http://[::1]:"), True)
    check_answer(host)
    equal(host.stop(), 0)


def fails(program, *options, code):
    """Runs a program that must exit with this code, and returns its messages."""
    run = subprocess.run([program, *options], capture_output=True, text=True, timeout=WAIT, check=False)
    equal((run.returncode, run.stdout), (code, ""))
    return run.stderr


def chunked(*pieces):
    """A body in chunked coding (RFC 9112 section 7.1)."""
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
