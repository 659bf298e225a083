"""Made-up logs, proofs and blocks for the tests: random, yet right in every byte."""
import document
import section2 as s2
from chain import ANCHORED, decode_header, decode_transaction
from rlp import index_items, prove, rlp, trie_root
from secp256k1 import N, address_of_key, keccak256, sign

NAMES = ("certif.example.fr", "a", "x" * 253, "0-9.z")


# --- logs

def genesis(random, registry, issuer, chain_id):
    name = random.choice(NAMES)
    return name, s2.Genesis(random.randrange(1 << 34), chain_id, registry, issuer, s2.log_name_hash(name))


def annex(random):
    """b"" or the JSON of a random annex without a gap."""
    if random.random() < 0.7:
        return b""
    value = {"version": 1, "closed": random.random() < 0.1}
    if random.random() < 0.5:
        value["keys"] = [{random.choice(("add", "remove")): "0x" + random.randbytes(20).hex()}
                         for _ in range(random.randrange(4))]
    if random.random() < 0.3:
        value["status"] = [{"url": "https://example.fr/status", "sha256": random.randbytes(32).hex()}]
    return s2.json.dumps(value).encode()


def gap_annex(number, value, unknown, orphans):
    declared = {"last": {"k": number, "value": value.hex()}}
    for name, values in (("unknown", unknown), ("orphans", orphans)):
        declared[name] = {"count": len(values), "sha256": s2.values_hash(values).hex()}
    return s2.json.dumps({"version": 1, "gap": declared}).encode()


class Batch:
    """One sealed batch with all that its proofs need."""

    def __init__(self, header, targets, salts, annex_bytes, previous):
        self.header, self.targets, self.salts = header, targets, salts
        self.annex, self.previous = annex_bytes, previous
        self.rules = [document.RULES[target[0] % 3] for target in targets]
        self.leaves = [s2.leaf_hash(t, s) for t, s in zip(targets, salts)]
        self.root = s2.batch_root(self.leaves)
        self.seal = s2.seal(self.root, header.hash)
        self.value = s2.anchored_value(previous, self.seal)

    def path(self, index):
        return s2.exact_path(self.leaves, index, self.salts[index], self.header, self.previous)


def size(random):
    """Mostly small, often at an edge, some empty, now and then large."""
    return random.choice((0, 0, 1, 1, 2, 3, 4, 5, 7, 8, 9, random.randrange(71), 15, 16, 17, 31, 33, 64, 65,
                          random.randrange(71), 1 << random.randrange(10)))


def batches(random, genesis_, count):
    """(batches, unknown): numbers without holes but for declared gaps, values chained, times never back.

    unknown: the lost values of each gap, by the number of the batch that declares it.
    """
    made, unknown, now = [], {}, random.randrange(1 << 33)
    for _ in range(count):
        number, value = (made[-1].header.number, made[-1].value) if made else (0, genesis_.r0)
        annex_bytes = annex(random)
        if made and random.random() < 0.15:
            lost = [random.randbytes(32) for _ in range(random.randrange(3))]
            annex_bytes = gap_annex(number, value, lost, [])
            number = s2.number_after_recovery(number, len(made) + len(lost)) - 1
            value = lost[-1] if lost else value
            unknown[number + 1] = lost
        now += random.randrange(4)
        leaves = size(random)
        block = random.randbytes(32) if random.random() < 0.8 else s2.ZERO32
        header = s2.Header(genesis_.r0, number + 1, leaves, now, genesis_.chain_id, random.randrange(1 << 40),
                           block, s2.sha256(annex_bytes) if annex_bytes else s2.ZERO32)
        made.append(Batch(header, [random.randbytes(32) for _ in range(leaves)],
                          [random.randbytes(16) for _ in range(leaves)], annex_bytes, value))
    return made, unknown


# --- transactions and blocks

def signature(random, digest, secret):
    return sign(digest, secret, random.randrange(1, N))


