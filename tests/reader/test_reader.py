"""The second reader by itself: known answers computed by hand, and public vectors where they are."""
import gzip
import hashlib
import json
import os
import random
import struct
import sys
import unittest
from pathlib import Path

import audit
import document
import made
import mp2019
import section2 as s2
from chain import check_evidence, decode_header, decode_receipt, decode_transaction
from rlp import index_items, prove, rlp, trie_root, trie_value, unrlp
from secp256k1 import address_of_key, keccak256, recover, sign

DATA = Path(os.environ.get("HALLMARK_DATA", Path(__file__).resolve().parents[3] / "shared/data"))
H = lambda data: hashlib.sha256(data).digest()
REGISTRY = bytes(range(20))


def vectors(test, name):
    path = DATA / "vectors" / name
    if not path.exists():
        test.skipTest(f"no public data: {path}")
    return json.loads(gzip.open(path).read() if path.suffix == ".gz" else path.read_bytes())


def raw(text):
    return bytes.fromhex(text.removeprefix("0x"))


class HashTest(unittest.TestCase):
    def test_sizes_are_part_of_the_design(self):
        genesis = s2.Genesis(1, 2, bytes(20), bytes(20), bytes(32))
        header = s2.Header(bytes(32), 1, 2, 3, 4, 5, bytes(32), bytes(32))
        self.assertEqual(len(genesis.encode()), 103)
        self.assertEqual(len(header.encode()), 140)

    def test_genesis_byte_for_byte(self):
        genesis = s2.Genesis(0x01, 11155111, b"\x11" * 20, b"\x22" * 20, H(b"certif.example.fr"))
        by_hand = (b"hallmark log 1\n" + bytes(7) + b"\x01" + bytes(5) + b"\xaa\x36\xa7"
                   + b"\x11" * 20 + b"\x22" * 20 + H(b"certif.example.fr"))
        self.assertEqual(genesis.encode(), by_hand)
        self.assertEqual(genesis.r0, H(by_hand))
        self.assertEqual(s2.decode_genesis(by_hand), genesis)

    def test_header_byte_for_byte(self):
        header = s2.Header(b"\1" * 32, 812, 4096, 1795330800, 11155111, 123, b"\2" * 32, b"\3" * 32)
        by_hand = (b"HMB1" + b"\1" * 32 + struct.pack(">5Q", 812, 4096, 1795330800, 11155111, 123)
                   + b"\2" * 32 + b"\3" * 32)
        self.assertEqual(header.encode(), by_hand)
        self.assertEqual(s2.decode_header(by_hand), header)

    def test_three_leaves_by_hand(self):
        a, b, c = (H(bytes([i]) * 48) for i in range(3))
        root = H(H(a + b) + c)
        self.assertEqual(s2.batch_root([a, b, c]), root)
        self.assertEqual(s2.tree_path([a, b, c], 0), [("right", b), ("right", c)])
        self.assertEqual(s2.tree_path([a, b, c], 1), [("left", a), ("right", c)])
        self.assertEqual(s2.tree_path([a, b, c], 2), [("left", H(a + b))])

    def test_five_leaves_promote_twice(self):
        leaves = [H(bytes([i])) for i in range(5)]
        a, b, c, d, e = leaves
        self.assertEqual(s2.batch_root(leaves), H(H(H(a + b) + H(c + d)) + e))

    def test_one_leaf_and_none(self):
        self.assertEqual(s2.batch_root([b"\7" * 32]), b"\7" * 32)
        self.assertEqual(s2.batch_root([]), bytes(32))

    def test_leaf_seal_value_and_revoke_id(self):
        target, salt = b"\1" * 32, b"\2" * 16
        self.assertEqual(s2.leaf_hash(target, salt), H(b"\1" * 32 + b"\2" * 16))
        self.assertEqual(s2.seal(b"\1" * 32, b"\2" * 32), H(b"\1" * 32 + b"\2" * 32))
        self.assertEqual(s2.anchored_value(b"\3" * 32, b"\4" * 32), H(b"\3" * 32 + b"\4" * 32))
        self.assertEqual(s2.revoke_id(target, salt), H(b"hallmark revoke 1\n" + target + salt))

    def test_numbers_after_a_recovery(self):
        self.assertEqual(s2.number_after_recovery(0, 0), 2**32 + 1)
        self.assertEqual(s2.number_after_recovery(812, 5), 6 * 2**32 + 1)
        self.assertEqual(s2.number_after_recovery(7 * 2**32 + 9, 5), 8 * 2**32 + 1)

    def test_names_of_logs(self):
        for name in ("a", "certif.example.fr", "x" * 253):
            self.assertEqual(s2.log_name_hash(name), H(name.encode()))
        for name in ("", "x" * 254, "A", "a b", "é", "a\n"):
            with self.subTest(name), self.assertRaises(s2.Malformed):
                s2.log_name_hash(name)


