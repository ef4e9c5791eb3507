# SPDX-License-Identifier: MIT
"""nginx in front of a host, as an ordinary user and with its own folder."""
import os
import signal
import socket
import subprocess

from http_support import WAIT, within

# All that is not said here has its default.
CONFIGURATION = """
daemon off; master_process off; pid {dir}/nginx.pid; error_log {dir}/nginx.error;
events {{}}
http {{
    access_log off;
    client_body_temp_path {dir}/body; proxy_temp_path {dir}/proxy; fastcgi_temp_path {dir}/f; uwsgi_temp_path {dir}/u;
    scgi_temp_path {dir}/s;
    client_max_body_size 0;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://127.0.0.1:{host_port};
{settings}
        }}
    }}
}}
"""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


class Nginx:
    """A running nginx. `settings` are lines for its only location."""

    def __init__(self, program, folder, host_port, settings=""):
        os.makedirs(folder, exist_ok=True)
        self.port = free_port()
        path = os.path.join(folder, "nginx.conf")
        with open(path, "w", encoding="ascii") as file:
            file.write(CONFIGURATION.format(dir=folder, port=self.port, host_port=host_port, settings=settings))
        self.process = subprocess.Popen([program, "-p", folder, "-c", path, "-e", os.path.join(folder, "nginx.error")])
        within(WAIT, self.listens)

    def listens(self):
        if self.process.poll() is not None:
            raise AssertionError("nginx has ended")
        try:
            socket.create_connection(("127.0.0.1", self.port)).close()
        except ConnectionRefusedError:
            return False
        return True

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(WAIT)
