"""hallmark-signer: what it signs, what it refuses, what it remembers; and hallmarkd that has its key there."""
import hashlib
import os
import re
import shutil
import subprocess
import unittest
from pathlib import Path

import ethkey
import hm
import proven
import rlp
import secp256k1
from signerhost import SignerHost

KEY = ethkey.Key()


def value(text):
    return "0x" + hashlib.sha256(text.encode()).hexdigest()


def target(text):
    return hashlib.sha256(text.encode()).hexdigest()


def open_files(pid):
    """Where its descriptors lead; one that is closed meanwhile is left out."""
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            yield os.readlink(descriptor)
        except FileNotFoundError:
            pass


class DirectTest(hm.Case):
    """Over its socket, without hallmarkd."""

    def start(self, **settings):
        self.host = SignerHost(self, KEY, **settings)
        self.host.start()
        return self.host

    def assert_refused(self, answer, code):
        self.assertEqual((answer["ok"], answer["code"]), (False, code), answer)

    def test_it_signs_with_its_key(self):
        host = self.start()
        self.assertEqual(host.ask({"version": 1, "method": "keys"}), {"version": 1, "ok": True, "keys": [KEY.address]})
        answer = host.sign(KEY, 5, value("a"))
        raw = bytes.fromhex(answer["raw"][2:])
        fields = rlp.unrlp(raw[1:])
        self.assertEqual([rlp.integer(fields[i]) for i in (0, 1, 2, 3, 4, 6)], [hm.CHAIN_ID, 5, 10**9, 10**9, 30000, 0])
        self.assertEqual((fields[5].hex(), fields[7].hex(), fields[8]), (hm.REGISTRY[2:], value("a")[2:], []))
        parity, r, s = (rlp.integer(item, 32) for item in fields[9:])
        digest = secp256k1.keccak256(b"\2" + rlp.rlp(fields[:9]))
        self.assertEqual("0x" + secp256k1.recover(digest, parity, r, s).hex(), KEY.address)

    def test_what_it_refuses(self):
        host = self.start(limits__max_gas=50000, limits__max_fee_per_gas="2gwei")
        other = ethkey.Key("another")
        for code, changes in (("chain", {"chainId": 1}), ("to", {"to": KEY.address}), ("gas", {"gas": 50001}),
                              ("fee", {"maxFeePerGas": 2 * 10**9 + 1}), ("fee", {"maxPriorityFeePerGas": 10**9 + 1}),
                              ("data", {"data": "0x" + "ab" * 36}), ("bad-request", {"data": "0x" + "ab" * 4}),
                              ("bad-request", {"type": 1}), ("no-key", {"from": other.address})):
            with self.subTest(code=code, **changes):
                self.assert_refused(host.sign_other(KEY, **changes), code)
                host.process.wait_line(f"event=refused .*code={code}")
        self.assert_refused(host.ask("not a line of ours"), "bad-request")
        self.assertTrue(host.sign(KEY, 0, value("a"))["ok"])

    def test_one_nonce_one_value_also_after_kill_9(self):
        host = self.start()
        first = host.sign(KEY, 3, value("a"))
        self.assertTrue(first["ok"])
        self.assert_refused(host.sign(KEY, 3, value("b")), "nonce-used")
        host.kill()
        host.start()
        self.assert_refused(host.sign(KEY, 3, value("b")), "nonce-used")
        self.assertEqual(host.sign(KEY, 3, value("a")), first)
        self.assertTrue(host.sign(KEY, 3, value("a"), maxFeePerGas=2 * 10**9)["ok"])
        self.assertEqual(host.stop(), 0)

    def test_the_budget_also_after_a_restart(self):
        host = self.start(limits__daily_budget="0.00006ether")  # two anchors of 30,000 gas at 1 gwei
        self.assertTrue(host.sign(KEY, 0, value("a"))["ok"])
        self.assertTrue(host.sign(KEY, 1, value("b"))["ok"])
        self.assert_refused(host.sign(KEY, 2, value("c")), "budget")
        self.assertEqual(host.stop(), 0)
        host.start()
        self.assert_refused(host.sign(KEY, 2, value("c")), "budget")
        self.assertTrue(host.sign(KEY, 1, value("b"))["ok"])

    def test_nothing_is_signed_that_cannot_be_recorded(self):
        host = self.start()
        self.assertTrue(host.sign(KEY, 0, value("a"))["ok"])
        os.mkdir(host.folder / "state.new")  # where the next state would be written
        self.assert_refused(host.sign(KEY, 1, value("b")), "state")
        self.assertTrue(host.sign(KEY, 0, value("a"))["ok"])  # that is recorded already
        os.rmdir(host.folder / "state.new")
        self.assertTrue(host.sign(KEY, 1, value("c"))["ok"])  # b never was
        self.assert_refused(host.sign(KEY, 1, value("b")), "nonce-used")

    def test_who_may_ask(self):
        host = self.start(signer__user=os.getuid() + 1)
        self.assert_refused(host.sign(KEY, 0, value("a")), "caller")
        self.assert_refused(host.ask({"version": 1, "method": "keys"}), "caller")

    def test_it_opens_no_network_socket(self):
        host = self.start()
        self.assertTrue(host.sign(KEY, 0, value("a"))["ok"])
        mine = {match[1] for link in open_files(host.process.pid) if (match := re.match(r"socket:\[(\d+)\]", link))}
        inet = {line.split()[9] for name in ("tcp", "tcp6", "udp", "udp6")
                for line in Path(f"/proc/{host.process.pid}/net/{name}").read_text().splitlines()[1:]}
        self.assertTrue(mine)
        self.assertFalse(mine & inet)
        linked = subprocess.run(["ldd", hm.program("hallmark-signer")], capture_output=True, text=True).stdout
        self.assertNotIn("libcurl", linked)
        self.assertNotIn("libmicrohttpd", linked)

    def test_starts_that_are_refused(self):
        host = self.start()
        second = host.case.own(hm.Process([hm.program("hallmark-signer"), "-c", host.conf]))
        self.assertNotEqual(second.wait(), 0)
        self.assertIn("another hallmark-signer uses", second.text())
        self.assertTrue(host.sign(KEY, 0, value("a"))["ok"])
        self.assertEqual(host.stop(), 0)
        state = (host.folder / "state").read_bytes()
        (host.folder / "state").write_bytes(state[:-1] + bytes([state[-1] ^ 1]))
        self.assertNotEqual(host.launch().wait(), 0)
        self.assertIn("it is damaged", host.process.text())
        host.configure(signer__state=host.folder / "fresh", signer__user="nobody-of-that-name")
        self.assertNotEqual(host.launch().wait(), 0)
        self.assertIn("there is no user nobody-of-that-name", host.process.text())


