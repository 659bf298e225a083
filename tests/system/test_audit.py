"""`hallmark audit` over a log that is tampered with in every way we could think of: each is found, under its own
name, and nothing else is said. The untouched log is clean."""
import json
import tempfile
from pathlib import Path
from unittest import TestCase, addModuleCleanup

import auditlog as al
import hm
import rpcproxy as p
import section2 as s2

DAY = 86400


class World:
    """What the processes of all tests hang on, in place of one test."""
    made = {}

    def __init__(self, anchor_to):
        folder = tempfile.TemporaryDirectory(prefix="hallmark-test-")
        addModuleCleanup(folder.cleanup)
        self.folder, self.addCleanup = Path(folder.name), addModuleCleanup
        self.chain, self.daemon, self.log = al.real_log(self, self.folder, anchor_to)
        self.daemon.stop()
        self.proxy, self.double = p.Proxy(self, self.chain.port), al.Double(self)
        self.chain.settle()

    def own(self, process):
        addModuleCleanup(process.kill)
        return process

    @classmethod
    def get(cls, anchor_to):
        if anchor_to not in cls.made:
            cls.made[anchor_to] = cls(anchor_to)
        return cls.made[anchor_to]


class Audited(TestCase):
    """A real log made once; every test tampers with a copy of it, and the chain goes back afterwards."""
    anchor_to = "registry"

    @classmethod
    def setUpClass(cls):
        world = World.get(cls.anchor_to)
        cls.chain, cls.daemon, cls.original = world.chain, world.daemon, world.log
        cls.proxy, cls.double = world.proxy, world.double

    def setUp(self):
        snapshot = self.chain.rpc("evm_snapshot")
        self.addCleanup(self.chain.rpc, "evm_revert", snapshot)
        self.log = self.double.log = self.original.copy()

    def run_audit(self, *options, rpc=None):
        """(exit code, findings, summary)"""
        result = hm.run_program("hallmark", "audit", "--node", self.double.url, "--rpc", rpc or self.chain.url,
                                "--json", *options)
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertTrue(lines, result.stderr)
        self.assertEqual(result.stderr, "")
        return result.returncode, lines[:-1], lines[-1]["summary"]

    def found(self, *expected, rpc=None, exit=1):
        """Exactly these findings, each once or more; returns them."""
        self.chain.settle()
        code, findings, _ = self.run_audit(rpc=rpc)
        self.assertEqual({f["name"] for f in findings}, set(expected), json.dumps(findings, indent=1))
        self.assertEqual(code, exit)
        return findings

    def lie(self, action, *methods, **options):
        """The endpoint answers these calls otherwise, until the test ends."""
        rule = self.proxy.rule(action, *methods, **options)
        self.addCleanup(rule.end)
        return self.proxy.url


class UntouchedTest(Audited):
    def test_clean(self):
        self.found(exit=0)

    def test_clean_with_more_batches(self):
        for n in (1, 0, 7):
            self.log.anchor(self.log.append(al.leaves(n, n)))
        self.found(exit=0)

    def test_clean_at_the_daemon_itself(self):
        client = self.daemon.start()
        self.addCleanup(self.daemon.kill)
        self.assertEqual(client.get("/v1/log").json()["head"], 5)
        result = hm.run_program("hallmark", "audit", "--node", f"http://{self.daemon.http}", "--rpc", self.chain.url)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertIn("clean; 5 batches, 15 leaves", result.stdout)


