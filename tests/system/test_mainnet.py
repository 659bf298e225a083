"""`hallmark verify --offline` with what Ethereum itself has: a block of the main chain in all its bytes, and blocks of a
client in the form of every fork, with every type of transaction and receipt. Nobody is asked; a checkpoint stands
for the chain."""
import hashlib
import json

import hm
import document
import ethkey
import made
import section2 as s2
from chain import decode_header
from rlp import index_items, prove, rlp, trie_root
from secp256k1 import keccak256

MAINNET = 1
BLOCK_0 = "0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3"
DATA = json.loads((hm.ROOT / "tests/data/mainnet.json").read_text())
KEY, OTHER = ethkey.Key("an issuer on the main chain"), ethkey.Key("one that delegates its code")
FIELDS = ("parentHash sha3Uncles miner stateRoot transactionsRoot receiptsRoot logsBloom #difficulty #number #gasLimit "
          "#gasUsed #timestamp extraData mixHash nonce #baseFeePerGas withdrawalsRoot #blobGasUsed #excessBlobGas "
          "parentBeaconBlockRoot requestsHash").split()
ERAS = {"berlin": 15, "london": 16, "shanghai": 17, "cancun": 20, "prague": 21}  # fields of a header
GWEI = 10**9


def x(data):
    return "0x" + data.hex()


def unx(text):
    return bytes.fromhex(text[2:])


def evidence_of(header, raws, receipts, index, links=(), block_0=BLOCK_0):
    header_ = decode_header(header)
    assert (trie_root(index_items(raws)), trie_root(index_items(receipts))) == \
        (header_.transactions_root, header_.receipts_root), "not this block's"
    return {"version": 1, "genesisBlock": block_0, "header": x(header), "txIndex": index, "tx": x(raws[index]),
            "txProof": [*map(x, prove(raws, index))], "receipt": x(receipts[index]),
            "receiptProof": [*map(x, prove(receipts, index))], "links": list(links)}


