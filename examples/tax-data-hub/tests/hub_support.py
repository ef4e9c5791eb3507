# SPDX-License-Identifier: MIT
"""What the hub's test stands on: TAP, the tool, a running hub, and HTTP written by hand, byte for byte."""
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback

WAIT = 20  # seconds that anything may take before it counts as broken


class Tap:
    """Collects cases and runs them in order."""

    def __init__(self):
        self.cases = []

    def case(self, function):
        self.cases.append(function)
        return function

    def run(self, *arguments):
        """HUB_TEST_ONLY=PART runs only the cases with that in their names."""
        cases = [case for case in self.cases if os.environ.get("HUB_TEST_ONLY", "") in case.__name__]
        failed = 0
        print(f"1..{len(cases)}", flush=True)
        for number, case in enumerate(cases, 1):
            try:
                case(*arguments)
                print(f"ok {number} - {case.__doc__}", flush=True)
            except Exception:  # pylint: disable=broad-except
                failed += 1
                print(f"not ok {number} - {case.__doc__}")
                for line in traceback.format_exc().splitlines():
                    print("# " + line, flush=True)
        return 1 if failed else 0


def equal(got, due):
    if got != due:
        raise AssertionError(f"got {got!r}, due {due!r}")


def within(seconds, condition):
    """Waits until the condition holds; its value."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {condition}")
        time.sleep(0.01)


class Reply:
    """One answer of the hub."""

    def __init__(self, raw, connection):
        head, _, body = raw.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split()[1])
        self.headers = [tuple(line.split(": ", 1)) for line in lines[1:]]
        self.body = body
        # What a client can see of it; the time of day is no part of the answer.
        self.public = re.sub(rb"\r\nDate: [^\r]*", b"", raw)
        self.connection = connection

    def get(self, name):
        found = [value for key, value in self.headers if key.lower() == name.lower()]
        equal(len(found) <= 1, True)
        return found[0] if found else None

    def check_problem(self, status):
        """RFC 9457, no-store; gives the members."""
        import json  # pylint: disable=import-outside-toplevel
        equal((self.status, self.body[:300] if self.status != status else b""), (status, b""))
        equal(self.get("Content-Type"), "application/problem+json")
        equal(self.get("Cache-Control"), "no-store")
        members = json.loads(self.body)
        equal((members["status"], members["type"]), (status, "about:blank"))
        return members


class Client:
    """One connection."""

    def __init__(self, port, host="127.0.0.1"):
        self.sock = socket.create_connection((host, port), timeout=WAIT)
        self.rest = b""

    def send(self, data):
        self.sock.sendall(data)

    def head(self, method, path, headers):
        lines = [f"{method} {path} HTTP/1.1", "Host: hub"] + [f"{name}: {value}" for name, value in headers]
        self.send("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n")

    def _more(self):
        try:
            data = self.sock.recv(1 << 20)
        except ConnectionResetError:
            data = b""
        self.rest += data
        return bool(data)

    def reply(self, has_body=True):
        """The next answer; None if the connection ends without one."""
        while b"\r\n\r\n" not in self.rest:
            if not self._more():
                return None
        head, _, _ = self.rest.partition(b"\r\n\r\n")
        if head.startswith(b"HTTP/1.1 100"):
            self.rest = self.rest[len(head) + 4:]
            return self.reply(has_body)
        length = int(re.search(rb"\r\nContent-Length: (\d+)", head, re.I).group(1)) if has_body else 0
        while len(self.rest) < len(head) + 4 + length:
            if not self._more():
                raise AssertionError("the answer was cut off")
        raw, self.rest = self.rest[:len(head) + 4 + length], self.rest[len(head) + 4 + length:]
        return Reply(raw, self)

    def close(self):
        self.sock.close()


class Hub:
    """A running hub."""

    def __init__(self, world, *options, data="data", env=None, before=None, keys=None, store=None):
        self.world = world
        self.log_path = os.path.join(world.dir, f"log-{len(world.hubs)}")
        arguments = [world.hub_program, "--store", store or world.store, "--keys", keys or world.verify_keys,
                     "--data", os.path.join(world.dir, data), "--port", "0", *options]
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=log, cwd=world.dir, preexec_fn=before,
                                            env={**os.environ, **(env or {})})
        world.hubs.append(self)
        self.line = self.process.stdout.readline().decode()
        match = re.fullmatch(r"listening on http://(\S+):(\d+)\n", self.line)
        if not match:
            self.process.wait(WAIT)
            raise AssertionError(f"no listening line: {self.line!r}; {self.log()}")
        self.host, self.port = match.group(1).strip("[]"), int(match.group(2))

    def log(self):
        with open(self.log_path, encoding="utf-8") as log:
            return log.read()

    def client(self):
        return Client(self.port, self.host)

    def send(self, method, path, token=None, headers=(), body=b"", has_body=True):
        """One request on a connection of its own."""
        given = [("Authorization", f"Bearer {token}")] if token is not None else []
        given += list(headers)
        if body:
            given.append(("Content-Length", str(len(body))))
        client = self.client()
        client.head(method, path, given)
        client.send(body)
        reply = client.reply(has_body)
        client.close()
        return reply

    def post(self, token, body, interface="cbcr", headers=(("Content-Type", "text/csv"),)):
        return self.send("POST", f"/api/v1/import/{interface}", token, headers, body)

    def imported(self, token, body, interface="cbcr"):
        """Imports; the members of the answer."""
        import json  # pylint: disable=import-outside-toplevel
        reply = self.post(token, body, interface)
        equal((reply.status, reply.body if reply.status != 200 else b""), (200, b""))
        equal(reply.get("Content-Type"), "application/json")
        equal(reply.get("Cache-Control"), "no-store")
        return json.loads(reply.body)

    def list(self, token, query=""):
        import json  # pylint: disable=import-outside-toplevel
        reply = self.send("GET", "/api/v1/imports" + query, token)
        equal((reply.status, reply.get("Cache-Control")), (200, "no-store"))
        return json.loads(reply.body)

    def fetch(self, token, number):
        return self.send("GET", f"/api/v1/imports/{number}", token)

    def memory_peak(self):
        """Largest resident set so far, in KiB."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return int(re.search(r"VmHWM:\s*(\d+) kB", status.read()).group(1))

    def stop(self, number=signal.SIGTERM):
        """Stops it; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(WAIT)
        finally:
            self.process.stdout.close()

    def kill(self):
        return self.stop(signal.SIGKILL)


class World:
    """A folder with keys, a store and tokens, all made by the tool."""

    def __init__(self, hub_program, tool):
        self.hub_program, self.tool = os.path.abspath(hub_program), os.path.abspath(tool)
        self.dir = tempfile.mkdtemp(prefix="tax-data-hub-")
        self.store, self.keys = os.path.join(self.dir, "store"), os.path.join(self.dir, "keys")
        self.verify_keys = os.path.join(self.dir, "keys.verify")
        self.hubs = []
        self.tokens = []
        self.run("keys", "create", self.keys)
        self.run("init")
        self.run("keys", "export-verify", self.keys, self.verify_keys)

    def run(self, *arguments):
        env = {**os.environ, "APITOKEN_STORE": self.store, "APITOKEN_KEYS": self.keys}
        run = subprocess.run([self.tool, *arguments], env=env, capture_output=True, text=True, timeout=WAIT, check=False)
        if run.returncode != 0:
            raise AssertionError(f"{arguments}: exit {run.returncode}: {run.stderr}")
        return run.stdout.strip()

    def token(self, owner, *options):
        token = self.run("create", "--owner", owner, "--name", "test", *options)
        self.tokens.append(token)
        return token

    @staticmethod
    def id_of(token):
        return token[5:17]

    def revoke(self, owner, token):
        self.run("revoke", "--owner", owner, "--yes", self.id_of(token))

    def close(self):
        for hub in self.hubs:
            if hub.process.poll() is None:
                hub.kill()
        shutil.rmtree(self.dir, ignore_errors=True)


def chunked(*pieces):
    """A body in chunked coding (RFC 9112 section 7.1)."""
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def main_arguments():
    if len(sys.argv) != 4:
        raise SystemExit("usage: hub_test.py TAX-DATA-HUB APITOKEN FAKE-VERDICT.SO")
    return sys.argv[1:]