class PublishedTest(Audited):
    """What the node publishes is not what was sealed."""

    def test_a_batch_dropped(self):
        del self.log.batches[2]
        self.assertEqual(self.found("number-gap")[0]["batch"], 4)

    def test_two_batches_dropped(self):
        del self.log.batches[1:3]
        self.found("number-gap")

    def test_the_first_batch_dropped(self):
        del self.log.batches[0]
        self.found("number-gap")

    def test_the_newest_batch_dropped(self):
        dropped = self.log.batches.pop()
        self.log.follow_head()
        finding = self.found("unknown-anchor")[0]
        self.assertEqual(finding["transaction"], dropped.claims[0]["transactionHash"])

    def test_the_newest_batch_not_listed(self):
        self.log.batches.pop()
        self.found("head-differs", "unknown-anchor")

    def test_two_batches_reordered(self):
        self.log.batches[2:4] = self.log.batches[3:1:-1]
        self.found("list-order")

    def test_the_numbers_of_two_batches_exchanged(self):
        third, fourth = self.log[3], self.log[4]
        third.number, fourth.number = 4, 3
        self.log.batches[2:4] = [fourth, third]
        self.found("header-differs", "previous-differs", "sealed-at-back", "recent-block-back", "anchor-order")

    def test_a_batch_listed_twice(self):
        self.log.batches.insert(3, self.log[3])
        self.found("number-repeated")

    def test_two_leaves_swapped(self):
        leaves = self.log[3].leaves
        self.log[3].freeze()
        leaves[0], leaves[1] = leaves[1], leaves[0]
        self.assertEqual(self.found("root-differs")[0]["batch"], 3)

    def test_a_leaf_altered_by_one_bit(self):
        self.log[5].freeze()
        leaf = bytearray(self.log[5].leaves[2])
        leaf[31] ^= 1
        self.log[5].leaves[2] = bytes(leaf)
        self.found("root-differs")

    def test_leaves_of_two_batches_exchanged(self):
        one, other = self.log[1], self.log[4]
        one.freeze(), other.freeze()
        one.leaves[0], other.leaves[0] = other.leaves[0], one.leaves[0]
        self.assertEqual([f["batch"] for f in self.found("root-differs")], [1, 4])

    def test_a_leaf_removed(self):
        self.log[3].freeze()
        self.log[3].leaves.pop()
        self.found("leaves-missing")

    def test_a_leaf_added(self):
        self.log[3].freeze()
        self.log[3].leaves.append(bytes(32))
        self.found("leaves-missing")

    def test_a_leaf_put_in_the_place_of_another(self):
        self.log[3].freeze()
        self.log[3].leaves[0] = self.log[3].leaves[1]
        self.found("root-differs", "leaf-repeated")

    def test_another_root(self):
        self.log[2].shown["root"] = "ab" * 32
        self.found("root-differs", "seal-differs")

    def test_another_seal(self):
        self.log[2].shown["seal"] = "ab" * 32
        self.found("seal-differs", "value-differs")

    def test_another_previous_value(self):
        self.log[2].shown["previous"] = "ab" * 32
        self.found("previous-differs", "value-differs")

    def test_another_anchored_value(self):
        self.log[2].shown["anchored"] = "ab" * 32
        self.found("value-differs", "previous-differs", "equivocation", "never-anchored")

    def test_a_header_with_another_time(self):
        self.log[3].freeze()
        self.log[3].header = self.log[3].header._replace(sealed_at=self.log[3].header.sealed_at + 1)
        row = self.log[3].row()
        self.log[3].shown.update(header=self.log[3].header_bytes.hex(), sealedAt=al.iso(self.log[3].header.sealed_at))
        self.assertEqual(row["seal"], self.original[3].row()["seal"])
        self.found("seal-differs")

    def test_a_friendly_time_that_is_not_the_header_s(self):
        self.log[3].shown["sealedAt"] = "2020-01-01T00:00:00Z"
        self.found("header-differs")

    def test_a_header_of_another_log(self):
        self.log[3].freeze()
        self.log[3].shown["header"] = self.log[3].header._replace(r0=bytes(32)).encode().hex()
        self.found("header-foreign", "seal-differs")

    def test_history_rewritten_and_not_signed(self):
        for batch in self.log.batches[2:]:
            batch.leaves[0] = al.sha(b"another")
        self.log.rechain()
        self.found("never-anchored", "unknown-anchor")

    def test_a_false_claim_of_a_transaction(self):
        claim = self.log[2].claims[0]
        claim["transactionHash"] = "0x" + "ab" * 32
        self.found("anchor-claim-false")

    def test_a_claim_of_another_block(self):
        claim = self.log[2].claims[0]
        claim["blockNumber"] -= 1
        self.found("anchor-claim-false")

    def test_a_claim_of_another_batch_s_transaction(self):
        self.log[2].claims = self.log[3].claims
        self.log[2].claims = [dict(self.log[3].claims[0], merkleRoot=self.log[2].value.hex())]
        self.found("anchor-claim-false")

    def test_a_batch_that_was_never_anchored(self):
        self.log.append(al.leaves(2, "never"))
        self.found("never-anchored")

    def test_another_genesis(self):
        genesis = bytearray(bytes.fromhex(self.log.info["genesis"]))
        genesis[20] ^= 1
        self.log.info["genesis"] = genesis.hex()
        self.found("header-foreign", "previous-differs")


