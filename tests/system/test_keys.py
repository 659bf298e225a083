"""hallmarkctl key … and deploy-registry: the real program, and a chain for the registry to stand on."""
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from test_contract import ANVIL, ARTIFACT, Anvil, main

CTL = Path(os.environ.get("HALLMARK_BUILD", "build/dev")) / "hallmarkctl"
CHAIN_ID = 11155111
# The first account of every anvil: known to everybody, rich on test chains only.
DEV_KEY = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
DEV_ADDRESS = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"


class Folder(unittest.TestCase):
    """A configuration, a passphrase and room for a key."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.key = self.folder / "key.json"
        self.put("passphrase", "un mot de passe\n")
        self.configure("http://127.0.0.1:1/")

    def put(self, name, text):
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_text(text)
        return path

    def configure(self, rpc, chain_id=CHAIN_ID):
        self.put("hallmarkd.conf", f"[log]\nname = certif.example.fr\n[store]\npath = {self.folder}/store\n"
                 f"[key]\nfile = {self.key}\npassphrase_file = {self.folder}/passphrase\n"
                 f"[chain]\nrpc = {rpc}\nchain_id = {chain_id}\n")

    def ctl(self, *arguments, stdin=""):
        return subprocess.run([CTL, "-c", self.folder / "hallmarkd.conf", *arguments], input=stdin,
                              capture_output=True, text=True, timeout=120)

    def ok(self, *arguments, stdin=""):
        result = self.ctl(*arguments, stdin=stdin)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def refused(self, *arguments, stdin=""):
        result = self.ctl(*arguments, stdin=stdin)
        self.assertNotEqual(result.returncode, 0)
        self.assertEqual(result.stdout, "")
        return result.stderr


class KeyTest(Folder):
    def test_a_new_key(self):
        address = self.ok("key", "new").strip()
        self.assertTrue(re.fullmatch(r"0x[0-9a-f]{40}", address), address)
        self.assertEqual(self.key.stat().st_mode & 0o7777, 0o600)
        self.assertEqual(json.loads(self.key.read_text())["version"], 3)
        self.assertEqual(self.ok("key", "address").strip(), address)
        self.assertEqual(json.loads(self.ok("key", "address", "--json")), {"address": address})

    def test_a_key_file_is_never_overwritten(self):
        self.ok("key", "new")
        before = self.key.read_bytes()
        self.assertIn(str(self.key), self.refused("key", "new"))
        self.assertIn(str(self.key), self.refused("key", "import", "-", stdin=DEV_KEY))
        self.assertEqual(self.key.read_bytes(), before)

    def test_import_of_digits_and_of_a_key_file(self):
        self.assertEqual(self.ok("key", "import", "-", stdin="0x" + DEV_KEY + "\n").strip(), DEV_ADDRESS)
        copy = self.key.rename(self.folder / "copy.json")
        self.assertEqual(self.ok("key", "import", copy).strip(), DEV_ADDRESS)
        self.assertNotEqual(self.key.read_bytes(), copy.read_bytes())

    def test_a_bad_key_is_refused_and_not_repeated(self):
        message = self.refused("key", "import", "-", stdin=DEV_KEY[:-1])
        self.assertNotIn(DEV_KEY[:16], message)
        self.assertFalse(self.key.exists())


class DeployTest(Folder):
    @classmethod
    def setUpClass(cls):
        cls.chain = Anvil("--chain-id", str(CHAIN_ID))
        cls.addClassCleanup(cls.chain.close)

    def setUp(self):
        super().setUp()
        self.ok("key", "import", "-", stdin=DEV_KEY)

    def nonce(self):
        return int(self.chain.rpc("eth_getTransactionCount", DEV_ADDRESS, "latest"), 16)

    def test_the_registry_stands_on_the_chain(self):
        self.configure(self.chain.url)
        answer = json.loads(self.ok("deploy-registry", "--json"))
        self.assertEqual(set(answer), {"address", "gasUsed", "blockNumber", "transactionHash"})
        receipt = self.chain.rpc("eth_getTransactionReceipt", answer["transactionHash"])
        self.assertEqual(receipt["contractAddress"], answer["address"])
        self.assertEqual(int(receipt["gasUsed"], 16), answer["gasUsed"])
        self.assertEqual(int(receipt["blockNumber"], 16), answer["blockNumber"])
        self.assertEqual(receipt["from"], DEV_ADDRESS)
        self.assertEqual(self.chain.rpc("eth_getCode", answer["address"], "latest"), ARTIFACT["runtime"])
        again = json.loads(self.ok("deploy-registry", "--json"))
        self.assertNotEqual(again["address"], answer["address"])

    def test_another_chain_than_the_configured_one_is_refused(self):
        before = self.nonce()
        self.configure(self.chain.url, chain_id=1)
        self.assertIn("chain", self.refused("deploy-registry"))
        self.assertEqual(self.nonce(), before)

    def test_without_money_nothing_is_sent(self):
        self.key.unlink()
        address = self.ok("key", "new").strip()
        self.configure(self.chain.url)
        self.assertIn(address, self.refused("deploy-registry"))

    def test_no_endpoint(self):
        self.assertIn("endpoint 1", self.refused("deploy-registry"))


if __name__ == "__main__":
    if subprocess.run([CTL, "--version"], capture_output=True).returncode != 0:
        print(f"skipped: {CTL} is not composed yet")
        sys.exit(77)
    main(ANVIL)
