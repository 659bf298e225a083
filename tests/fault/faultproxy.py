"""fault-rpcproxy, the scripted JSON-RPC proxy in C, as the tests drive it: see rpcproxy.c for its rules."""
import socket
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "system"))
import hm

PROGRAM = hm.BUILD / "tests/fault-rpcproxy"


class FaultProxy:
    def __init__(self, case, upstream_port, script=None):
        self.socket = case.folder / f"proxy-{len(case.processes)}.sock"
        options = ["--control", self.socket]
        if script is not None:
            path = self.socket.with_suffix(".script")
            path.write_text(script)
            options += ["--script", path]
        self.process = case.own(hm.Process([PROGRAM, upstream_port, *options]))
        port = self.process.wait_line(r"listening (\d+)")[1]
        self.url = f"http://127.0.0.1:{port}"
        self.control = socket.socket(socket.AF_UNIX)
        self.control.settimeout(hm.DEADLINE)
        self.control.connect(str(self.socket))
        self.replies = self.control.makefile("r")
        case.addCleanup(self.control.close)
        case.addCleanup(self.replies.close)

    def command(self, line):
        self.control.sendall(f"{line}\n".encode())
        answer = self.replies.readline().strip()
        if answer in ("", "error"):
            raise AssertionError(f"the proxy refuses: {line}")
        return answer

    def rule(self, line):
        """The number of a new rule."""
        return int(self.command(line))

    def hits(self, rule):
        return int(self.command(f"hits {rule}"))

    def wait_hits(self, rule, n):
        hm.until(f"rule {rule} was met {n} times", lambda: self.hits(rule) >= n)

    def end(self, rule):
        self.command(f"end {rule}")

    def calls(self, method):
        return int(self.command(f"calls {method}"))