class SealedTest(Audited):
    """What was sealed and signed breaks the rules itself."""

    def add(self, *arguments, **header):
        batch = self.log.append(*arguments, **header)
        self.log.anchor(batch)
        return batch

    def test_history_rewritten_and_signed_again(self):
        for batch in self.log.batches:
            batch.leaves[0] = al.sha(b"another", batch.leaves[0])
        self.log.rechain()
        for batch in self.log.batches:
            self.log.anchor(batch)
        self.assertEqual(len(self.found("history-rewritten")), 5)

    def test_a_fork_after_a_restored_backup(self):
        del self.log.batches[3:]
        for n in (2, 3):
            self.add(al.leaves(n, f"fork {n}"))
        self.assertEqual(len(self.found("equivocation")), 2)

    def test_an_extra_anchor_by_the_same_key(self):
        receipt = self.log.anchor(al.sha(b"a second log"))
        self.assertEqual(self.found("unknown-anchor")[0]["transaction"], receipt["transactionHash"])

    def test_an_extra_anchor_between_two_batches(self):
        self.log.anchor(al.sha(b"a second log"))
        self.add(al.leaves(1, "after"))
        self.found("equivocation")

    def test_an_anchor_made_twice(self):
        self.log.anchor(self.log[4], claim=False)
        self.assertEqual(self.found("anchor-repeated")[0]["batch"], 4)

    def test_two_batches_anchored_in_the_wrong_order(self):
        first, second = self.log.append(al.leaves(1, "a")), self.log.append(al.leaves(1, "b"))
        self.log.anchor(second)
        self.log.anchor(first)
        self.found("anchor-order")

    def test_only_a_later_batch_was_anchored(self):
        self.log.append(al.leaves(1, "skipped"))
        self.add(al.leaves(1, "proves both"))
        self.found("anchored-later", exit=0)

    def test_a_hole_in_the_numbers(self):
        self.add(al.leaves(1, "hole"), number=7)
        self.found("number-gap")

    def test_a_leaf_sealed_twice(self):
        self.add(self.log[3].leaves[:1])
        self.found("leaf-repeated")

    def test_an_annex_altered(self):
        batch = self.add([], {"version": 1})
        batch.annex = b'{"version":1 }'
        self.found("annex-differs")

    def test_an_annex_held_back(self):
        self.add([], {"version": 1}).annex = b""
        self.found("annex-missing")

    def test_an_annex_that_is_no_json(self):
        self.add([], b"{version 1}")
        self.found("annex-malformed")

    def test_a_batch_after_the_closure(self):
        self.add([], {"version": 1, "closed": True})
        self.add(al.leaves(1, "more"))
        self.found("after-closure")

    def test_sealed_after_its_block(self):
        self.add(al.leaves(1, "x"), sealed_at=self.chain.block_time() + 2 * DAY)
        self.found("sealed-after-anchor")

    def test_sealed_before_the_batch_before(self):
        self.add(al.leaves(1, "x"), sealed_at=self.log[5].header.sealed_at - 5)
        self.found("sealed-at-back")

    def test_backdated_behind_its_recent_block(self):
        self.chain.next_block(DAY)
        self.chain.settle()
        self.add(al.leaves(1, "x"), sealed_at=self.log[5].header.sealed_at + 1)
        self.found("sealed-before-block")

    def test_a_recent_block_that_is_not_on_the_chain(self):
        self.add(al.leaves(1, "x"), block_hash=bytes([7]) * 32)
        self.found("recent-block-foreign")

    def test_a_recent_block_that_comes_after(self):
        self.add(al.leaves(1, "x"), block_number=self.chain.head() + 1)
        self.found("recent-block-late")

    def test_a_recent_block_older_than_the_last(self):
        old = self.original[3].header
        self.add(al.leaves(1, "x"), block_number=old.block_number, block_hash=old.block_hash)
        self.found("recent-block-back")

    def test_a_recent_block_of_another_chain(self):
        self.add(al.leaves(1, "x"), block_chain_id=1)
        self.found("recent-chain")

    def test_anchored_long_after(self):
        batch = self.log.append(al.leaves(1, "x"))
        self.chain.next_block(8 * DAY)
        self.log.anchor(batch)
        self.found("anchor-late")

    def test_32_bytes_recorded_elsewhere(self):
        self.log.anchor(al.sha(b"second log"), to="0x" + "12" * 20)
        self.found("anchor-elsewhere")

    def test_something_else_done_with_the_key(self):
        self.log.send(0, "0x" + "12" * 20, "0x", value=1)
        self.found("other-transaction", exit=0)

    def test_an_anchor_that_failed(self):
        self.log.anchor(self.log[5], claim=False, gas=22400)
        self.found("anchor-failed", exit=0)