class PathTest(unittest.TestCase):
    def setUp(self):
        self.random = random.Random(7)
        name, self.genesis = made.genesis(self.random, REGISTRY, b"\1" * 20, 11155111)

    def batch(self, n):
        header = s2.Header(self.genesis.r0, 1, n, 0, 1, 0, bytes(32), bytes(32))
        return made.Batch(header, [self.random.randbytes(32) for _ in range(n)],
                          [self.random.randbytes(16) for _ in range(n)], b"", self.genesis.r0)

    def refused(self, header, index, steps):
        with self.assertRaises(s2.Malformed):
            s2.check_path(self.genesis, header, index, steps)

    def test_every_size_and_place(self):
        for n in range(1, 71):
            batch = self.batch(n)
            for index in range(n):
                steps = batch.path(index)
                s2.check_path(self.genesis, batch.header, index, steps)
                self.assertEqual(s2.value_of(batch.targets[index], steps), batch.value)

    def test_other_shapes(self):
        batch = self.batch(5)
        steps, header = batch.path(1), batch.header
        for wrong in (steps[1:], steps[:-1], steps + [("right", bytes(32))], steps[::-1],
                      [("left", steps[0][1])] + steps[1:], [("right", steps[0][1] + b"\0")] + steps[1:],
                      steps[:2] + steps[1:], steps[:-2] + [("right", bytes(32))] + steps[-1:]):
            self.refused(header, 1, wrong)
        self.refused(header, 2, steps)
        self.refused(header, 5, steps)
        self.refused(header._replace(leaf_count=4), 1, steps)
        self.refused(header, 1, steps[:-1] + [("left", bytes(32))])  # batch 1 follows R_0

    def test_inner_values_are_no_documents(self):
        """A file of 48 or 64 chosen bytes equals a leaf or a node; the exact shape gives it no place."""
        batch = self.batch(4)
        whole = [("right", batch.salts[0])] + s2.tree_path(batch.leaves, 0) + batch.path(0)[-2:]
        node_as_target = whole[2:]   # what hashes to the first node, shown as a target
        self.assertEqual(s2.fold(s2.node_hash(*batch.leaves[:2]), node_as_target), batch.value)
        self.refused(batch.header, 0, node_as_target)


class AnnexTest(unittest.TestCase):
    def test_all_members(self):
        text = json.dumps({"version": 1, "keys": [{"add": "0x" + "11" * 20}], "closed": True,
                           "gap": {"last": {"k": 3, "value": "22" * 32}, "unknown": {"count": 1, "sha256": "33" * 32},
                                   "orphans": {"count": 0, "sha256": H(b"").hex()}},
                           "status": [{"url": "https://example.fr", "sha256": "44" * 32}]})
        annex = s2.read_annex(text.encode())
        self.assertEqual(annex.keys, [("add", b"\x11" * 20)])
        self.assertEqual(annex.gap, s2.Gap(3, b"\x22" * 32, 1, b"\x33" * 32, 0, H(b"")))
        self.assertTrue(annex.closed)

    def test_bad_annexes(self):
        for text in ("", "[]", "{}", '{"version":2}', '{"version":1,"version":1}', '{"version":1,"closed":0}',
                     '{"version":1,"keys":[{}]}', '{"version":1,"gap":{}}', '{"version":1}x', '{"version":true}'):
            with self.subTest(text), self.assertRaises(s2.Malformed):
                s2.read_annex(text.encode())
        with self.assertRaises(s2.Malformed):
            s2.read_annex(b'{"version":1}' + b" " * s2.MAX_ANNEX)


