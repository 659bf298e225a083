"""C and Python crossed on random logs: what one writes the other reads, and both refuse the same.

usage: cross.py PROGRAM [LOGS [SEED]]      PROGRAM is reader-vectors, made from vectors.c
"""
import copy
import json
import random
import subprocess
import sys

import audit
import document
import made
import section2 as s2
from chain import check_evidence

LOGS, EVIDENCE_CASES, LARGE = 2000, 60, (4096, 4097, 50_001)
OPTIONAL = {"targetRule", "proofValue", "evidence"}


class Vectors:
    """The C side, kept running."""

    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self, question, **fields):
        self.process.stdin.write(json.dumps({"question": question, **fields}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"{question} ended the C side with {self.process.wait()}"
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        assert self.process.wait() == 0
        self.process.stdout.close()


def same(what, python, c):
    assert python == c, f"{what}:\n  python {python}\n  c      {c}"


def joined(items):
    return b"".join(items).hex()


# --- genesis and batches

def header_fields(header):
    names = ("r0", "number", "leafCount", "sealedAt", "blockChainId", "blockNumber", "blockHash", "annexHash")
    return {name: value.hex() if isinstance(value, bytes) else value for name, value in zip(names, header)}


def cross_genesis(c, genesis):
    answer = c("genesis", createdAt=genesis.created_at, chainId=genesis.chain_id, registry=genesis.registry.hex(),
               issuer=genesis.issuer.hex(), nameHash=genesis.name_hash.hex())
    same("genesis", {"genesis": genesis.encode().hex(), "r0": genesis.r0.hex()}, answer)


def cross_batch(c, batch):
    """The batch as C sees it."""
    answer = c("batch", previous=batch.previous.hex(), targets=joined(batch.targets), salts=joined(batch.salts),
               **header_fields(batch.header))
    ids = [s2.revoke_id(target, salt) for target, salt in zip(batch.targets, batch.salts)]
    same(f"batch of {len(batch.targets)}",
         {"header": batch.header.encode().hex(), "leaves": joined(batch.leaves), "revokeIds": joined(ids),
          "root": batch.root.hex(), "seal": batch.seal.hex(), "value": batch.value.hex()}, answer)
    leaves = bytes.fromhex(answer["leaves"])
    return audit.Batch(batch.header.number, bytes.fromhex(answer["header"]),
                       [leaves[i:i + 32] for i in range(0, len(leaves), 32)], batch.annex,
                       *(bytes.fromhex(x) for x in (answer["root"], answer["seal"], batch.previous.hex(),
                                                    answer["value"])))


# --- proof documents

def anchor_fields(anchor):
    fields = {"tail": joined(data for _, data in anchor.tail), "merkleRoot": anchor.merkle_root.hex(),
              "chainId": anchor.chain_id, "to": anchor.to.hex(), "from": anchor.sender.hex(),
              "transactionHash": anchor.transaction_hash.hex(), "blockNumber": anchor.block_number,
              "blockHash": anchor.block_hash.hex(), "blockTime": anchor.block_time}
    if anchor.evidence is not None:
        fields["evidence"] = json.dumps(anchor.evidence)
    return fields


def written_by_c(c, proof, batch):
    answer = c("write", log=proof.log, genesis=proof.genesis.encode().hex(), header=proof.header.encode().hex(),
               status=document.STATUSES.index(proof.status), rule=(document.RULES.index(proof.rule) + 1) % 3,
               target=proof.target.hex(), leafIndex=proof.leaf_index, salt=proof.salt.hex(),
               leaves=joined(batch.leaves), previous=proof.previous.hex(),
               anchors=[anchor_fields(anchor) for anchor in proof.anchors])
    assert answer["ok"], answer
    return answer["document"].encode()


def python_reads(data):
    """(value, leaf, revoke id) that the document proves, or None if it is refused."""
    try:
        proof = document.read(data)
    except s2.Malformed:
        return None
    return [proof.value.hex(), s2.leaf_hash(proof.target, proof.salt).hex(),
            s2.revoke_id(proof.target, proof.salt).hex()]


def c_reads(c, data):
    answer = c("read", hex=data.hex())
    return [answer["value"], answer["leaf"], answer["revokeId"]] if answer["ok"] else None, answer


def cross_document(c, proof, batch):
    ours, theirs = document.write_bytes(proof), written_by_c(c, proof, batch)
    same("documents", json.loads(ours), json.loads(theirs))
    same("the proof that C wrote", document.read(theirs), document.read(ours))
    for data in (ours, theirs):
        same("what a document proves", python_reads(data), c_reads(c, data)[0])
    return ours


# --- damage

def places(value, found, path=()):
    """Every (path to a container, key) in a document, but for the inside of evidence."""
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        found.append((path, key))
        if isinstance(item, (dict, list)) and key != "evidence":
            places(item, found, (*path, key))
    return found


def container(value, path):
    for key in path:
        value = value[key]
    return value


def other_scalar(random_, item):
    """A near miss of a value: one digit, one more, another type."""
    if isinstance(item, bool) or item is None:
        return 1
    if isinstance(item, int):
        return random_.choice((item + 1, item - 1, -item - 1, float(item), str(item), item + 2**32, 2**63, None, True))
    if isinstance(item, str) and item:
        at = random_.randrange(len(item))
        digit = random_.choice("0123456789abcdefABCDEF xzZ")
        return random_.choice((item[:at] + digit + item[at + 1:], item[:at] + item[at + 1:], item.upper(), "0x" + item,
                               item[:at] + digit + item[at:], "", item + "\0", None, [item]))
    return random_.choice(({}, [], "", 0, None))


def damage(random_, value):
    """One change somewhere in the document; what was changed."""
    path, key = random_.choice(places(value, []))
    holder = container(value, path)
    kind = random_.choice(("value", "value", "value", "remove", "double", "swap"))
    if kind == "value" and key != "evidence":
        holder[key] = other_scalar(random_, holder[key])
    elif kind == "remove":
        del holder[key]
    elif kind == "double" and isinstance(holder, list):
        holder.insert(key, copy.deepcopy(holder[key]))
    elif kind == "swap" and isinstance(holder, list):
        holder.reverse()
    return kind, path, key


def agree(c, data, what):
    """Both refuse, or both read the same."""
    python = python_reads(data)
    theirs, answer = c_reads(c, data)
    assert python == theirs, f"{what}: python {'takes' if python else 'refuses'} it, c says {answer}\n{data[:3000]!r}"
    return python is None


def optional_names(data):
    return [key for path, key in places(json.loads(data), []) if key in OPTIONAL]


def misspelt(data, good):
    """A member that may be left out has lost its name: C takes that for damage, Python for absence."""
    try:
        return optional_names(data) != optional_names(good)
    except ValueError:
        return False


def cross_damage(c, random_, good, changes, flips):
    refused = 0
    for _ in range(changes):
        value = json.loads(good)
        what = damage(random_, value)
        refused += agree(c, json.dumps(value).encode(), what)
    for _ in range(flips):
        data = bytearray(good)
        at, bit = random_.randrange(len(data)), random_.randrange(8)
        data[at] ^= 1 << bit
        if not misspelt(bytes(data), good):
            refused += agree(c, bytes(data), f"bit {bit} of byte {at}")
    doubled = good[:-1] + b', "leafIndex": 0}'
    refused += agree(c, doubled, "a key twice")
    return refused


# --- evidence

def python_checks(text, value, registry):
    try:
        header, tx = check_evidence(s2.parse_json(text), value, registry if any(registry) else None)
    except s2.Malformed:
        return None
    return {"transactionHash": tx.hash.hex(), "blockHash": header.hash.hex(), "sender": tx.sender.hex(),
            "number": header.number, "time": header.timestamp, "chainId": tx.chain_id}


def agree_on_evidence(c, evidence, value, registry, what):
    text = json.dumps(evidence).encode()
    python = python_checks(text, value, registry)
    answer = c("check", hex=text.hex(), value=value.hex(), registry=registry.hex())
    theirs = {key: answer[key] for key in python or {}} if answer["ok"] else None
    assert python == theirs, f"evidence, {what}: python {python}, c {answer}"
    return python is None


def damaged_evidence(random_, good):
    bad = copy.deepcopy(good)
    name = random_.choice(("header", "tx", "receipt", "txIndex", "txProof", "receiptProof"))
    if name == "txIndex":
        bad[name] += random_.choice((1, -1, 128))
    elif isinstance(bad[name], str):
        at = random_.randrange(2, len(bad[name]))
        bad[name] = bad[name][:at] + random_.choice("0123456789abcdef".replace(bad[name][at], "")) + bad[name][at + 1:]
    else:
        nodes, at = bad[name], random_.randrange(len(bad[name]))
        change = random_.choice((lambda: nodes.pop(at), lambda: nodes.insert(at, nodes[at]), lambda: nodes.append("0x80"),
                                 lambda: nodes.__setitem__(at, nodes[at][:-2]), lambda: nodes.append("0xc0")))
        change()
    return name, bad


def cross_evidence(c, random_):
    secret, chain_id = random_.randrange(1, 1 << 255), random_.choice((1, 11155111, 2**40))
    registry = random_.choice((bytes(20), random_.randbytes(20)))
    value = random_.randbytes(32)
    good, header, raws, receipts = made.block_with_anchor(random_, secret, value, chain_id, registry,
                                                          random_.choice((0, 0, 1, 1, 2, 5, 16, 17, 130)))
    built = c("build", genesisBlock=good["genesisBlock"][2:], header=header.hex(), txIndex=good["txIndex"],
              transactions=[raw.hex() for raw in raws], receipts=[receipt.hex() for receipt in receipts])
    assert built["ok"], built
    same("evidence", good, json.loads(built["evidence"]))
    assert not agree_on_evidence(c, good, value, registry, "good")
    assert agree_on_evidence(c, good, random_.randbytes(32), registry, "another value")
    assert not any(registry) or agree_on_evidence(c, good, value, random_.randbytes(20), "another registry")
    for _ in range(5):
        name, bad = damaged_evidence(random_, good)
        refused = agree_on_evidence(c, bad, value, registry, name)
        # Another header may hold the same roots: it is the header of another block, no more.
        assert refused or name == "header", f"evidence with a damaged {name} was taken"


# --- logs

def some_tail(random_, log, k):
    """The seals that lead from batch k to one of the next: numbers may jump, values may not."""
    tail = []
    for before, batch in zip(log[k:], log[k + 1:k + 1 + random_.choice((0, 0, 1, 2, 5))]):
        if batch.previous != before.value:
            break  # a gap with unknown values between
        tail.append(("right", batch.seal))
    return tail


def cross_log(c, random_, count):
    registry = random_.choice((bytes(20), random_.randbytes(20)))
    name, genesis = made.genesis(random_, registry, random_.randbytes(20), random_.choice((1, 5, 137, 11155111)))
    cross_genesis(c, genesis)
    log, unknown = made.batches(random_, genesis, count)
    end = audit.replay(genesis, [cross_batch(c, batch) for batch in log], unknown)
    same("the end of the log", (log[-1].header.number, log[-1].value), end)
    filled = [k for k, batch in enumerate(log) if batch.targets]
    refused = 0
    for k in random_.sample(filled, min(1, len(filled))):
        proof = made.proof(name, genesis, log, k, random_.randrange(len(log[k].targets)), random_.choice(document.STATUSES))
        anchors = [made.anchor(random_, proof, some_tail(random_, log, k)) for _ in range(random_.randrange(3))]
        proof = proof._replace(anchors=anchors)
        refused += cross_damage(c, random_, cross_document(c, proof, log[k]), 2, 2)
    return refused


def cross_large(c, random_, n):
    """One batch of n leaves: its ends and its middle."""
    name, genesis = made.genesis(random_, random_.randbytes(20), random_.randbytes(20), 1)
    header = s2.Header(genesis.r0, 1, n, 5, 1, 6, s2.ZERO32, s2.ZERO32)
    batch = made.Batch(header, [random_.randbytes(32) for _ in range(n)], [random_.randbytes(16) for _ in range(n)],
                       b"", genesis.r0)
    cross_batch(c, batch)
    for index in {0, n // 2, n - 1}:
        cross_document(c, made.proof(name, genesis, [batch], 0, index), batch)


def cross_long_tail(c, random_, n):
    """Path and tail together: 65,536 steps are taken by both, one more by none."""
    name, genesis = made.genesis(random_, random_.randbytes(20), random_.randbytes(20), 137)
    header = s2.Header(genesis.r0, 1, 1, 5, 1, 6, s2.ZERO32, s2.ZERO32)
    batch = made.Batch(header, [random_.randbytes(32)], [random_.randbytes(16)], b"", genesis.r0)
    proof = made.proof(name, genesis, [batch], 0, 0)
    for tail_length, taken in ((n - 3, True), (n - 2, False)):
        tail = [("right", random_.randbytes(32)) for _ in range(tail_length)]
        with_tail = proof._replace(anchors=[made.anchor(random_, proof, tail)])
        assert agree(c, document.write_bytes(with_tail), f"{tail_length} steps of tail") != taken


def main(program, logs=LOGS, seed=None):
    seed = seed if seed is not None else random.randrange(1 << 32)
    print(f"{logs} logs, seed {seed}")  # a failure is repeated with it
    random_, c = random.Random(seed), Vectors(program)
    refused = sum(cross_log(c, random_, random_.randrange(1, 6)) for _ in range(logs))
    for n in LARGE:
        cross_large(c, random_, n)
    cross_long_tail(c, random_, s2.MAX_STEPS)
    for _ in range(EVIDENCE_CASES):
        cross_evidence(c, random_)
    c.close()
    assert refused > logs, "too little was damaged to mean anything"
    print(f"agreed; {refused} damaged documents were refused by both")


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 4:
        sys.exit(__doc__)
    main(sys.argv[1], *map(int, sys.argv[2:]))
