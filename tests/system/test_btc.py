"""A credential anchored on Bitcoin, through the real program: an Esplora-compatible source over HTTP (--btc) that
replays the answers of a chain, an issuer that is its own account (did:pkh), and what may go wrong with both."""
import hashlib
import json
import subprocess
import tempfile
import unittest
from pathlib import Path

import hm
import mp2019
from pages import Pages

MAIN = "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f"
ACCOUNT = "1BPQXndcz5Uf3qZQkgnvJC87LUD5n7a2mC"
ISSUER = "did:pkh:bip122:000000000019d6689c085ae165831e93:" + ACCOUNT
TXID = "8623beadbc7877a9e20fb7f83eda6c1a1fc350171f0714ff6c6c4054018eb54d"
BLOCK = "00000000000000000123456789abcdef0123456789abcdef0123456789abcdef"
BITCOIN, MAIN_NETWORK = 0, 1
NEIGHBOUR = bytes(range(32))


class Esplora(Pages):
    """A source of the Bitcoin chain that knows one transaction."""

    def __init__(self, case, root):
        tx = {"txid": TXID, "vin": [{"prevout": {"scriptpubkey_address": ACCOUNT}}],
              "vout": [{"scriptpubkey": "76a914" + "00" * 20 + "88ac"}, {"scriptpubkey": "6a20" + root.hex()}],
              "status": {"confirmed": True, "block_height": 430000, "block_hash": BLOCK, "block_time": 1475524375}}
        pages = {"/api/block-height/0": MAIN, "/api/tx/" + TXID: tx, "/api/block-height/430000": BLOCK,
                 "/api/block/" + BLOCK: {"id": BLOCK, "height": 430000, "timestamp": 1475524375},
                 "/api/blocks/tip/height": "870000"}
        super().__init__(case, pages)
        self.url += "/api"

    def tx(self):
        return self.pages["/api/tx/" + TXID]


def packed(text):
    """A hash in a proof: a byte string that holds a text string of hex."""
    return mp2019.cbor(text)


def proof_value(root, target):
    path = [[mp2019.RIGHT, packed(NEIGHBOUR.hex())]]
    anchors = [[[mp2019.CHAIN, BITCOIN], [mp2019.NETWORK, MAIN_NETWORK], [mp2019.TXID, packed(TXID)]]]
    pairs = [[mp2019.PATH, path], [mp2019.ROOT, packed(root.hex())],
             [mp2019.TARGET, packed(target.hex())], [mp2019.ANCHORS, anchors]]
    return "z" + mp2019.base58(mp2019.cbor(pairs))


class Bitcoin(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        document = {
            "@context": ["https://www.w3.org/ns/credentials/v2", "https://w3id.org/blockcerts/v3.2"],
            "type": ["VerifiableCredential", "BlockcertsCredential"], "id": "urn:uuid:1", "issuer": ISSUER,
            "name": "Analyse de données", "credentialSubject": {"id": "did:example:ada", "name": "Ada Byron"}}
        self.file = Path(folder.name) / "badge.json"
        self.file.write_text(json.dumps(document))
        said = subprocess.run([hm.program("hallmark"), "hash", self.file], capture_output=True, text=True, check=True)
        target = bytes.fromhex(said.stdout.split()[0])
        self.root = hashlib.sha256(target + NEIGHBOUR).digest()
        document["proof"] = {"type": "MerkleProof2019", "created": "2016-10-03T19:00:00Z",
                             "proofPurpose": "assertionMethod", "verificationMethod": ISSUER + "#blockchainAccountId",
                             "proofValue": proof_value(self.root, target)}
        self.file.write_text(json.dumps(document))
        self.source = Esplora(self, self.root)

    def verify(self, *more, code):
        run = subprocess.run([hm.program("hallmark"), "verify", "--json", *more, self.file], capture_output=True, text=True,
                             timeout=hm.DEADLINE)
        self.assertEqual(run.returncode, code, run.stdout + run.stderr)
        return json.loads(run.stdout)

    def test_genuine(self):
        answer = self.verify("--btc", self.source.url + "/", code=0)
        self.assertEqual((answer["authenticity"], answer["force"], answer["format"]), ("genuine", "in-force", "blockcerts-3"))
        self.assertEqual(answer["issuer"]["account"], ACCOUNT)
        self.assertEqual(answer["issuer"]["recordedAt"], "2016-10-03T19:52:55Z")
        self.assertEqual(answer["holder"], "Ada Byron")

    def test_without_a_source(self):
        self.assertEqual(self.verify(code=2)["code"], "HM-2600")

    def test_unreachable(self):
        self.assertEqual(self.verify("--btc", "http://127.0.0.1:1/api", code=2)["code"], "HM-2202")

    def test_another_value(self):
        self.source.tx()["vout"][1]["scriptpubkey"] = "6a20" + "00" * 32
        self.assertEqual(self.verify("--btc", self.source.url, code=1)["code"], "HM-2211")

    def test_nothing_recorded(self):
        del self.source.tx()["vout"][1]
        self.assertEqual(self.verify("--btc", self.source.url, code=1)["code"], "HM-2610")

    def test_another_account(self):
        self.source.tx()["vin"][0]["prevout"]["scriptpubkey_address"] = "1Q3P94rdNyftFBEKiN1fxmt2HnQgSCB619"
        self.assertEqual(self.verify("--btc", self.source.url, code=1)["code"], "HM-2551")

    def test_not_final(self):
        self.source.pages["/api/blocks/tip/height"] = "430004"
        self.assertEqual(self.verify("--btc", self.source.url, code=2)["authenticity"], "pending")

    def test_another_network(self):
        self.source.pages["/api/block-height/0"] = "000000000933ea01ad0ee984209779baaec3ced90fa3f408719526f8d77f4943"
        self.assertEqual(self.verify("--btc", self.source.url, code=2)["code"], "HM-2601")

    def test_sources_that_disagree(self):
        other = Esplora(self, bytes(32))
        self.assertEqual(self.verify("--btc", self.source.url, "--btc", other.url, code=2)["code"], "HM-2430")

    def test_a_day_before_it_was_recorded(self):
        answer = self.verify("--btc", self.source.url, "--at", "2016-10-03T19:52:54Z", code=3)
        self.assertEqual((answer["force"], answer["code"]), ("not-yet", "HM-4203"))
        self.verify("--btc", self.source.url, "--at", "2016-10-03T19:52:55Z", code=0)


if __name__ == "__main__":
    hm.main(hm.program("hallmark"))