class GapTest(Audited):
    """Recoveries, declared rightly and wrongly."""
    ERA = 1 << 32

    def gap(self, last, unknown=(), orphans=()):
        count = lambda values: {"count": len(values), "sha256": s2.values_hash(list(values)).hex()}
        return {"version": 1, "gap": {"last": {"k": last.number, "value": last.value.hex()},
                                      "unknown": count(unknown), "orphans": count(orphans)}}

    def lose(self, n):
        """The newest batches are gone; their values, in chain order."""
        lost = self.log.batches[-n:]
        del self.log.batches[-n:]
        return [batch.value for batch in lost]

    def recover(self, annex, era=6, key=0, **options):
        """The sixth era: five values of its own are on the chain."""
        batch = self.log.append(al.leaves(2, f"new {era}"), annex, number=era * self.ERA + 1, **options)
        self.log.anchor(batch, key)
        return batch

    def test_a_declared_loss(self):
        lost = self.lose(2)
        self.recover(self.gap(self.log[3], lost), previous=lost[-1])
        self.found("gap-with-loss")

    def branch(self):
        """One batch is lost, another was sealed in its place and never reached the chain."""
        lost = self.lose(1)
        return lost, self.log.append(al.leaves(2, "branch"), status="sealed")

    def test_batches_that_are_sealed_again(self):
        """What the lost branch held returns; its leaves are no repetition."""
        lost, orphan = self.branch()
        self.recover(self.gap(orphan, lost, [orphan.value]), previous=lost[-1])
        self.log.anchor(self.log.append(list(orphan.leaves)))
        self.found("gap-with-loss")

    def test_batches_sealed_again_that_are_not_those(self):
        lost, orphan = self.branch()
        orphan.status = "final"
        self.recover(self.gap(orphan, lost, [bytes(32)]), previous=lost[-1])
        self.found("gap-false", "gap-with-loss", "never-anchored")

    def test_a_declared_gap_without_a_loss(self):
        self.recover(self.gap(self.log[5]))
        self.found("gap-declared", exit=0)

    def test_a_loss_declared_too_small(self):
        lost = self.lose(2)
        self.recover(self.gap(self.log[3], lost[1:]), previous=lost[-1])
        self.found("gap-false", "gap-with-loss")

    def test_a_loss_declared_with_another_hash(self):
        lost = self.lose(1)
        self.recover(self.gap(self.log[4], [bytes(32)]), previous=lost[-1])
        self.found("gap-false", "gap-with-loss")

    def test_a_gap_after_another_batch(self):
        annex = self.gap(self.log[5])
        annex["gap"]["last"]["k"] = 4
        self.recover(annex)
        self.found("gap-false", "gap-declared")

    def test_a_gap_with_a_number_of_the_old_era(self):
        self.log.anchor(self.log.append(al.leaves(1, "x"), self.gap(self.log[5])))
        self.found("gap-number", "gap-declared")

    def test_a_gap_with_a_number_of_another_era(self):
        """A new era, and its first number; but who saw five own values opens the sixth."""
        for era in (1, 5, 7):
            with self.subTest(era):
                original = self.log.copy()
                snapshot = self.chain.rpc("evm_snapshot")
                lost = self.lose(1)
                self.recover(self.gap(self.log[4], lost), era=era, previous=lost[-1])
                finding = next(f for f in self.found("gap-number", "gap-with-loss") if f["name"] == "gap-number")
                self.assertEqual(finding["batch"], era * self.ERA + 1)
                self.chain.rpc("evm_revert", snapshot)
                self.log = self.double.log = original

    def test_a_second_recovery(self):
        """Its era follows from the values, of which there are more by now; a value that comes twice counts once."""
        lost = self.lose(1)
        first = self.recover(self.gap(self.log[4], lost), previous=lost[-1])
        self.log.anchor(first, claim=False)
        self.recover(self.gap(first), era=7)
        self.found("gap-with-loss", "gap-declared", "anchor-repeated")

    def test_a_recovery_under_a_new_key(self):
        """It counts what it has recorded itself (one value) or what all keys have (six)."""
        for era, names in ((2, ()), (7, ()), (3, ("gap-number",))):
            with self.subTest(era):
                original = self.log.copy()
                snapshot = self.chain.rpc("evm_snapshot")
                self.log.authorize(0, 1)
                self.log.anchor(self.log.append(al.leaves(1, "x")), key=1)
                self.recover(self.gap(self.log[6]), era=era, key=1)
                self.found("gap-declared", "key-undeclared", *names, exit=1 if names else 0)
                self.chain.rpc("evm_revert", snapshot)
                self.log = self.double.log = original

    def test_a_recovery_that_does_not_follow_the_newest_lost_value(self):
        lost = self.lose(2)
        self.recover(self.gap(self.log[3], lost), previous=lost[0])
        self.found("previous-differs", "gap-with-loss")