def signed_1559(random, secret, chain_id, to, data, value=0):
    fields = [chain_id, random.randrange(1 << 20), 10**9, 2 * 10**9, 60_000, to, value, data, []]
    parity, r, s = signature(random, keccak256(b"\2" + rlp(fields)), secret)
    return b"\2" + rlp([*fields, parity, r, s])


def signed_legacy(random, secret, chain_id, to, data, value=0):
    fields = [random.randrange(1 << 20), 10**9, 60_000, to, value, data]
    parity, r, s = signature(random, keccak256(rlp([*fields, chain_id, 0, 0])), secret)
    return rlp([*fields, 35 + 2 * chain_id + parity, r, s])


def receipt(kind, logs, succeeded=True):
    body = rlp([int(succeeded), 23_165, bytes(256), [list(log) for log in logs]])
    return (bytes([kind]) if kind else b"") + body


def block_header(random, number, timestamp, transactions, receipts):
    return rlp([random.randbytes(32), random.randbytes(32), bytes(20), random.randbytes(32),
                trie_root(index_items(transactions)), trie_root(index_items(receipts)), bytes(256), 0, number,
                30_000_000, 21_000, timestamp, b"", random.randbytes(32), bytes(8), 7])


def anchored_log(registry, value, sender):
    return registry, [ANCHORED, value, sender.rjust(32, b"\0")], b""


def block_with_anchor(random, secret, value, chain_id, registry, neighbours):
    """An anchor among other transactions of its block: (evidence, header RLP, transactions, receipts).

    registry: zeros for an anchor to the sender itself.
    """
    sender = address_of_key(secret)
    to = registry if any(registry) else sender
    maker, kind = random.choice(((signed_1559, 2), (signed_legacy, 0)))
    raw = maker(random, secret, chain_id, to, value)
    logs = [anchored_log(registry, value, sender)] if any(registry) else []
    index = random.randrange(neighbours + 1)
    # Neighbours are opaque to a verifier: any bytes may stand there, unknown types too.
    raws = [b"\5" + random.randbytes(random.randrange(1, 200)) for _ in range(neighbours)]
    receipts = [receipt(2, []) for _ in range(neighbours)]
    raws.insert(index, raw)
    receipts.insert(index, receipt(kind, logs))
    header = block_header(random, random.randrange(1 << 32), random.randrange(1 << 33), raws, receipts)
    listed = lambda nodes: ["0x" + node.hex() for node in nodes]
    evidence = {"version": 1, "genesisBlock": "0x" + random.randbytes(32).hex(), "header": "0x" + header.hex(),
                "txIndex": index, "tx": "0x" + raw.hex(), "txProof": listed(prove(raws, index)),
                "receipt": "0x" + receipts[index].hex(), "receiptProof": listed(prove(receipts, index)),
                "links": []}
    return evidence, header, raws, receipts


def anchor(random, proof, tail):
    """Of the value that the tail leads to, in a transaction that nobody made."""
    registry, issuer = proof.genesis.registry, proof.genesis.issuer
    return document.Anchor(tail, s2.value_of(proof.target, proof.path, tail), proof.genesis.chain_id,
                           registry if any(registry) else issuer, issuer, random.randbytes(32),
                           random.randrange(1 << 40), random.randbytes(32), random.randrange(1 << 33), None, None)


def anchor_with_evidence(random, proof, tail, secret):
    value = s2.value_of(proof.target, proof.path, tail)
    evidence, header, raws, _ = block_with_anchor(random, secret, value, proof.genesis.chain_id,
                                                  proof.genesis.registry, random.choice((0, 1, 5, 17)))
    block, tx = decode_header(header), decode_transaction(raws[evidence["txIndex"]])
    return document.Anchor(tail, value, tx.chain_id, tx.to, tx.sender, tx.hash, block.number, block.hash,
                           block.timestamp, None, evidence)


def proof(name, genesis_, made, k, index, status="final"):
    """Of leaf `index` of the k-th batch of this log, without anchors."""
    batch = made[k]
    return document.Proof(name, genesis_, status, batch.targets[index], batch.rules[index], index, batch.header,
                          batch.path(index), [])
