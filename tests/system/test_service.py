"""The test plays systemd: readiness, reload, watchdog, socket activation, journal priorities, drain."""
import hashlib
import json
import os
import re
import signal
import socket
import sys
import threading

import hm


def digest(text):
    return hashlib.sha256(str(text).encode()).hexdigest()


class Manager:
    """The other end of NOTIFY_SOCKET."""

    def __init__(self, case, address):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address)
        self.socket.settimeout(hm.DEADLINE)
        case.addCleanup(self.socket.close)

    def wait(self, word):
        """The next message with this line in it; the lines of all messages before it are returned too."""
        before = []
        while True:
            lines = self.socket.recv(4096).decode().splitlines()
            if any(line == word or line.startswith(word + "=") for line in lines):
                return lines, before
            before += lines


class ServiceCase(hm.Case):
    def setUp(self):
        super().setUp()
        self.daemon = hm.Daemon(self, "http://127.0.0.1:1", {"batch.max_age": "1h"})


class NotifyTest(ServiceCase):
    def manage(self, address, name, **environment):
        manager = Manager(self, address)
        self.daemon.launch(environment={"NOTIFY_SOCKET": name, **environment})
        return manager

    def test_the_life_of_a_service(self):
        path = str(self.folder / "notify")
        manager = self.manage(path, path)
        manager.wait("READY=1")
        self.assertEqual(self.daemon.connect().get("/healthz").status, 200)  # ready means: it answers
        self.daemon.process.signal(signal.SIGHUP)
        lines, _ = manager.wait("RELOADING=1")
        stamp = next(line for line in lines if line.startswith("MONOTONIC_USEC="))
        self.assertGreater(int(stamp.split("=")[1]), 0)
        _, before = manager.wait("READY=1")
        self.assertNotIn("STOPPING=1", before)
        self.daemon.configure(batch__max_age="never")  # a refused reload is over too
        self.daemon.process.signal(signal.SIGHUP)
        manager.wait("RELOADING=1")
        manager.wait("READY=1")
        self.daemon.process.signal(signal.SIGTERM)
        manager.wait("STOPPING=1")
        self.assertEqual(self.daemon.process.wait(), 0)
        self.assertIn("event=stopped", self.daemon.process.text())

    def test_an_abstract_socket(self):
        name = f"hallmark-test-{os.getpid()}-{id(self)}"
        manager = self.manage("\0" + name, "@" + name)
        manager.wait("READY=1")

    def test_the_watchdog_is_fed(self):
        """Twice in the time the manager allows, without any endpoint answering."""
        path = str(self.folder / "notify")
        manager = self.manage(path, path, WATCHDOG_USEC="600000")
        for _ in range(5):
            manager.wait("WATCHDOG=1")
        self.daemon.process.signal(signal.SIGSTOP)  # one that hangs says nothing
        manager.socket.settimeout(1)
        with self.assertRaises(TimeoutError):
            while True:
                manager.wait("WATCHDOG=1")
        self.daemon.process.signal(signal.SIGCONT)
        self.daemon.process.signal(signal.SIGTERM)
        self.assertEqual(self.daemon.process.wait(), 0)

    def test_a_watchdog_for_somebody_else(self):
        path = str(self.folder / "notify")
        manager = self.manage(path, path, WATCHDOG_USEC="20000", WATCHDOG_PID="1")
        manager.wait("READY=1")
        self.daemon.process.signal(signal.SIGHUP)
        _, before = manager.wait("RELOADING=1")
        self.assertNotIn("WATCHDOG=1", before)


# Puts the socket where systemd puts it and names the process, which only the process itself can.
ACTIVATE = """import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid() + int(sys.argv[2])))
os.execv(sys.argv[3], sys.argv[3:])"""


class SocketTest(ServiceCase):
    def activate(self, address, pid_offset=0):
        listener = socket.create_server((address, 0), backlog=16)
        self.addCleanup(listener.close)
        env = {name: value for name, value in os.environ.items() if not name.startswith("HALLMARK_")}
        self.daemon.process = self.own(hm.Process(
            [sys.executable, "-c", ACTIVATE, listener.fileno(), pid_offset, hm.program("hallmarkd"), "-c", self.daemon.conf],
            "hallmarkd", env=env, pass_fds=(listener.fileno(),)))
        return listener.getsockname()[1]

    def test_a_client_that_came_before_the_daemon_is_served(self):
        port = self.activate("127.0.0.1")
        early = hm.Client("127.0.0.1", port)  # connected while the daemon still unlocks its key
        self.addCleanup(early.close)
        self.assertEqual(early.submit(digest(1)).status, 202)
        self.assertEqual(self.daemon.connect().port, port)
        self.assertEqual(self.daemon.status()["http"], f"127.0.0.1:{port}")
        self.assertEqual(self.daemon.stop(), 0)

    def test_a_socket_meant_for_another_process_is_left_alone(self):
        port = self.activate("127.0.0.1", pid_offset=1)
        self.assertNotEqual(self.daemon.connect().port, port)

    def test_a_socket_open_to_the_world_needs_tokens(self):
        self.activate("0.0.0.0")
        self.assertNotEqual(self.daemon.process.wait(), 0)
        self.assertIn("loopback", self.daemon.process.text())