class KeysTest(Audited):
    """Keys come and go; what counts is who was in force."""

    def rotate(self, annexes=True):
        """The second key takes over from the first, by the book."""
        name = lambda action, key: {"version": 1, "keys": [{action: al.KEYS[key]}]} if annexes else None
        self.log.authorize(0, 1)
        self.log.anchor(self.log.append([], name("add", 1)), key=1)
        self.log.deauthorize(1, 0)
        self.log.anchor(self.log.append([], name("remove", 0)), key=1)

    def test_a_rotation_by_the_book(self):
        self.rotate()
        self.found(exit=0)

    def test_a_rotation_that_no_annex_names(self):
        self.rotate(annexes=False)
        self.found("key-undeclared", exit=0)

    def test_an_anchor_by_a_removed_key(self):
        self.rotate()
        self.log.anchor(al.sha(b"late"), key=0)
        self.assertEqual(self.found("anchor-by-removed-key")[0]["key"], al.KEYS[0])

    def test_a_batch_anchored_by_a_removed_key(self):
        self.rotate()
        self.log.anchor(self.log.append(al.leaves(1, "x")), key=0)
        self.found("anchor-by-removed-key", "never-anchored")

    def test_a_batch_anchored_before_its_key_was_added(self):
        batch = self.log.append([], {"version": 1, "keys": [{"add": al.KEYS[1]}]})
        self.log.anchor(batch, key=1, claim=False)
        self.log.authorize(0, 1)
        self.log.anchor(batch, key=1)
        self.found("anchor-before-key")

    def test_a_removed_key_adds_another(self):
        self.rotate()
        self.log.authorize(0, 2)
        self.assertEqual(self.found("key-event-invalid")[0]["key"], al.KEYS[2])

    def test_a_change_of_keys_that_never_was(self):
        self.log.anchor(self.log.append([], {"version": 1, "keys": [{"add": al.KEYS[2]}]}))
        self.found("key-unfounded")

    def test_a_key_that_is_added_and_silent(self):
        self.log.authorize(0, 1)
        self.found("key-one-way", "key-undeclared", exit=0)

    def test_an_unknown_value_by_an_added_key(self):
        self.rotate()
        self.log.anchor(al.sha(b"second log"), key=1)
        self.found("unknown-anchor")

    def test_a_stranger_s_events_count_for_nothing(self):
        self.log.authorize(2, 1)
        self.log.anchor(self.log[5], key=2, claim=False)
        self.found(exit=0)


