"""What the system tests share: a chain of their own, a hallmarkd of their own, clients for both.

Everything is waited for by an event with a deadline, ports are the kernel's choice, and every process
ends with its test, whatever happens. The log of a daemon is printed when its test fails.
"""
import collections
import ctypes
import hashlib
import http.client
import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("HALLMARK_BUILD", ROOT / "build/dev"))
ANVIL = ROOT / "tests/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil"
ARTIFACT = ROOT / "contracts/registry.json"
CHAIN_ID = 11155111
REGISTRY = "0x4a11ac000000000000000000000000000000beef"  # where the tests put the contract
LOG_NAME = "certif.example.fr"
PASSPHRASE = "un mot de passe\n"
DEADLINE = 120  # seconds: far more than anything takes here, even on a busy machine that stalls
ETHER = 10**18

sys.path.insert(0, str(ROOT / "tests/reader"))  # the second reader of the formats
import secp256k1


def program(name):
    return BUILD / name


def main(*needed, needs_faults=False):
    """Run the tests of the calling file; 77 (skipped) if what they drive is not on this machine."""
    for path in needed or (ANVIL, program("hallmarkd"), program("hallmarkctl")):
        if not Path(path).exists():
            print(f"skipped: {path} is absent (scripts/setup, then a build; HALLMARK_BUILD names its folder)")
            sys.exit(77)
    if needs_faults and not has_faults():
        print("skipped: this build has no crash points (HALLMARK_FAULTS)")
        sys.exit(77)
    unittest.main()


def has_faults():
    """Whether this build has the crash points of daemon/fault.h (a release has none)."""
    return b"HALLMARK_FAULT" in program("hallmarkd").read_bytes()


def is_sanitized():
    """Whether this is a build that cannot be run with LD_PRELOAD."""
    return b"__asan_init" in program("hallmarkd").read_bytes() or b"__tsan_init" in program("hallmarkd").read_bytes()


# --- processes and waiting

PRCTL = ctypes.CDLL(None, use_errno=True).prctl  # found here: between fork and exec a lock may be held for ever


def die_with_parent():
    PRCTL(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def until(what, condition, deadline=DEADLINE):
    """The first truthy answer of condition(), looked at often; fails after the deadline."""
    end = time.monotonic() + deadline
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"after {deadline} s still not: {what}")
        time.sleep(0.03)


def day():
    """The day (UTC) that it is: what is counted by the day begins anew with the next."""
    return int(time.time()) // 86400


def reserved_port(case):
    """A port that is the case's until its end: bound and not listened on, so it refuses, and a server that sets
    SO_REUSEADDR can have it, leave it and take it again."""
    place = socket.socket()
    case.addCleanup(place.close)
    place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    place.bind(("127.0.0.1", 0))
    return place.getsockname()[1]


def on_terminal(arguments, **options):
    """Run a program whose standard error is a terminal: (how it ended, all that the terminal showed)."""
    ours, theirs = pty.openpty()
    said = []

    def read():
        try:
            while part := os.read(ours, 4096):
                said.append(part)
        except OSError:
            pass  # the other end is closed and all has been read

    reader = threading.Thread(target=read)
    reader.start()  # as it comes: a terminal that nobody reads holds up who writes
    try:
        done = subprocess.run([str(a) for a in arguments], stderr=theirs, timeout=DEADLINE, **options)
    finally:
        os.close(theirs)
        reader.join()
        os.close(ours)
    return done, b"".join(said)