class AuditTest(unittest.TestCase):
    def setUp(self):
        self.random = random.Random(11)
        _, self.genesis = made.genesis(self.random, REGISTRY, b"\1" * 20, 1)
        self.made, self.unknown = made.batches(self.random, self.genesis, 60)

    def published(self):
        return [audit.Batch(b.header.number, b.header.encode(), b.leaves, b.annex, b.root, b.seal, b.previous,
                            b.value) for b in self.made]

    def test_a_log_with_gaps_and_empty_batches(self):
        rows = self.published()
        self.assertTrue(any(not row.leaves for row in rows) and any(row.number > s2.ERA for row in rows))
        self.assertEqual(audit.replay(self.genesis, rows, self.unknown), (rows[-1].number, rows[-1].anchored))

    def test_what_is_changed_is_found(self):
        for at in range(len(self.made)):
            rows = self.published()
            row = rows[at]
            for wrong in (row._replace(root=H(row.root)), row._replace(seal=H(row.seal)),
                          row._replace(previous=H(row.previous)), row._replace(anchored=H(row.anchored)),
                          row._replace(leaves=row.leaves + [bytes(32)]), row._replace(annex=row.annex + b" ")):
                with self.assertRaises(s2.Malformed):
                    audit.replay(self.genesis, rows[:at] + [wrong] + rows[at + 1:], self.unknown)

    def test_a_batch_left_out(self):
        rows = self.published()
        for at in range(len(rows) - 1):
            with self.assertRaises(s2.Malformed):
                audit.replay(self.genesis, rows[:at] + rows[at + 1:], self.unknown)


