"""hallmarkd under a service manager, played here: readiness, reload, watchdog, socket hand-over, log priorities."""
import hashlib
import os
import signal
import socket
import sys

import hm

# Runs a program with descriptor 3 as systemd hands it over: LISTEN_PID is the program's own process.
HAND_OVER = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.set_inheritable(3, True)
os.environ["LISTEN_PID"] = str(os.getpid())
os.environ["LISTEN_FDS"] = "1"
os.execv(sys.argv[2], sys.argv[2:])
"""


def target(name):
    return hashlib.sha256(name.encode()).hexdigest()


class Manager:
    """The datagram socket that $NOTIFY_SOCKET names."""

    def __init__(self, case, abstract=False):
        self.address = f"\0hallmark-{os.getpid()}-{id(self)}" if abstract else str(case.folder / "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.address)
        self.socket.settimeout(hm.DEADLINE)
        case.addCleanup(self.socket.close)

    @property
    def environment(self):
        return {"NOTIFY_SOCKET": self.address.replace("\0", "@")}

    def wait(self, state):
        """Read states until this one has come; those before it."""
        before = []
        while True:
            said = self.socket.recv(4096).decode()
            if said.split("\n")[0] == state:
                return before
            before.append(said)


class ServiceTest(hm.Case):
    def test_ready_reload_stop(self):
        manager = Manager(self)
        _, daemon = hm.world(self, settings={"batch.max_age": "1h"})
        daemon.start(environment=manager.environment)
        manager.wait("READY=1")
        daemon.process.signal(signal.SIGHUP)
        manager.wait("RELOADING=1")
        manager.wait("READY=1")
        daemon.process.wait_line("event=reloaded")
        self.assertEqual(daemon.client.submit(target("kept")).status, 202)
        self.assertEqual(daemon.stop(), 0)
        manager.wait("STOPPING=1")
        daemon.start()
        self.assertEqual(daemon.client.get(f"/v1/hashes/{target('kept')}").status, 200)

    def test_bad_reload_keeps_the_old_settings(self):
        manager = Manager(self, abstract=True)
        _, daemon = hm.world(self, settings={"http.max_body": "1K"})
        daemon.start(environment=manager.environment)
        manager.wait("READY=1")
        daemon.configure(http__max_body="lots")
        daemon.process.signal(signal.SIGHUP)
        refused = daemon.process.wait_line("event=reload-refused .*")
        self.assertIn("max_body", refused[0])
        manager.wait("READY=1")  # not failed: the old settings stand
        self.assertEqual(daemon.client.post(b" " * 2000).status, 413)

    def test_watchdog_is_fed_while_all_moves(self):
        manager = Manager(self)
        _, daemon = hm.world(self)
        daemon.start(environment={**manager.environment, "WATCHDOG_USEC": "200000"})
        manager.wait("READY=1")
        for _ in range(3):
            manager.wait("WATCHDOG=1")
        daemon.process.signal(signal.SIGSTOP)  # a daemon that hangs says nothing
        self.addCleanup(lambda: daemon.process.popen.poll() is None and daemon.process.signal(signal.SIGCONT))
        hm.until("all that was said is read", lambda: not self.one_more(manager))

    def one_more(self, manager):
        manager.socket.settimeout(0.5)
        try:
            manager.socket.recv(4096)
            return True
        except TimeoutError:
            return False

    def test_socket_activation(self):
        """A connection made before the daemon runs is served by it."""
        listening = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listening.close)
        host, port = listening.getsockname()
        early = socket.create_connection((host, port))
        self.addCleanup(early.close)
        early.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        _, daemon = hm.world(self)
        os.set_inheritable(listening.fileno(), True)
        environment = {k: v for k, v in os.environ.items() if k not in ("LISTEN_FDS", "LISTEN_PID")}
        daemon.process = self.own(hm.Process([sys.executable, "-c", HAND_OVER, listening.fileno(), hm.program("hallmarkd"),
                                              "-c", daemon.conf], "hallmarkd", env=environment,
                                             pass_fds=(listening.fileno(),)))
        daemon.connect()
        self.assertEqual(daemon.http, f"{host}:{port}")
        early.settimeout(hm.DEADLINE)
        self.assertTrue(early.recv(4096).startswith(b"HTTP/1.1 200"))

    def test_inherited_socket_is_held_to_the_rule(self):
        """Without tokens only loopback is served, whoever made the socket."""
        listening = socket.create_server(("0.0.0.0", 0))
        self.addCleanup(listening.close)
        _, daemon = hm.world(self)
        os.set_inheritable(listening.fileno(), True)
        process = self.own(hm.Process([sys.executable, "-c", HAND_OVER, listening.fileno(), hm.program("hallmarkd"),
                                       "-c", daemon.conf], "hallmarkd", pass_fds=(listening.fileno(),)))
        process.wait_line("event=start-failed .*anybody could write")
        self.assertEqual(process.wait(), 1)

    def test_journald_priorities(self):
        _, daemon = hm.world(self)
        daemon.start(environment={"JOURNAL_STREAM": "1:2"})
        daemon.process.wait_line(r"^<6>event=listening ")
        self.assertEqual(daemon.stop(), 0)
        for line in daemon.process.lines:
            self.assertRegex(line, r"^<[3467]>event=[a-z-]+( [a-z_]+=(\"([^\"\\]|\\.)*\"|[^ ]*))*$")

    def test_log_holds_no_secret(self):
        _, daemon = hm.world(self)
        daemon.start(environment={"HALLMARK_DEBUG": "1"})
        self.assertEqual(daemon.client.submit(target("private")).status, 202)
        daemon.wait_final(target("private"))
        self.assertEqual(daemon.stop(), 0)
        said = daemon.process.text(10**6)
        for secret in (hm.PASSPHRASE.strip(), target("private")):
            self.assertNotIn(secret, said)

    def test_two_signals_of_the_end(self):
        _, daemon = hm.world(self)
        daemon.start()
        daemon.process.signal(signal.SIGINT)
        self.assertEqual(daemon.process.wait(), 0)
        daemon.process.wait_line("event=stopped")


if __name__ == "__main__":
    hm.main()
