"""What every test of the main job ends with: each hash is proven, each value on the chain once, and the
published batches rebuild every R_k. All of it computed by the second reader, tests/reader."""
import collections
import json

import hm
import audit
import document
import section2 as s2


def get(client, path, kind=None):
    reply = client.get(path)
    if reply.status != 200:
        raise AssertionError(f"GET {path}: {reply.status} {reply.body[:300]}")
    if kind and reply.headers["Content-Type"] != kind:
        raise AssertionError(f"GET {path}: {reply.headers['Content-Type']}")
    return reply


def batch_rows(client, limit=1000):
    rows, after = [], 0
    while after is not None:
        page = get(client, f"/v1/batches?after={after}&limit={limit}").json()
        rows += page["batches"]
        after = page["next"]
    return rows


def published(client, limit=1000):
    """All batches with leaves and annexes, as audit.replay wants them."""
    found = []
    for row in batch_rows(client, limit):
        leaves = get(client, f"/v1/batches/{row['number']}/leaves", "application/octet-stream").body
        has_annex = s2.decode_header(s2.unhex(row["header"], 140)).annex_hash != s2.ZERO32
        annex = get(client, f"/v1/batches/{row['number']}/annex").body if has_annex else b""
        found.append(audit.read_batch(row, leaves, annex))
    return found


def at_rest(client, limit):
    """(/v1/log, all batches), or None if a batch was sealed meanwhile."""
    log = get(client, "/v1/log").json()
    batches = published(client, limit)
    return (log, batches) if get(client, "/v1/log").json() == log else None


def replay(client, limit=1000, unknown=None):
    """Rebuild every R_k and compare the end with /v1/log; the batches. unknown: as audit.replay wants it."""
    log, batches = hm.until("no batch is sealed while they are read", lambda: at_rest(client, limit))
    genesis = s2.decode_genesis(s2.unhex(log["genesis"], 103))
    number, value = audit.replay(genesis, batches, unknown)
    if (log["r0"], log["head"], log["anchored"]) != (genesis.r0.hex(), number, value.hex()):
        raise AssertionError(f"/v1/log says {log}, the batches lead to {number} {value.hex()}")
    return batches


class Proofs:
    """Proof documents checked in full; the part that belongs to one anchor is checked once."""

    def __init__(self, chain, sender):
        self.chain, self.sender, self.seen = chain, sender, set()

    def check(self, target, data):
        """The document; AssertionError or Malformed unless it proves target on this chain, finally."""
        proof = document.read(data)
        assert proof.target.hex() == target, "another target"
        assert proof.status == "final", f"status {proof.status}"
        assert proof.anchors, "no anchor"
        for anchor in proof.anchors:
            if anchor.transaction_hash not in self.seen:
                self.check_anchor(proof, anchor)
                self.seen.add(anchor.transaction_hash)
        return proof

    def check_anchor(self, proof, anchor):
        block = document.check_anchor_evidence(proof, anchor)
        genesis_block = self.chain.rpc("eth_getBlockByNumber", "0x0", False)["hash"]
        assert anchor.evidence["genesisBlock"] == genesis_block, "evidence of another chain"
        canonical = self.chain.rpc("eth_getBlockByNumber", hex(block.number), False)
        assert canonical["hash"] == "0x" + block.hash.hex(), "the block is not on the chain"
        assert "0x" + anchor.sender.hex() == self.sender, "another sender"
        receipt = self.chain.rpc("eth_getTransactionReceipt", "0x" + anchor.transaction_hash.hex())
        assert receipt["status"] == "0x1" and receipt["blockHash"] == canonical["hash"], "receipt"


def all_proven(daemon, chain, targets, unknown=None):
    """Each target by a proof, each value on the chain exactly once, each R_k rebuilt; the proofs.

    unknown: by the number of the batch that declares a gap, the values (bytes) that were lost, in chain order.
    """
    checker = Proofs(chain, daemon.address)
    proofs = {}
    for target in targets:
        proofs[target] = checker.check(target, get(daemon.client, f"/v1/proofs/{target}", "application/json").body)
    on_chain = chain.anchored(daemon.address)  # before the batches: what is on the chain was sealed before
    batches = replay(daemon.client, unknown=unknown)
    lost = {value.hex() for values in (unknown or {}).values() for value in values}
    values_once(on_chain, {batch.anchored.hex() for batch in batches} | lost)
    places = [(p.header.number, p.leaf_index) for p in proofs.values()]
    assert len(set(places)) == len(places), "two hashes in one place"
    by_number = {batch.number: batch for batch in batches}
    for proof in proofs.values():
        leaf = s2.leaf_hash(proof.target, proof.salt)
        assert by_number[proof.header.number].leaves[proof.leaf_index] == leaf, "another leaf is published"
    return proofs


def values_once(on_chain, values):
    """Nothing but values of the log is on the chain, and none twice."""
    counts = collections.Counter(anchor.value for anchor in on_chain)
    twice = [value for value, n in counts.items() if n > 1]
    assert not twice, f"anchored twice: {twice}"
    assert set(counts) <= set(values), f"on the chain, yet not in the log: {set(counts) - set(values)}"
    return counts


def bad_bits(data, random, n):
    """n copies of a proof document with one bit flipped each."""
    for _ in range(n):
        copy = bytearray(data)
        copy[random.randrange(len(copy))] ^= 1 << random.randrange(8)
        yield bytes(copy)


def pretty(proof):
    return json.dumps(document.write(proof))
