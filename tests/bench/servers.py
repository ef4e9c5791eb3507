# SPDX-License-Identifier: MIT
"""Redis and PostgreSQL for a benchmark: own data, own unix socket, no port, stopped by process id."""
import glob
import os
import pwd
import shutil
import signal
import subprocess
import time

WAIT = 600  # seconds after which a start hangs

REDIS = {"port": "0", "save": "", "appendonly": "no", "daemonize": "no", "maxmemory": "0", "databases": "1"}

# What its manual advises for a machine of its own (chapters 20 and 30); durable as by default.
POSTGRES = {
    "listen_addresses": "", "port": "54329", "shared_buffers": "512MB", "max_connections": "60", "jit": "off",
    "fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "wal_level": "minimal", "max_wal_senders": "0",
    "wal_buffers": "16MB", "max_wal_size": "4GB", "checkpoint_timeout": "30min", "autovacuum": "off", "track_activities": "off",
    "track_counts": "off", "update_process_title": "off", "huge_pages": "try", "logging_collector": "off",
}


def settings_of(options):
    return ", ".join(f"{name}={value or chr(39) * 2}" for name, value in options.items())


def wait_for(path, process):
    end = time.monotonic() + WAIT
    while not os.path.exists(path):
        if process.poll() is not None or time.monotonic() > end:
            raise OSError(f"{process.args[0]} did not start")
        time.sleep(0.02)


def tree_of(pid):
    """A process and its children."""
    found = [pid]
    for path in glob.glob(f"/proc/{pid}/task/*/children"):
        with open(path, encoding="ascii") as file:
            found += [other for child in file.read().split() for other in tree_of(int(child))]
    return found


class Server:
    """A process that serves at a socket; `where` is what a client connects to."""

    def __init__(self, process, where, version, settings):
        self.process, self.where, self.version, self.settings = process, where, version, settings

    def pin(self, processors):
        """What is there is moved; a later connection's process inherits."""
        for pid in tree_of(self.process.pid):
            try:
                os.sched_setaffinity(pid, processors)
            except ProcessLookupError:
                pass

    def stop(self):
        self.process.send_signal(signal.SIGINT)  # PostgreSQL then does not wait for its clients
        try:
            self.process.wait(WAIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def first_line(command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0]


def start_redis(folder, sockets):
    """None if it is not installed. The path of a socket must be short, so that it has a folder of its own."""
    program = shutil.which("redis-server")
    if not program:
        return None
    socket = os.path.join(sockets, "redis.sock")
    options = {**REDIS, "unixsocket": socket, "dir": folder}
    command = [program] + [word for name, value in options.items() for word in ("--" + name, value)]
    process = start(command)
    wait_for(socket, process)
    return Server(process, socket, first_line([program, "--version"]), settings_of(REDIS))


def postgres_bin():
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/postgres"), key=lambda path: int(path.split("/")[4]))
    return os.path.dirname(found[-1]) if found else None


def as_postgres():
    """It refuses to run as root."""
    return ["--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []


def start(command, *how):
    """A process that dies with this one, also if this one is killed."""
    command = ["setpriv", "--pdeathsig", "INT", *how, *command]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")


def give_to_postgres(*folders):
    for folder in folders:
        os.makedirs(folder, 0o700)
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(folder, user.pw_uid, user.pw_gid)


def wait_until_it_answers(bin_folder, sockets, process):
    end = time.monotonic() + WAIT
    command = [os.path.join(bin_folder, "pg_isready"), "-q", "-h", sockets, "-p", POSTGRES["port"]]
    while subprocess.run(command, check=False).returncode != 0:
        if process.poll() is not None or time.monotonic() > end:
            raise OSError("postgres did not start")
        time.sleep(0.05)


def start_postgres(folder, sockets):
    """None if it is not installed. `folder` and `sockets` are made here; everyone must be able to get at what they stand in."""
    bin_folder = postgres_bin()
    if not bin_folder:
        return None
    give_to_postgres(folder, sockets)
    data = os.path.join(folder, "data")
    init = [os.path.join(bin_folder, "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "--no-locale"]
    subprocess.run(["setpriv", *as_postgres(), *init], check=True, stdout=subprocess.DEVNULL, cwd="/")
    program = os.path.join(bin_folder, "postgres")
    command = [program, "-D", data, "-k", sockets]
    command += [word for name, value in POSTGRES.items() for word in ("-c", f"{name}={value}")]
    process = start(command, *as_postgres())
    wait_until_it_answers(bin_folder, sockets, process)
    return Server(process, sockets, first_line([program, "--version"]), settings_of(POSTGRES))