class MainnetCase(hm.Case):
    def setUp(self):
        super().setUp()
        self.file = self.folder / "diploma.pdf"
        self.file.write_bytes(b"%PDF-1.7 diploma of Nadia")

    def seal(self, issuer, registry=bytes(20), created_at=0):
        """A log of one batch with this document; its proof without an anchor."""
        name, target = "certif.example.fr", hashlib.sha256(self.file.read_bytes()).digest()
        genesis = s2.Genesis(created_at, MAINNET, registry, issuer, s2.log_name_hash(name))
        header = s2.Header(genesis.r0, 1, 1, created_at, MAINNET, 0, s2.ZERO32, s2.ZERO32)
        batch = made.Batch(header, [target], [bytes(range(16))], b"", genesis.r0)
        return made.proof(name, genesis, [batch], 0, 0)

    def document(self, proof, evidence, sender, to):
        block = decode_header(unx(evidence["header"]))
        raw = unx(evidence["tx"])
        anchor = document.Anchor([], proof.value, MAINNET, to, sender, keccak256(raw), block.number, block.hash,
                                 block.timestamp, None, evidence)
        return document.write(proof._replace(anchors=[anchor]))

    def verify(self, proof, *checkpoints):
        """(exit code, authenticity, {step: code})"""
        (self.folder / "trust.json").write_text(json.dumps([{"id": "0x" + proof["genesis"][102:142], "name": "Certif"}]))
        (self.folder / "checkpoint.json").write_text(json.dumps(
            [{"chainId": MAINNET, "number": number, "hash": hash_} for number, hash_ in checkpoints]))
        (self.folder / "diploma.pdf.proof.json").write_text(json.dumps(proof))
        result = hm.run_program("hallmark", "verify", "--offline", "--json", "--trust", self.folder / "trust.json",
                                "--checkpoint", self.folder / "checkpoint.json", self.file)
        answer = json.loads(result.stdout)
        return result.returncode, answer["authenticity"], {step["name"]: step["code"] for step in answer["steps"]}

    def altered(self, text):
        """The hex of one piece, with one bit changed at its ends, in its middle and in between."""
        for at in sorted({2, 3, len(text) // 3, len(text) // 2, 2 * len(text) // 3, len(text) - 1}):
            yield text[:at] + "0123456789abcdef"[int(text[at], 16) ^ 1] + text[at + 1:]

    def assert_every_alteration_is_found(self, proof, *checkpoints):
        """Not one is taken for a forged document: the evidence is damaged, and that is what is said."""
        good = json.dumps(proof)
        pieces = [("header",), ("tx",), ("receipt",), ("txProof", 0), ("txProof", -1), ("receiptProof", 0), ("receiptProof", -1)]
        for piece in pieces:
            *way, last = piece
            source = json.loads(good)["anchors"][0]["evidence"]
            for step in way:
                source = source[step]
            for text in self.altered(source[last]):
                changed = json.loads(good)
                place = changed["anchors"][0]["evidence"]
                for step in way:
                    place = place[step]
                place[last] = text
                with self.subTest(piece, text=text[:80]):
                    code, authenticity, steps = self.verify(changed, *checkpoints)
                    self.assertEqual((code, authenticity, steps["checkEvidence"]), (2, "could-not-check", "HM-2101"))


class FirstTransactionTest(MainnetCase):
    """Block 46147, with the first transaction that Ethereum ever had."""

    def setUp(self):
        super().setUp()
        first, header = DATA["first"], bytes.fromhex(DATA["headers"][0]["rlp"])
        self.hash = "0x" + DATA["headers"][0]["hash"]
        raw, receipt = bytes.fromhex(first["tx"]), bytes.fromhex(first["receipt"])
        sender, to = bytes.fromhex(first["sender"]), bytes.fromhex("5df9b87991262f6ba471f09758cde1c0fc1de734")
        self.proof = self.document(self.seal(sender), evidence_of(header, [raw], [receipt], 0), sender, to)

    def test_whole_and_no_anchor(self):
        """Its evidence holds; but no such transaction can record anything, whoever vouches for the block."""
        for checkpoints in ([], [(46147, self.hash)], [(0, BLOCK_0), (46147, self.hash)]):
            code, authenticity, steps = self.verify(self.proof, *checkpoints)
            self.assertEqual((code, authenticity), (1, "not-genuine"))
            self.assertEqual({name: steps[name] for name in ("checkEvidence", "fetchRemoteHash", "checkMerkleRoot")},
                             {"checkEvidence": "HM-2100", "fetchRemoteHash": "HM-2200", "checkMerkleRoot": "HM-2212"})

    def test_altered(self):
        self.assert_every_alteration_is_found(self.proof, (46147, self.hash))

    def test_evidence_of_another_transaction_than_the_anchor_names(self):
        for member, value in (("transactionHash", "0x" + "ab" * 32), ("blockHash", "0x" + "ab" * 32), ("blockNumber", 46148),
                              ("blockTime", "2015-08-07T03:30:34Z")):
            with self.subTest(member):
                changed = json.loads(json.dumps(self.proof))
                changed["anchors"][0][member] = value
                changed["anchors"][0].pop("proofValue", None)
                code, authenticity, steps = self.verify(changed)
                self.assertEqual((code, authenticity, steps["checkEvidence"]), (2, "could-not-check", "HM-2101"))

    def test_a_header_of_another_block(self):
        for other in DATA["headers"][1:]:
            with self.subTest(other["number"]):
                changed = json.loads(json.dumps(self.proof))
                changed["anchors"][0]["evidence"]["header"] = "0x" + other["rlp"]
                code, authenticity, steps = self.verify(changed)
                self.assertEqual((code, authenticity, steps["checkEvidence"]), (2, "could-not-check", "HM-2101"))

    def test_a_later_block_that_does_not_follow(self):
        for link in ({"headers": ["0x" + DATA["headers"][1]["rlp"]]},
                     {"eip2935": {"header": "0x" + DATA["headers"][-1]["rlp"], "accountProof": [], "storageProof": []}}):
            with self.subTest(link=next(iter(link))):
                changed = json.loads(json.dumps(self.proof))
                changed["anchors"][0]["evidence"]["links"] = [link]
                code, authenticity, steps = self.verify(changed)
                self.assertEqual((code, authenticity, steps["checkEvidence"]), (2, "could-not-check", "HM-2101"))


class ErasTest(MainnetCase):
    """Chain id 1, in the form that each fork gave to headers; anchors of every type that a client takes without blobs."""

    def transactions(self, era, values, to):
        """One raw transaction of each type, in the order of their nonces."""
        legacy = [0, 100 * GWEI, 100000, to, 0, values[0]]
        parity, r, s = KEY.sign(rlp([*legacy, MAINNET, 0, 0]))
        yield rlp([*legacy, 35 + 2 * MAINNET + parity, r, s])
        access = [[to, [bytes(32), bytes(31) + b"\1"]]]
        yield self.typed(1, [MAINNET, 1, 100 * GWEI, 100000, to, 0, values[1], access])
        if era != "berlin":
            yield self.typed(2, [MAINNET, 2, GWEI, 100 * GWEI, 100000, to, 0, values[2], []])
        if era == "prague":
            permit = [MAINNET, unx(hm.REGISTRY), 0]
            yield self.typed(4, [MAINNET, 3, GWEI, 100 * GWEI, 200000, to, 0, values[3], [],
                                 [[*permit, *OTHER.sign(b"\5" + rlp(permit))]]])

    def typed(self, kind, fields):
        return bytes([kind]) + rlp([*fields, *KEY.sign(bytes([kind]) + rlp(fields))])

    def receipt(self, chain, raw):
        got = chain.rpc("eth_getTransactionReceipt", x(keccak256(raw)))
        logs = [[unx(log["address"]), [*map(unx, log["topics"])], unx(log["data"])] for log in got["logs"]]
        body = rlp([int(got["status"], 16), int(got["cumulativeGasUsed"], 16), unx(got["logsBloom"]), logs])
        return int(got["transactionIndex"], 16), (raw[:1] if raw[0] < 0xc0 else b"") + body

    def header(self, chain, number, n_fields):
        block = chain.rpc("eth_getBlockByNumber", hex(number), False)
        value = lambda name: int(block[name[1:]], 16) if name[0] == "#" else unx(block[name])
        data = rlp([value(name) for name in FIELDS[:n_fields]])
        self.assertEqual(x(keccak256(data)), block["hash"], "another form of header")
        return data

    def check_era(self, era, to_registry):
        chain = hm.Chain(self, "--hardfork", era, chain_id=MAINNET, block_time=None)
        chain.fund(KEY.address), chain.fund(OTHER.address)
        sender = unx(KEY.address)
        to = unx(hm.REGISTRY) if to_registry else sender
        proofs = [self.seal(sender, to if to_registry else bytes(20), n) for n in range(4)]
        raws = list(self.transactions(era, [proof.value for proof in proofs], to))
        for raw in raws:
            self.assertEqual(chain.rpc("eth_sendRawTransaction", x(raw)), x(keccak256(raw)))
        chain.mine(3)
        got = [self.receipt(chain, raw) for raw in raws]
        self.assertEqual([index for index, _ in got], [*range(len(raws))])
        number = int(chain.rpc("eth_getTransactionReceipt", x(keccak256(raws[0])))["blockNumber"], 16)
        headers = [self.header(chain, n, ERAS[era]) for n in range(number, number + 3)]
        own, last = ((number + n, x(keccak256(headers[n]))) for n in (0, 2))
        block_0 = chain.rpc("eth_getBlockByNumber", "0x0", False)["hash"]
        for index in range(len(raws)):
            with self.subTest(era, type=raws[index][0] if raws[index][0] < 5 else 0, to_registry=to_registry):
                evidence = evidence_of(headers[0], raws, [receipt for _, receipt in got], index, block_0=block_0)
                document_ = self.document(proofs[index], evidence, sender, to)
                code, authenticity, steps = self.verify(document_, (0, block_0), own)
                self.assertEqual((code, authenticity, steps["checkEvidence"], steps["checkFinality"]),
                                 (2 if to_registry else 0, "genuine", "HM-2100", "HM-2234"), steps)
                evidence["links"] = [{"headers": [*map(x, headers[1:])]}]
                self.assertEqual(self.verify(document_, (0, block_0), last)[1:2], ("genuine",))
                del evidence["links"][0]["headers"][0]
                self.assertEqual(self.verify(document_, (0, block_0), last)[2]["checkEvidence"], "HM-2101")
        self.assert_every_alteration_is_found({**document_, "anchors": [{**anchor, "evidence": {**evidence, "links": []}}
                                                                        for anchor in document_["anchors"]]}, own)

    def test_every_fork_and_type_to_the_registry(self):
        for era in ERAS:
            if era not in ("berlin", "london"):  # the registry's code has PUSH0, which came with Shanghai
                self.check_era(era, True)

    def test_every_fork_and_type_to_oneself(self):
        for era in ERAS:
            self.check_era(era, False)


if __name__ == "__main__":
    hm.main(hm.ANVIL, hm.program("hallmark"))