class LogTest(ServiceCase):
    def test_priorities_of_the_journal(self):
        """One line an event; a priority in front; nothing that was handed in."""
        self.daemon.start(environment={"JOURNAL_STREAM": "8:12345", "HALLMARK_DEBUG": "1"})
        self.assertEqual(self.daemon.client.submit(digest("secret")).status, 202)
        self.daemon.ctl_ok("flush")
        self.daemon.ctl_ok("wait", digest("secret"))
        self.daemon.configure(batch__max_age="never")
        self.daemon.process.signal(signal.SIGHUP)
        self.daemon.process.wait_line("^<3>event=reload-refused ")
        self.daemon.process.wait_line("^<3>event=alarm alarm=rpc-down ")
        self.assertEqual(self.daemon.stop(), 0)
        for line in self.daemon.process.lines:
            self.assertRegex(line, r'^<[3467]>event=[a-z-]+( [a-zA-Z_]+=("([^"\\]|\\.)*"|[^ "]*))*$')
        for event in ("listening", "sealed", "stopped"):
            self.assertTrue(any(line.startswith(f"<6>event={event} ") for line in self.daemon.process.lines), event)
        for private in (digest("secret"), hm.PASSPHRASE.strip()):
            self.assertNotIn(private, self.daemon.process.text())

    def test_times_and_levels_elsewhere(self):
        self.daemon.start()
        self.daemon.stop()
        for line in self.daemon.process.lines:
            self.assertRegex(line, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (info|warning|error) event=[a-z-]+")


class DrainTest(ServiceCase):
    def half_sent(self, client, target):
        """A connection in the middle of a request."""
        body = json.dumps({"hash": target}).encode()
        connection = socket.create_connection((client.host, client.port), timeout=hm.DEADLINE)
        self.addCleanup(connection.close)
        connection.sendall(b"POST /v1/hashes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                           b"Content-Length: %d\r\n\r\n" % len(body) + body[:10])
        return connection, body[10:]

    def test_what_has_begun_is_finished(self):
        client = self.daemon.start()
        self.assertEqual(client.get("/healthz").status, 200)  # leaves a connection that is kept
        connection, rest = self.half_sent(client, digest(1))
        hm.until("it is there", lambda: b"hallmark_connections 3" in client.get("/metrics").body
                 or b"hallmark_connections 2" in client.get("/metrics").body)
        self.daemon.process.signal(signal.SIGTERM)
        self.daemon.process.wait_line("event=stopping")
        connection.sendall(rest)
        said = b""
        while chunk := connection.recv(4096):
            said += chunk
        self.assertTrue(said.startswith(b"HTTP/1.1 202 "), said)
        self.assertEqual(self.daemon.process.wait(), 0)
        client = self.daemon.start()
        self.assertEqual(client.get(f"/v1/hashes/{digest(1)}").status, 200)

    def test_idle_and_silent_clients_do_not_hold_it_up(self):
        self.daemon.configure(http__request_timeout="1s")
        client = self.daemon.start()
        client.get("/healthz")
        self.half_sent(client, digest(1))
        waiter = threading.Thread(target=self.daemon.ctl, args=("wait", digest(2)))
        client.submit(digest(2))
        waiter.start()
        self.daemon.process.signal(signal.SIGINT)
        self.assertEqual(self.daemon.process.wait(), 0)
        waiter.join()

    def test_under_load_nothing_acknowledged_is_lost(self):
        client = self.daemon.start()
        kept, lock = [], threading.Lock()

        def submit(worker):
            mine = hm.Client(client.host, client.port)
            try:
                for i in range(100_000):
                    if mine.once("POST", "/v1/hashes", json.dumps({"hash": digest((worker, i))}),
                                 {"Content-Type": "application/json"}).status == 202:
                        with lock:
                            kept.append(digest((worker, i)))
            except (OSError, hm.http.client.HTTPException):
                mine.close()

        workers = [threading.Thread(target=submit, args=(n,)) for n in range(4)]
        for worker in workers:
            worker.start()
        hm.until("some are in", lambda: len(kept) > 300)
        self.assertEqual(self.daemon.stop(), 0)
        for worker in workers:
            worker.join()
        client = self.daemon.start()
        self.assertEqual(client.submit_many(kept).json(), {"accepted": 0, "duplicates": len(kept)})


if __name__ == "__main__":
    hm.main()