class EndpointTest(Audited):
    """The log is sound, and the endpoint is not."""

    def omit(self, keep=lambda log: False):
        return p.changed(lambda logs: [log for log in logs if keep(log)])

    def test_one_event_left_out(self):
        hidden = self.log[3].claims[0]["transactionHash"]
        url = self.lie(self.omit(lambda log: log["transactionHash"] != hidden), "eth_getLogs")
        self.assertEqual([f["transaction"] for f in self.found("log-hidden", rpc=url)], [hidden])

    def test_all_events_left_out(self):
        self.assertEqual(len(self.found("log-hidden", rpc=self.lie(self.omit(), "eth_getLogs"))), 5)

    def test_an_anchor_that_node_and_endpoint_hide_together(self):
        """Neither names it: the nonce does."""
        hidden = self.log.anchor(al.sha(b"second log"))["transactionHash"]
        self.log.anchor(self.log.append(al.leaves(1, "x")))
        url = self.lie(self.omit(lambda log: log["transactionHash"] != hidden), "eth_getLogs")
        self.assertEqual({f["transaction"] for f in self.found("equivocation", "log-hidden", rpc=url)}, {hidden})

    def test_hidden_with_its_nonce(self):
        """Neither names it and the count is one short: the bloom filter of its block tells."""
        hidden = self.log.anchor(al.sha(b"second log"))["transactionHash"]
        url = self.lie(self.omit(lambda log: log["transactionHash"] != hidden), "eth_getLogs")
        self.lie(p.changed(lambda n: hex(min(int(n, 16), 5))), "eth_getTransactionCount")
        self.found("unknown-anchor", "log-hidden", "nonce-false", rpc=url)

    def test_hidden_with_its_nonce_on_a_node_without_block_receipts(self):
        hidden = self.log.anchor(al.sha(b"second log"))["transactionHash"]
        url = self.lie(self.omit(lambda log: log["transactionHash"] != hidden), "eth_getLogs")
        self.lie(p.changed(lambda n: hex(min(int(n, 16), 5))), "eth_getTransactionCount")
        self.lie(p.error(-32601, "the method does not exist"), "eth_getBlockReceipts")
        self.found("unknown-anchor", "log-hidden", "nonce-false", rpc=url)

    def test_a_hidden_change_of_keys(self):
        hidden = self.log.authorize(0, 1)["transactionHash"]
        self.log.anchor(self.log.append([], {"version": 1, "keys": [{"add": al.KEYS[1]}]}), key=1)
        url = self.lie(self.omit(lambda log: log["transactionHash"] != hidden), "eth_getLogs")
        self.found("log-hidden", rpc=url)

    def test_an_event_without_a_transaction(self):
        url = self.lie(p.changed(lambda logs: logs + [{**logs[-1], "transactionHash": "0x" + "ab" * 32}] if logs else logs),
                       "eth_getLogs")
        self.found("log-false", rpc=url)

    def test_an_event_of_another_value(self):
        def change(logs):
            return [{**log, "topics": [log["topics"][0], "0x" + "ab" * 32, log["topics"][2]]}
                    if log["transactionHash"] == self.log[2].claims[0]["transactionHash"] else log for log in logs]
        self.found("log-false", rpc=self.lie(p.changed(change), "eth_getLogs"))

    def test_a_transaction_denied(self):
        """The event is told, its transaction is not: the block itself holds it."""
        url = self.lie(p.changed(lambda tx: None if tx["nonce"] == "0x2" else tx), "eth_getTransactionByHash")
        self.found(rpc=url, exit=0)

    def test_a_transaction_with_other_bytes(self):
        url = self.lie(p.changed(lambda tx: {**tx, "input": "0x" + "ab" * 32}), "eth_getTransactionByHash")
        self.found("chain-incomplete", rpc=url, exit=2)

    def test_a_block_with_another_time(self):
        url = self.lie(p.changed(lambda block: {**block, "timestamp": "0x1"}), "eth_getBlockByNumber")
        self.found("chain-incomplete", rpc=url, exit=2)

    def test_another_chain(self):
        self.found("chain-incomplete", rpc=self.lie(p.result("0x1"), "eth_chainId"), exit=2)

    def test_no_endpoint(self):
        self.found("chain-incomplete", rpc="http://127.0.0.1:1", exit=2)

    def test_tampering_is_told_also_without_the_chain(self):
        self.log[3].freeze()
        self.log[3].leaves.reverse()
        self.found("root-differs", "chain-incomplete", rpc="http://127.0.0.1:1")

    def test_a_node_that_breaks_off(self):
        self.double.hook = lambda path: path.endswith("3/leaves") and (503, b"{}")
        self.addCleanup(setattr, self.double, "hook", None)
        code, findings, _ = self.run_audit()
        self.assertEqual((code, [f["name"] for f in findings]), (2, ["source-incomplete"]))

    def test_spans_refused(self):
        """No finding: three blocks at a time are asked for."""
        def action(x):
            filter = x.request["params"][0]
            if filter["toBlock"] == "latest" or int(filter["toBlock"], 16) - int(filter["fromBlock"], 16) > 2:
                p.error(-32005, "query returned more than 10000 results")(x)
            else:
                p.honest(x)
        self.found(rpc=self.lie(action, "eth_getLogs"), exit=0)

    def test_a_node_without_old_state(self):
        """A hidden event is found block by block where old counts are not to be had."""
        hidden = self.log.anchor(al.sha(b"second log"))["transactionHash"]
        self.log.anchor(self.log.append(al.leaves(1, "x")))
        self.chain.settle()
        recent = hex(self.chain.head() - 2)

        def action(x):
            p.honest(x) if x.request["params"][1] in (recent, "latest") else p.error(-32000, "missing trie node")(x)
        self.lie(action, "eth_getTransactionCount")
        url = self.lie(self.omit(lambda log: log["transactionHash"] != hidden), "eth_getLogs")
        code, findings, _ = self.run_audit(rpc=url)
        self.assertEqual({f["name"] for f in findings}, {"equivocation", "log-hidden"}, findings)

    def test_a_second_endpoint_knows_better(self):
        """One endpoint hides an event and a nonce; the other one counts right."""
        hidden = self.log.anchor(al.sha(b"second log"))["transactionHash"]
        url = self.lie(self.omit(lambda log: log["transactionHash"] != hidden), "eth_getLogs")
        self.lie(p.changed(lambda n: hex(min(int(n, 16), 5))), "eth_getTransactionCount")
        self.chain.settle()
        code, findings, _ = self.run_audit("--rpc", self.chain.url, rpc=url)
        self.assertEqual({f["name"] for f in findings}, {"unknown-anchor", "log-hidden", "nonce-false"}, findings)


