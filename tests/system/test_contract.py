"""The registry contract on a real chain client (anvil), and its artifact against a fresh compile."""
import http.client
import json
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = ROOT / "contracts"
ANVIL = ROOT / "tests/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil"
ARTIFACT = json.loads((CONTRACTS / "registry.json").read_text())

MAX_ANCHOR_GAS = 23_200
ROOT_WORD = bytes(range(0xE0, 0x100))  # no zero byte: the dearest calldata
KEY = bytes.fromhex("a1b2c3d4e5f60718293a4b5c6d7e8f9001122334")
FUNCTIONS = ["authorize(address)", "deauthorize(address)", "revoke(bytes32)"]


class Anvil:
    """A chain of its own on a port of the kernel's choice."""

    def __init__(self, *options):
        self.process = subprocess.Popen(
            [ANVIL, "--host", "127.0.0.1", "--port", "0", *options],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for line in self.process.stdout:
            listening = re.match(r"Listening on 127\.0\.0\.1:(\d+)", line)
            if listening:
                break
        else:
            raise RuntimeError("anvil ended before it listened")
        threading.Thread(target=self.process.stdout.read, daemon=True).start()  # or the pipe fills
        self.url = f"http://127.0.0.1:{listening[1]}/"
        self.http = http.client.HTTPConnection("127.0.0.1", int(listening[1]), timeout=120)
        self.sender = self.rpc("eth_accounts")[0]

    def rpc(self, method, *params):
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        self.http.request("POST", "/", body, {"Content-Type": "application/json"})
        reply = json.loads(self.http.getresponse().read())
        if "error" in reply:
            raise RuntimeError(f"{method}: {reply['error']}")
        return reply["result"]

    def send(self, to, data, value=0):
        """One transaction in one block, its receipt."""
        tx = {"from": self.sender, "data": "0x" + data.hex(), "value": hex(value), "gas": hex(500_000)}
        if to is not None:
            tx["to"] = to
        tx_hash = self.rpc("eth_sendTransaction", tx)
        self.rpc("evm_mine")
        return self.rpc("eth_getTransactionReceipt", tx_hash)

    def keccak(self, text):
        return bytes.fromhex(self.rpc("web3_sha3", "0x" + text.encode().hex())[2:])

    def close(self):
        self.http.close()
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


class RegistryTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.chain = Anvil("--no-mining")  # blocks only when asked for: nothing has to be waited for
        cls.addClassCleanup(cls.chain.close)
        cls.deployed = cls.chain.send(None, bytes.fromhex(ARTIFACT["bytecode"][2:]))
        cls.registry = cls.deployed["contractAddress"]
        cls.selector = {name: cls.chain.keccak(name)[:4] for name in FUNCTIONS}

    def word(self, address):
        return "0x" + address[-20:].rjust(32, b"\0").hex()

    def sender_word(self):
        return self.word(bytes.fromhex(self.chain.sender[2:]))

    def call(self, data, value=0):
        return self.chain.send(self.registry, data, value)

    def assert_event(self, receipt, signature, *topics):
        self.assertEqual(receipt["status"], "0x1")
        self.assertEqual(len(receipt["logs"]), 1)
        log = receipt["logs"][0]
        self.assertEqual(log["address"], self.registry)
        self.assertEqual(log["topics"], ["0x" + self.chain.keccak(signature).hex(), *topics])
        self.assertEqual(log["data"], "0x")

    def assert_anchored(self, receipt, root):
        self.assert_event(receipt, "Anchored(bytes32,address)", "0x" + root.hex(), self.sender_word())

    def assert_reverted(self, receipt):
        self.assertEqual(receipt["status"], "0x0")
        self.assertEqual(receipt["logs"], [])

    def test_deployed_code_is_the_runtime_of_the_artifact(self):
        self.assertEqual(self.deployed["status"], "0x1")
        self.assertEqual(self.chain.rpc("eth_getCode", self.registry, "latest"), ARTIFACT["runtime"])
        print(f"deployment: {int(self.deployed['gasUsed'], 16)} gas, "
              f"{len(ARTIFACT['runtime']) // 2 - 1} bytes", file=sys.stderr)

    def test_32_bytes_are_anchored_within_the_gas_limit(self):
        receipt = self.call(ROOT_WORD)
        self.assert_anchored(receipt, ROOT_WORD)
        gas = int(receipt["gasUsed"], 16)
        print(f"anchor: {gas} gas", file=sys.stderr)
        self.assertLessEqual(gas, MAX_ANCHOR_GAS)

    def test_a_root_may_begin_with_a_selector(self):
        for name in FUNCTIONS:
            with self.subTest(name):
                root = self.selector[name] + ROOT_WORD[4:]
                self.assert_anchored(self.call(root), root)

    def test_any_root_will_do(self):
        for root in (bytes(32), b"\xff" * 32):
            with self.subTest(root.hex()):
                self.assert_anchored(self.call(root), root)

    def test_the_same_root_again_does_not_revert(self):
        for _ in range(3):
            self.assert_anchored(self.call(ROOT_WORD), ROOT_WORD)

    def test_other_lengths_revert(self):
        for n in (0, 1, 4, 31, 33, 35, 37, 64, 68):
            with self.subTest(n):
                self.assert_reverted(self.call((ROOT_WORD * 3)[:n]))

    def test_selectors_of_another_length_revert(self):
        argument = self.word(KEY)[2:]
        for name in FUNCTIONS:
            for n in (4, 31, 33, 35, 37):
                with self.subTest(name, n=n):
                    self.assert_reverted(self.call((self.selector[name] + bytes.fromhex(argument) + b"\0")[:n]))

    def test_unknown_selectors_revert(self):
        near = [bytes([*s[:3], s[3] ^ 1]) for s in self.selector.values()]
        for selector in [bytes(4), b"\xff" * 4, ROOT_WORD[:4], *near]:
            with self.subTest(selector.hex()):
                self.assert_reverted(self.call(selector + KEY.rjust(32, b"\0")))

    def test_key_events(self):
        for name, signature in (("authorize(address)", "KeyAdded(address,address)"),
                                ("deauthorize(address)", "KeyRemoved(address,address)")):
            with self.subTest(name):
                receipt = self.call(self.selector[name] + KEY.rjust(32, b"\0"))
                self.assert_event(receipt, signature, self.sender_word(), self.word(KEY))

    def test_an_address_with_dirty_upper_bytes_reverts(self):
        for name in FUNCTIONS[:2]:
            for dirty in (b"\1".ljust(12, b"\0"), b"\1".rjust(12, b"\0"), b"\xff" * 12):
                with self.subTest(name, dirty=dirty.hex()):
                    self.assert_reverted(self.call(self.selector[name] + dirty + KEY))

    def test_revoke_event(self):
        for identity in (ROOT_WORD, bytes(32)):
            receipt = self.call(self.selector["revoke(bytes32)"] + identity)
            self.assert_event(receipt, "Revoked(bytes32,address)", "0x" + identity.hex(), self.sender_word())

    def test_value_reverts(self):
        calls = [ROOT_WORD] + [self.selector[name] + KEY.rjust(32, b"\0") for name in FUNCTIONS]
        for data in calls:
            with self.subTest(data[:4].hex()):
                self.assert_reverted(self.call(data, value=1))

    def test_the_contract_keeps_nothing(self):
        self.call(ROOT_WORD)
        proof = self.chain.rpc("eth_getProof", self.registry, [], "latest")
        empty_trie = "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"
        self.assertEqual(proof["storageHash"], empty_trie)
        self.assertEqual(int(proof["balance"], 16), 0)

    def test_the_abi_names_what_the_contract_answers(self):
        signature = lambda entry: f"{entry['name']}({','.join(i['type'] for i in entry['inputs'])})"
        named = {signature(entry) for entry in ARTIFACT["abi"] if entry["type"] in ("event", "function")}
        self.assertEqual(named, {*FUNCTIONS, "Anchored(bytes32,address)", "KeyAdded(address,address)",
                                 "KeyRemoved(address,address)", "Revoked(bytes32,address)"})


class ArtifactTest(unittest.TestCase):
    def check(self, folder):
        return subprocess.run(["node", folder / "build.mjs", "--check"], capture_output=True, text=True)

    def test_the_source_compiles_to_the_artifact_byte_for_byte(self):
        result = self.check(CONTRACTS)
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_one_changed_byte_is_noticed(self):
        for name, old, new in (("registry.sol", "length == 32", "length == 33"),
                               ("registry.json", '"bytecode": "0x60', '"bytecode": "0x61')):
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                copy = Path(folder)
                for file in ("build.mjs", "package.json", "registry.sol", "registry.json"):
                    shutil.copy(CONTRACTS / file, copy)
                (copy / "node_modules").symlink_to(CONTRACTS / "node_modules")
                text = (copy / name).read_text()
                self.assertIn(old, text)
                (copy / name).write_text(text.replace(old, new))
                result = self.check(copy)
                self.assertEqual(result.returncode, 1)
                self.assertIn("is not what", result.stderr)


def main(*needed):
    for path in needed:
        if not path.exists():
            print(f"skipped: {path} is absent; run scripts/setup")
            sys.exit(77)
    unittest.main()


if __name__ == "__main__":
    main(ANVIL, CONTRACTS / "node_modules/solc")