class DocumentTest(unittest.TestCase):
    SECRET = 0xC0FFEE

    def setUp(self):
        self.random = random.Random(5)
        self.name, self.genesis = made.genesis(self.random, REGISTRY, address_of_key(self.SECRET), 11155111)
        self.made, _ = made.batches(self.random, self.genesis, 12)
        self.k = max(range(10), key=lambda k: len(self.made[k].leaves))
        proof = made.proof(self.name, self.genesis, self.made, self.k, 0)
        tail = [("right", batch.seal) for batch in self.made[self.k + 1:self.k + 2]]
        self.proof = proof._replace(anchors=[made.anchor_with_evidence(self.random, proof, [], self.SECRET),
                                             made.anchor(self.random, proof, tail)])

    def test_write_and_read(self):
        read = document.read(document.write_bytes(self.proof))
        self.assertEqual(read.path, self.proof.path)
        self.assertEqual(read.value, self.made[self.k].value)
        document.check_anchor_evidence(read, read.anchors[0])

    def refused(self, change):
        value = document.write(self.proof)
        change(value)
        with self.assertRaises(s2.Malformed):
            document.read(json.dumps(value).encode())

    def test_bad_documents(self):
        anchor = lambda value: value["anchors"][0]
        changes = {
            "version": lambda v: v.update(version=2), "version true": lambda v: v.update(version=True),
            "type": lambda v: v.update(type="HallmarkProof2"), "log": lambda v: v.update(log="b"),
            "status": lambda v: v.update(status="FINAL"), "rule": lambda v: v.update(targetRule="raw"),
            "target": lambda v: v.update(targetHash=H(b"x").hex()),
            "upper case": lambda v: v.update(targetHash=v["targetHash"].upper()),
            "0x": lambda v: v.update(targetHash="0x" + v["targetHash"]),
            "number": lambda v: v["batch"].update(number=v["batch"]["number"] + 1),
            "float": lambda v: v["batch"].update(number=float(v["batch"]["number"])),
            "leafCount": lambda v: v["batch"].update(leafCount=1 + v["batch"]["leafCount"]),
            "sealedAt": lambda v: v["batch"].update(sealedAt="2026-11-22T07:00:00Z"),
            "genesis": lambda v: v.update(genesis=v["genesis"][:-2] + "00"),
            "leafIndex": lambda v: v.update(leafIndex=1), "no path": lambda v: v.pop("path"),
            "two keys": lambda v: v["path"][0].update(left="00"),
            "tail": lambda v: anchor(v)["tail"].append({"right": "00" * 32}),
            "left tail": lambda v: anchor(v).update(tail=[{"left": "00" * 32}]),
            "root": lambda v: anchor(v).update(merkleRoot=H(b"x").hex()),
            "proofValue": lambda v: anchor(v).update(proofValue=v["anchors"][1]["proofValue"]),
            "chain": lambda v: anchor(v).update(chainId=0), "hash": lambda v: anchor(v).update(blockHash="00"),
            "steps": lambda v: anchor(v).update(tail=[{"right": "00" * 32}] * 65_536),
        }
        for name, change in changes.items():
            with self.subTest(name):
                self.refused(change)

    def test_unknown_keys_are_ignored_and_double_ones_refused(self):
        text = document.write_bytes(self.proof)
        document.read(text[:-1] + b', "news": {"a": [1.5, null]}}')
        with self.assertRaises(s2.Malformed):
            document.read(text[:-1] + b', "news": {"a": 1, "a": 1}}')
        with self.assertRaises(s2.Malformed):
            document.read(text[:-1] + b', "version": 1}')

    def test_evidence_that_says_something_else(self):
        good = self.proof.anchors[0]
        registry = self.genesis.registry
        check_evidence(good.evidence, good.merkle_root, registry)
        cut = lambda name: {**good.evidence, name: good.evidence[name][:-2]}
        swapped = {**good.evidence, "txProof": good.evidence["receiptProof"]}
        for wrong in (cut("header"), cut("tx"), cut("receipt"), swapped, {**good.evidence, "version": 2},
                      {**good.evidence, "txIndex": good.evidence["txIndex"] + 1},
                      {**good.evidence, "txProof": [*good.evidence["txProof"], "0x80"]}):
            with self.assertRaises(s2.Malformed):
                check_evidence(wrong, good.merkle_root, registry)
        for value, where in ((H(b"x"), registry), (good.merkle_root, b"\7" * 20)):
            with self.assertRaises(s2.Malformed):
                check_evidence(good.evidence, value, where)
        for wrong in (good._replace(block_number=1), good._replace(sender=b"\1" * 20), good._replace(chain_id=1)):
            with self.assertRaises(s2.Malformed):
                document.check_anchor_evidence(self.proof, wrong)