class Process:
    """A program whose output is kept, line by line, and can be waited for."""

    def __init__(self, arguments, name=None, **options):
        self.name = name or Path(arguments[0]).name
        self.lines, self.changed, self.ended = [], threading.Condition(), False
        self.popen = subprocess.Popen([str(a) for a in arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, preexec_fn=die_with_parent, **options)
        self.pid = self.popen.pid
        threading.Thread(target=self.drain, daemon=True).start()

    def drain(self):
        with self.popen.stdout as output:
            for line in output:
                with self.changed:
                    self.lines.append(line.decode("utf-8", "replace").rstrip("\n"))
                    self.changed.notify_all()
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def wait_line(self, pattern, deadline=DEADLINE, start=0):
        """The first line from `start` on that the pattern is found in, as a match."""
        end = time.monotonic() + deadline
        with self.changed:
            at = start
            while True:
                for at in range(at, len(self.lines)):
                    match = re.search(pattern, self.lines[at])
                    if match:
                        return match
                at = len(self.lines)
                if self.ended or time.monotonic() > end:
                    raise AssertionError(f"{self.name} never said {pattern!r}:\n{self.text(20)}")
                self.changed.wait(end - time.monotonic())

    def text(self, last=200):
        return "\n".join(self.lines[-last:])

    def signal(self, number):
        self.popen.send_signal(number)

    def wait(self, deadline=DEADLINE):
        """Its exit status once all it said has been read."""
        status = self.popen.wait(deadline)
        with self.changed:
            self.changed.wait_for(lambda: self.ended, deadline)
        return status

    def kill(self):
        if self.popen.poll() is None:
            self.popen.kill()
        self.popen.wait()


class Case(unittest.TestCase):
    """A test that owns processes and a folder, and shows their logs when it fails."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="hallmark-test-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.processes = []

    def own(self, process):
        self.processes.append(process)
        self.addCleanup(process.kill)
        return process

    def run(self, result=None):
        result = result or self.defaultTestResult()
        before = len(result.failures) + len(result.errors)
        super().run(result)
        if len(result.failures) + len(result.errors) > before:
            for process in getattr(self, "processes", []):
                print(f"--- {process.name} {process.pid} of {self.id()}:\n{process.text(120)}\n---", file=sys.stderr)
        return result


# --- the chain

class RpcError(Exception):
    pass


class Rpc:
    """JSON-RPC over one kept connection."""

    def __init__(self, port):
        self.http = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE)

    def __call__(self, method, *params):
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        for attempt in (1, 2):
            try:
                self.http.request("POST", "/", body, {"Content-Type": "application/json"})
                reply = json.loads(self.http.getresponse().read())
                break
            except (http.client.HTTPException, ConnectionError):
                self.http.close()
                if attempt == 2:
                    raise
        if "error" in reply:
            raise RpcError(f"{method}: {reply['error']}")
        return reply["result"]


Anchored = collections.namedtuple("Anchored", "value sender to block transaction nonce")


class Chain:
    """anvil, with the registry already there."""

    def __init__(self, case, *options, chain_id=CHAIN_ID, block_time=0.25):
        timing = ["--block-time", str(block_time)] if block_time else ["--no-mining"]
        self.process = case.own(Process([ANVIL, "--host", "127.0.0.1", "--port", "0", "--chain-id", str(chain_id),
                                         "--slots-in-an-epoch", "1", *timing, *options]))
        self.port = int(self.process.wait_line(r"Listening on 127\.0\.0\.1:(\d+)")[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self.rpc = Rpc(self.port)
        self.rpc("anvil_setCode", REGISTRY, json.loads(ARTIFACT.read_text())["runtime"])
        case.addCleanup(self.rpc.http.close)

    def fund(self, address, wei=10 * ETHER):
        self.rpc("anvil_setBalance", address, hex(wei))

    def head(self):
        return int(self.rpc("eth_blockNumber"), 16)

    def mine(self, n=1):
        self.rpc("anvil_mine", hex(n))

    def hold(self):
        """From now on a block comes when it is told to."""
        self.rpc("evm_setIntervalMining", 0)

    def go_on(self):
        self.rpc("evm_setIntervalMining", 1)

    def blocks(self):
        for number in range(self.head() + 1):
            yield self.rpc("eth_getBlockByNumber", hex(number), True)

    def anchored(self, sender):
        """Every mined top-level transaction of this sender that carries 32 bytes, in chain order."""
        return [Anchored(tx["input"][2:], tx["from"], tx["to"], block["hash"], tx["hash"], int(tx["nonce"], 16))
                for block in self.blocks() for tx in block["transactions"]
                if tx["from"] == sender and len(tx["input"]) == 66]

    def stop(self):
        self.process.kill()


# --- the daemon

def run_program(name, *arguments, stdin="", deadline=DEADLINE * 2):
    return subprocess.run([str(program(name)), *map(str, arguments)], input=stdin, capture_output=True,
                          text=True, timeout=deadline)


def ctl(*arguments, **options):
    return run_program("hallmarkctl", *arguments, **options)


KEY = {}  # made once in a process


def light_keystore(secret):
    """A Web3 secret storage file for 32 bytes, by a scrypt that takes no time: a real one takes a second a start."""
    salt, iv = os.urandom(32), os.urandom(16)
    derived = hashlib.scrypt(PASSPHRASE.rstrip("\n").encode(), salt=salt, n=2, r=8, p=1, dklen=32)
    cipher = subprocess.run(["openssl", "enc", "-aes-128-ctr", "-K", derived[:16].hex(), "-iv", iv.hex()], input=secret,
                            capture_output=True, check=True).stdout
    return json.dumps({"version": 3, "id": str(uuid.uuid4()), "address": secp256k1.address_of_key(int.from_bytes(secret, "big")).hex(),
                       "crypto": {"cipher": "aes-128-ctr", "cipherparams": {"iv": iv.hex()}, "ciphertext": cipher.hex(),
                                  "kdf": "scrypt", "kdfparams": {"n": 2, "r": 8, "p": 1, "dklen": 32, "salt": salt.hex()},
                                  "mac": secp256k1.keccak256(derived[16:] + cipher).hex()}})


def key():
    """(key file text, address) of the key that all tests of this process share."""
    if not KEY:
        KEY["text"] = light_keystore(os.urandom(32))
        KEY["address"] = "0x" + json.loads(KEY["text"])["address"]
    return KEY["text"], KEY["address"]


def write_private(path, text):
    path.touch(mode=0o600)
    path.write_text(text)


class Daemon:
    """A hallmarkd with a folder of its own; start() as often as needed."""

    def __init__(self, case, rpc_url, settings=None, name="hallmarkd"):
        self.case, self.process, self.client, self.name = case, None, None, name
        self.folder = case.folder / name
        self.folder.mkdir()
        text, self.address = key()
        write_private(self.folder / "key.json", text)
        write_private(self.folder / "passphrase", PASSPHRASE)
        self.conf = self.folder / "hallmarkd.conf"
        self.settings = {
            "log.name": LOG_NAME, "store.path": self.folder / "store", "store.map_size": "1G",
            "http.listen": "127.0.0.1:0", "batch.max_age": "500ms",
            "chain.rpc": rpc_url, "chain.chain_id": CHAIN_ID, "chain.registry": REGISTRY, "chain.poll": "200ms",
            "key.file": self.folder / "key.json", "key.passphrase_file": self.folder / "passphrase",
            "control.socket": self.folder / "control.sock"}
        self.configure(**{name.replace(".", "__"): value for name, value in (settings or {}).items()})

    def configure(self, **changes):
        """Write the settings; section__key = value changes one, None leaves it out, a list repeats it."""
        for name, value in changes.items():
            self.settings[name.replace("__", ".")] = value
        sections = collections.defaultdict(list)
        for name, value in self.settings.items():
            section, setting = name.split(".")
            for one in value if isinstance(value, list) else [value]:
                if one is not None:
                    sections[section].append(f"{setting} = {one}")
        self.conf.write_text("".join(f"[{s}]\n" + "\n".join(lines) + "\n" for s, lines in sections.items()))

    def launch(self, fault=None, environment=None, **options):
        """Start without waiting for anything."""
        env = {name: value for name, value in os.environ.items()
               if not name.startswith("HALLMARK_") and name not in ("NOTIFY_SOCKET", "JOURNAL_STREAM", "LISTEN_FDS")}
        env.update(environment or {})
        if fault:
            env["HALLMARK_FAULT"] = fault
        self.process = self.case.own(Process([*self.filter(), program("hallmarkd"), "-c", self.conf], self.name, env=env, **options))
        return self.process

    def filter(self):
        """HALLMARK_SYSCALL_FILTER names a unit: then the daemon may call only what its SystemCallFilter allows."""
        unit = os.environ.get("HALLMARK_SYSCALL_FILTER")
        if not unit:
            return []
        import units
        return units.launcher(unit, self.folder)

    def start(self, **options):
        self.launch(**options)
        return self.connect()

    def connect(self):
        """Wait until it listens; a client for it."""
        host, port = self.process.wait_line(r"event=listening .*http=([^ ]+):(\d+)").groups()
        self.http = f"{host}:{port}"
        self.client = Client(host, int(port))
        self.case.addCleanup(self.client.close)
        return self.client

    def kill(self):
        self.client.close()
        self.process.kill()

    def stop(self):
        """SIGTERM; its exit status."""
        self.process.signal(signal.SIGTERM)
        return self.process.wait()

    def restart(self, **options):
        return self.start(**options)

    def died(self, deadline=DEADLINE):
        """Wait until the fault killed it."""
        status = self.process.wait(deadline)
        if status != -signal.SIGKILL:
            raise AssertionError(f"ended with {status}, not by the fault:\n{self.process.text(40)}")

    def ctl(self, *arguments, **options):
        return ctl("-c", self.conf, *arguments, **options)

    def ctl_ok(self, *arguments, **options):
        result = self.ctl(*arguments, **options)
        if result.returncode != 0:
            raise AssertionError(f"hallmarkctl {arguments} ended with {result.returncode}: {result.stderr}")
        return result.stdout

    def status(self):
        return json.loads(self.ctl_ok("--json", "status"))

    def wait_final(self, *hashes, deadline=DEADLINE):
        for at in range(0, len(hashes), 500):
            self.ctl_ok("wait", "--final", "--timeout", deadline, *hashes[at:at + 500])


class Reply(collections.namedtuple("Reply", "status headers body")):
    def json(self):
        return json.loads(self.body)


class Connection(http.client.HTTPConnection):
    """Head and body leave in one piece: a server sees no half request, however this process is held up."""
    held = None

    def request(self, *arguments, **options):
        self.held = []
        try:
            super().request(*arguments, **options)
            whole = b"".join(self.held)
        finally:
            self.held = None
        super().send(whole)

    def send(self, data):
        if self.held is None:
            super().send(data)
        else:
            self.held.append(data)


class Client:
    """HTTP/1.1 over one kept connection; a lost connection is made again, once, for what may be repeated."""

    def __init__(self, host, port, token=None):
        self.host, self.port, self.token = host, port, token
        self.http = Connection(host, port, timeout=DEADLINE)

    def close(self):
        self.http.close()

    def request(self, method, path, body=None, content_type=None, headers=None):
        headers = dict(headers or {})
        if content_type:
            headers["Content-Type"] = content_type
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        try:
            return self.once(method, path, body, headers)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            self.http.close()
            return self.once(method, path, body, headers)

    def once(self, method, path, body, headers):
        self.http.request(method, path, body, headers)
        reply = self.http.getresponse()
        return Reply(reply.status, reply.headers, reply.read())

    def get(self, path):
        return self.request("GET", path)

    def post(self, body, content_type="application/json", path="/v1/hashes"):
        return self.request("POST", path, body, content_type)

    def submit(self, target, rule=None):
        return self.post(json.dumps({"hash": target, "rule": rule} if rule else {"hash": target}))

    def submit_many(self, targets):
        return self.post(b"".join(map(bytes.fromhex, targets)), "application/octet-stream")

    def raw(self, data, whole=True, deadline=DEADLINE):
        """What the server says to these bytes on a connection of its own until it closes."""
        said = b""
        with socket.create_connection((self.host, self.port), timeout=deadline) as connection:
            try:
                connection.sendall(data)
                if whole:
                    connection.shutdown(socket.SHUT_WR)
                while chunk := connection.recv(65536):
                    said += chunk
            except TimeoutError:
                raise
            except OSError:
                pass  # it hung up on us: what it said before counts
        return said


def world(case, *chain_options, settings=None, **options):
    """(chain, daemon): a funded key on a chain of its own, and a daemon that is configured, not started."""
    chain = Chain(case, *chain_options, **options)
    chain.fund(key()[1])
    return chain, Daemon(case, chain.url, settings)
