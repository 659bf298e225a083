"""`hallmark verify --offline`: evidence alone, and who answers whether its block is on the chain."""
import hashlib
import json

import hm
import proven
import rpcproxy as p
from rlp import rlp
from secp256k1 import keccak256

HISTORY = "0x0000f90827f1c53a10cb7a02335b175320002935"  # EIP-2935
FIELDS = ("parentHash sha3Uncles miner stateRoot transactionsRoot receiptsRoot logsBloom #difficulty #number #gasLimit "
          "#gasUsed #timestamp extraData mixHash nonce #baseFeePerGas withdrawalsRoot #blobGasUsed #excessBlobGas "
          "parentBeaconBlockRoot requestsHash").split()


def header_rlp(block):
    """The bytes of a header of the Prague form, checked against its hash."""
    value = lambda name: int(block[name[1:]], 16) if name[0] == "#" else bytes.fromhex(block[name][2:])
    data = rlp([value(name) for name in FIELDS])
    assert keccak256(data).hex() == block["hash"][2:], "another form of header"
    return "0x" + data.hex()


class OfflineTest(hm.Case):
    def setUp(self):
        super().setUp()
        self.chain, daemon = hm.world(self, settings={"batch.max_age": "100ms"})
        client = daemon.start()
        self.file = self.folder / "diploma.pdf"
        self.file.write_bytes(b"%PDF-1.7 diploma of Nadia")
        target = hashlib.sha256(self.file.read_bytes()).hexdigest()
        client.submit(target)
        daemon.wait_final(target)
        self.proof = json.loads(proven.get(client, f"/v1/proofs/{target}").body)
        daemon.stop()
        self.anchor = self.proof["anchors"][0]
        self.trust = self.folder / "trust.json"
        self.trust.write_text(json.dumps([{"id": daemon.address, "name": "Certif"}]))
        self.chain.mine(4)

    def block(self, number):
        return self.chain.rpc("eth_getBlockByNumber", hex(number), False)

    def checkpoint(self, *numbers):
        path = self.folder / "checkpoint.json"
        path.write_text(json.dumps([{"chainId": hm.CHAIN_ID, "number": n, "hash": self.block(n)["hash"]} for n in numbers]))
        return ["--checkpoint", path]

    def verify(self, *options):
        """(authenticity, {step: code})"""
        (self.folder / "diploma.pdf.proof.json").write_text(json.dumps(self.proof))
        result = hm.run_program("hallmark", "verify", "--offline", "--json", "--trust", self.trust, *options, self.file)
        answer = json.loads(result.stdout)
        return answer["authenticity"], {step["name"]: step["code"] for step in answer["steps"]}

    def expect(self, options, authenticity, policy, finality, chain="HM-2252"):
        got, steps = self.verify(*options)
        self.assertEqual((got, steps["choosePolicy"], steps["checkFinality"], steps["checkChain"]),
                         (authenticity, policy, finality, chain))

    def test_policies(self):
        self.expect([], "could-not-check", "HM-2243", "HM-2233")
        self.expect(self.checkpoint(self.anchor["blockNumber"]), "genuine", "HM-2241", "HM-2234")
        self.expect(self.checkpoint(self.anchor["blockNumber"] + 1), "could-not-check", "HM-2241", "HM-2233")
        self.expect(self.checkpoint(0, self.anchor["blockNumber"]), "genuine", "HM-2241", "HM-2234", "HM-2251")

    def test_an_endpoint_is_asked_for_heights_only(self):
        proxy = p.Proxy(self, self.chain.port)
        self.expect(["--rpc", proxy.url], "genuine", "HM-2242", "HM-2235", "HM-2251")
        self.assertEqual(set(proxy.calls), {"eth_chainId", "eth_getBlockByNumber"})
        proxy.rule(p.changed(lambda block: {**block, "hash": "0x" + "ab" * 32}), "eth_getBlockByNumber")
        self.expect(["--rpc", proxy.url], "could-not-check", "HM-2242", "HM-2232", "HM-2253")

    def test_headers_lead_to_the_checkpoint(self):
        first, last = self.anchor["blockNumber"] + 1, self.anchor["blockNumber"] + 3
        self.anchor["evidence"]["links"] = [{"headers": [header_rlp(self.block(n)) for n in range(first, last + 1)]}]
        self.expect(self.checkpoint(last), "genuine", "HM-2241", "HM-2234")
        self.expect(self.checkpoint(self.anchor["blockNumber"]), "genuine", "HM-2241", "HM-2234")
        self.anchor["evidence"]["links"][0]["headers"].pop(1)
        authenticity, steps = self.verify(*self.checkpoint(last))
        self.assertEqual((authenticity, steps["checkEvidence"]), ("could-not-check", "HM-2101"))

    def test_a_hop_of_eip_2935_leads_to_the_checkpoint(self):
        number, last = self.anchor["blockNumber"], self.chain.head()
        slot = f"0x{number % 8191:064x}"
        shown = self.chain.rpc("eth_getProof", HISTORY, [slot], hex(last))
        hop = {"header": header_rlp(self.block(last)), "accountProof": shown["accountProof"],
               "storageProof": shown["storageProof"][0]["proof"]}
        self.anchor["evidence"]["links"] = [{"eip2935": hop}]
        self.expect(self.checkpoint(last), "genuine", "HM-2241", "HM-2234")
        hop["storageProof"][-1] = hop["storageProof"][-1][:-1] + ("0" if hop["storageProof"][-1][-1] != "0" else "1")
        self.assertEqual(self.verify(*self.checkpoint(last))[0], "could-not-check")


if __name__ == "__main__":
    hm.main(hm.ANVIL, hm.program("hallmarkd"), hm.program("hallmarkctl"), hm.program("hallmark"))