class CunningTest(Audited):
    """Attempts that keep as much as possible in order."""

    def omit(self, *hidden):
        return self.lie(p.changed(lambda logs: [log for log in logs if log["transactionHash"] not in hidden]), "eth_getLogs")

    def test_the_last_leaf_doubled(self):
        """Trees that pair a lone node with itself take three leaves and four for the same."""
        self.log[1].freeze()
        self.log[1].leaves.append(self.log[1].leaves[-1])
        self.log[1].reseal()
        self.log[1].shown.update(leafCount=4, header=self.log[1].header_bytes.hex())
        self.assertEqual({f["batch"] for f in self.found("root-differs", "seal-differs", "leaf-repeated")}, {1})

    def test_inner_nodes_for_leaves(self):
        """Two nodes of a tree of four leaves lead to its root, too; the header has counted the leaves."""
        leaves = self.log[5].leaves
        self.log[5].freeze()
        self.log[5].leaves = [al.sha(leaves[0], leaves[1]), al.sha(leaves[2], leaves[3])]
        self.log[5].shown["leafCount"] = 2
        self.found("leaves-missing", "header-differs")

    def test_a_second_log_that_the_key_sends_to_itself(self):
        """No event of the registry tells of it."""
        sent = self.log.anchor(al.sha(b"second log"), to=al.KEYS[0])["transactionHash"]
        self.log.anchor(self.log.append(al.leaves(1, "x")))
        self.assertEqual(self.found("equivocation")[0]["transaction"], sent)

    def test_a_key_let_in_secretly(self):
        """The endpoint hides that it was added and what it has recorded; the nonce of the first key leads there."""
        added = self.log.authorize(0, 1)["transactionHash"]
        value = self.log.anchor(al.sha(b"second log"), key=1)["transactionHash"]
        self.log.anchor(self.log.append(al.leaves(1, "x")))
        findings = self.found("log-hidden", "key-undeclared", "key-one-way", "equivocation", rpc=self.omit(added, value))
        self.assertEqual({f["transaction"] for f in findings if f["name"] == "log-hidden"}, {added, value})
        self.assertEqual({f["transaction"] for f in findings if f["name"] == "equivocation"}, {value})

    def test_a_list_without_an_end(self):
        """It gives the same page for ever; the audit ends all the same."""
        page = json.dumps({"batches": [self.log[1].row(), self.log[2].row()], "next": 0}).encode()
        self.double.hook = lambda path: path.startswith("/v1/batches?") and (200, page)
        self.addCleanup(setattr, self.double, "hook", None)
        code, findings, _ = self.run_audit()
        self.assertEqual((code, [f["name"] for f in findings]), (2, ["source-incomplete"]))

    def test_a_receipt_that_says_failed(self):
        """The endpoint denies an anchor that succeeded. Its event is there, and the header of the block holds it."""
        denied = self.log[3].claims[0]["transactionHash"]
        change = lambda receipt: {**receipt, "status": "0x0", "logs": []} if receipt["transactionHash"] == denied else receipt
        url = self.lie(p.changed(change), "eth_getTransactionReceipt")
        self.lie(p.changed(lambda receipts: [change(receipt) for receipt in receipts]), "eth_getBlockReceipts")
        self.found(rpc=url, exit=0)

    def test_a_failed_anchor_that_is_said_to_have_succeeded(self):
        """Event and receipt are made up; the header of the block does not hold them."""
        good = self.chain.rpc("eth_getTransactionReceipt", self.log[5].claims[0]["transactionHash"])
        batch = self.log.append(al.leaves(1, "x"))
        failed = self.log.anchor(batch, gas=22400)
        topics = [good["logs"][0]["topics"][0], "0x" + batch.value.hex(), good["logs"][0]["topics"][2]]
        event = {**good["logs"][0], "topics": topics, "logIndex": "0x0",
                 **{name: failed[name] for name in ("blockHash", "blockNumber", "transactionHash", "transactionIndex")}}
        change = lambda r: {**r, "status": "0x1", "logs": [event]} if r and r["transactionHash"] == event["transactionHash"] else r
        url = self.lie(p.changed(lambda logs: logs + [event] if logs else logs), "eth_getLogs")
        self.lie(p.changed(change), "eth_getTransactionReceipt")
        self.lie(p.changed(lambda receipts: [change(r) for r in receipts]), "eth_getBlockReceipts")
        self.found("log-false", "anchor-failed", "anchor-claim-false", "never-anchored", rpc=url)

    def test_a_closed_log_that_opens_a_gap(self):
        """After its closure it goes on as if it had been lost."""
        self.log.anchor(self.log.append([], {"version": 1, "closed": True}))
        last = self.log[6]
        gap = {"version": 1, "gap": {"last": {"k": 6, "value": last.value.hex()},
                                     **{name: {"count": 0, "sha256": s2.values_hash([]).hex()} for name in ("unknown", "orphans")}}}
        self.log.anchor(self.log.append(al.leaves(1, "x"), gap, number=7 * s2.ERA + 1))
        self.found("after-closure", "gap-declared")