class EncodingTest(unittest.TestCase):
    def test_base58(self):
        for data, text in ((b"", ""), (b"\0\0a", "112g"), (b"Hello World!", "2NEpo7TZRRrLZSi2U")):
            self.assertEqual(mp2019.base58(data), text)
            self.assertEqual(mp2019.unbase58(text), data)

    def test_cbor_examples_of_rfc_8949(self):
        for value, text in ((0, "00"), (23, "17"), (24, "1818"), (1000, "1903e8"), (-1, "20"), (-1000, "3903e7"),
                            (b"\1\2\3\4", "4401020304"), ("IETF", "6449455446"), ([1, [2, 3]], "8201820203")):
            self.assertEqual(mp2019.cbor(value).hex(), text)
            self.assertEqual(mp2019.uncbor(bytes.fromhex(text)), value)

    def test_rlp_examples_of_the_yellow_paper(self):
        for value, text in ((b"dog", "83646f67"), ([b"cat", b"dog"], "c88363617483646f67"), (b"", "80"), ([], "c0"),
                            (b"\0", "00"), (b"\x80", "8180"), (b"\4\0", "820400"), ([[], [[]], [[], [[]]]], "c7c0c1c0c3c0c1c0")):
            self.assertEqual(rlp(value).hex(), text)
            self.assertEqual(unrlp(bytes.fromhex(text)), value)

    def test_rlp_that_is_not_canonical(self):
        for text in ("", "8100", "b800", "b90001" + "00", "b837" + "00" * 54, "83646f", "8000", "c2", "c183", "f800"):
            with self.subTest(text), self.assertRaises(s2.Malformed):
                unrlp(bytes.fromhex(text))

    def test_keccak(self):
        self.assertEqual(keccak256(b"").hex(), "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470")
        self.assertEqual(keccak256(b"transfer(address,uint256)")[:4].hex(), "a9059cbb")

    def test_the_eip_155_example(self):
        tx = decode_transaction(raw(
            "f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a764000080"
            "25a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276"
            "a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83"))
        self.assertEqual(tx.sender.hex(), "9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f")
        self.assertEqual((tx.chain_id, tx.value), (1, 10**18))

    def test_sign_and_recover(self):
        source = random.Random(3)
        for _ in range(10):
            secret, digest = source.randrange(1, 1 << 255), source.randbytes(32)
            self.assertEqual(recover(digest, *sign(digest, secret, source.randrange(1, 1 << 255))),
                             address_of_key(secret))

    def test_tries_of_every_small_size(self):
        source = random.Random(4)
        for n in (1, 2, 3, 16, 17, 127, 128, 129, 200):
            values = [source.randbytes(source.randrange(1, 60)) for _ in range(n)]
            root = trie_root(index_items(values))
            for i in {0, n // 2, n - 1}:
                self.assertEqual(trie_value(root, rlp(i), prove(values, i)), values[i])


class VectorTest(unittest.TestCase):
    def test_blocks_of_a_real_client(self):
        for n in (1, 2, 17, 130):
            block = vectors(self, f"anvil-proofs/block_{n}tx.json")
            header = decode_header(raw(block["headerRlp"]))
            self.assertEqual(header.hash, raw(block["blockHash"]))
            transactions, receipts = [[raw(x) for x in block[name]] for name in ("allRaw", "allReceipts")]
            self.assertEqual(trie_root(index_items(transactions)), header.transactions_root)
            self.assertEqual(trie_root(index_items(receipts)), header.receipts_root)
            for proof in block["proofs"]:
                key, nodes = rlp(int(proof["index"])), [raw(x) for x in proof["txProof"]]
                self.assertEqual(trie_value(header.transactions_root, key, nodes), raw(proof["raw"]))
                self.assertEqual(nodes, prove(transactions, int(proof["index"])))
                self.assertEqual(decode_transaction(raw(proof["raw"])).sender, raw(proof["from"]))
                nodes = [raw(x) for x in proof["receiptProof"]]
                self.assertEqual(trie_value(header.receipts_root, key, nodes), raw(proof["receipt"]))
                self.assertTrue(decode_receipt(raw(proof["receipt"]))[0])

    def test_rlp_of_ethereum_tests(self):
        def plain(value):
            if isinstance(value, list):
                return [plain(item) for item in value]
            if isinstance(value, str):
                return rlp_integer(value[1:]) if value.startswith("#") else value.encode()
            return rlp_integer(value)
        rlp_integer = lambda n: int(n).to_bytes((int(n).bit_length() + 7) // 8, "big")
        for name, case in vectors(self, "ethereum-tests/RLPTests/rlptest.json").items():
            with self.subTest(name):
                self.assertEqual(rlp(plain(case["in"])), raw(case["out"]))
                if "nested" not in name.lower():
                    self.assertEqual(unrlp(raw(case["out"])), plain(case["in"]))

    def test_signed_transactions_of_ethers(self):
        cases = vectors(self, "ethers-js/transaction.json.gz")
        checked = 0
        for case in cases[::9]:
            for name in ("signedEip155", "signedBerlin", "signedLondon"):
                if not case.get(name) or not case["transaction"].get("chainId", "0x").strip("0x"):
                    continue  # chain 0 is no chain
                tx = decode_transaction(raw(case[name]))
                secret = int(case["privateKey"], 16)
                self.assertEqual(tx.sender, address_of_key(secret), case["name"])
                checked += 1
                break
        self.assertGreater(checked, 50)


if __name__ == "__main__":
    print(f"public data: {DATA if DATA.exists() else 'absent, those tests are skipped'}", file=sys.stderr)
    unittest.main()