class SettingsTest(hm.Case):
    def run_signer(self, *arguments):
        return hm.run_program("hallmark-signer", *arguments)

    def test_the_example_file_is_what_is_printed(self):
        example = (hm.ROOT / "config/hallmark-signer.conf.example").read_text()
        self.assertEqual(self.run_signer("--print-config").stdout, example)

    def test_check(self):
        host = SignerHost(self, KEY)
        good = self.run_signer("-c", host.conf, "--check-config")
        self.assertEqual((good.returncode, good.stdout), (0, f"{host.conf}: good\n"))
        host.configure(chain__registry=None, signer__socket="relative", limits__max_gas=1)
        bad = self.run_signer("-c", host.conf, "--check-config")
        self.assertEqual(bad.returncode, 1)
        for words in ("registry: needed while", "socket: expected an absolute path", "max_gas"):
            self.assertIn(words, bad.stderr)
        self.assertEqual(self.run_signer("-c", host.conf).returncode, 78)
        self.assertEqual(self.run_signer("--nonsense").returncode, 64)

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is absent")
    def test_the_unit_is_shut_in(self):
        unit = hm.ROOT / "systemd/hallmark-signer.service"
        result = subprocess.run(["systemd-analyze", "security", "--offline=true", str(unit)], capture_output=True, text=True)
        level = re.search(r"Overall exposure level for hallmark-signer.service: ([0-9.]+)", result.stdout)
        self.assertIsNotNone(level, result.stdout + result.stderr)
        self.assertLessEqual(float(level[1]), 0.5)


class DaemonTest(hm.Case):
    """hallmarkd without a key file."""

    def world(self, **settings):
        self.host = SignerHost(self, KEY, **settings)
        self.chain = hm.Chain(self)
        self.chain.fund(KEY.address)
        self.daemon = hm.Daemon(self, self.chain.url, {"key.file": None, "key.passphrase_file": None,
                                                       "key.signer": self.host.socket})
        (self.daemon.folder / "key.json").unlink()
        self.daemon.address = KEY.address
        return self.daemon

    def alarms(self):
        return [alarm["name"] for alarm in self.daemon.status()["alarms"]]

    def test_anchors_with_the_signer_and_through_its_end(self):
        daemon = self.world()
        self.host.start()
        client = daemon.start()
        self.assertEqual(client.get("/v1/log").json()["issuers"], [KEY.address])
        self.assertEqual(client.submit(target("a")).status, 202)
        daemon.wait_final(target("a"))
        self.assertIn("hallmark-signer", daemon.ctl_ok("status"))
        self.host.kill()
        self.assertEqual(client.submit(target("b")).status, 202)
        daemon.process.wait_line("event=sign-failed .*fault=down")
        hm.until("the alarm", lambda: "signer" in self.alarms())
        hm.until("sealed", lambda: client.get(f"/v1/hashes/{target('b')}").json()["batch"])
        self.host.start()
        daemon.wait_final(target("b"))
        proven.all_proven(daemon, self.chain, [target("a"), target("b")])
        self.assertEqual(daemon.stop(), 0)

    def test_a_refusal_reaches_status(self):
        daemon = self.world(limits__daily_budget="1gwei")
        self.host.start()
        client = daemon.start()
        self.assertEqual(client.submit(target("a")).status, 202)
        daemon.process.wait_line("event=sign-failed .*fault=refused .*budget")
        hm.until("the alarm", lambda: "signer-refuses" in self.alarms())
        self.assertIn("hallmark-signer refuses (budget): the daily budget of the signer is used up", daemon.ctl_ok("status"))
        self.assertEqual(daemon.status()["signer"]["fault"], "refused")
        self.host.configure(limits__daily_budget="1ether")
        self.assertEqual(self.host.stop(), 0)
        self.host.start()
        daemon.wait_final(target("a"))
        proven.all_proven(daemon, self.chain, [target("a")])

    def test_killed_between_signature_and_store(self):
        """Both die; the signer then knows nonce and value, and signs them again, higher if asked."""
        daemon = self.world()
        self.host.start()
        client = daemon.start(fault="assigned")
        client.submit(target("a"))
        daemon.died()
        self.host.kill()
        self.host.start()
        daemon.start(fault="signed")
        daemon.died()
        daemon.start()
        daemon.wait_final(target("a"))
        proven.all_proven(daemon, self.chain, [target("a")])
        self.assertEqual(len(self.chain.anchored(KEY.address)), 1)


if __name__ == "__main__":
    hm.main(hm.ANVIL, hm.program("hallmarkd"), hm.program("hallmark-signer"))