class SelfTest(Audited):
    """A log without a registry: nonces and blocks are all there is."""
    anchor_to = "self"

    def test_clean(self):
        self.found(exit=0)

    def test_a_batch_dropped(self):
        del self.log.batches[2]
        self.found("number-gap")

    def test_the_newest_batch_dropped(self):
        self.log.batches.pop()
        self.log.follow_head()
        self.found("unknown-anchor")

    def test_two_leaves_swapped(self):
        self.log[3].freeze()
        self.log[3].leaves.reverse()
        self.found("root-differs")

    def test_an_extra_anchor_that_the_node_does_not_name(self):
        self.log.anchor(al.sha(b"second log"))
        self.log.anchor(self.log.append(al.leaves(1, "x")))
        self.found("equivocation")

    def test_all_found_without_a_word_of_the_node(self):
        for batch in self.log.batches:
            batch.claims = []
        self.found(exit=0)

    def test_an_anchor_made_twice(self):
        self.log.anchor(self.log[4], claim=False)
        self.found("anchor-repeated")

    def test_history_rewritten_and_signed_again(self):
        for batch in self.log.batches:
            batch.leaves[0] = al.sha(b"another", batch.leaves[0])
        self.log.rechain()
        for batch in self.log.batches:
            self.log.anchor(batch)
        self.found("history-rewritten")

    def test_a_fork_after_a_restored_backup(self):
        del self.log.batches[3:]
        self.log.anchor(self.log.append(al.leaves(2, "fork")))
        self.found("equivocation")

    def test_a_batch_that_was_never_anchored(self):
        self.log.append(al.leaves(2, "never"))
        self.found("never-anchored")

    def test_an_endpoint_that_counts_too_few(self):
        url = self.lie(p.changed(lambda n: hex(min(int(n, 16), 4))), "eth_getTransactionCount")
        self.found("nonce-false", rpc=url)

    def test_a_hidden_anchor_and_a_count_too_low(self):
        """The newest blocks are read whole."""
        self.log.anchor(al.sha(b"second log"))
        url = self.lie(p.changed(lambda n: hex(min(int(n, 16), 5))), "eth_getTransactionCount")
        self.found("unknown-anchor", "nonce-false", rpc=url)

    def test_a_block_with_a_transaction_taken_out(self):
        """The root in its header says so."""
        self.log.anchor(al.sha(b"second log"))
        url = self.lie(p.changed(lambda block: {**block, "transactions": []}), "eth_getBlockByNumber")
        self.lie(p.changed(lambda n: hex(min(int(n, 16), 5))), "eth_getTransactionCount")
        self.found("chain-incomplete", rpc=url, exit=2)


if __name__ == "__main__":
    hm.main(hm.ANVIL, hm.program("hallmarkd"), hm.program("hallmarkctl"), hm.program("hallmark"))
