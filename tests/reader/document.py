"""The proof document (GET /v1/proofs/{target}, *.proof.json): read, checked against itself, and written."""
import calendar
import json
import re
import time
from typing import NamedTuple

import mp2019
import section2 as s2
from chain import check_evidence
from section2 import require, unhex, whole

STATUSES = ("sealed", "sent", "mined", "final")
RULES = ("bytes", "rdfc", None)  # a hint: who did not say it has none


class Anchor(NamedTuple):
    tail: list
    merkle_root: bytes
    chain_id: int
    to: bytes
    sender: bytes
    transaction_hash: bytes
    block_number: int
    block_hash: bytes
    block_time: int
    proof_value: "str | None"
    evidence: "dict | None"


class Proof(NamedTuple):
    log: str
    genesis: s2.Genesis
    status: str
    target: bytes
    rule: "str | None"
    leaf_index: int
    header: s2.Header
    path: list
    anchors: list

    @property
    def salt(self):
        return self.path[0][1]

    @property
    def previous(self):
        return self.path[-1][1]

    @property
    def value(self):
        """R_k of the batch itself."""
        return s2.value_of(self.target, self.path)


def read_time(text):
    """Unix seconds of 2026-11-22T07:00:00Z, the one form in use."""
    require(isinstance(text, str) and re.fullmatch(r"\d{4}(-\d\d){2}T\d\d:\d\d:\d\dZ", text), "not a time")
    try:
        seconds = calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))
    except ValueError as error:
        raise s2.Malformed(f"not a time: {error}") from error
    require(seconds >= 0 and time_text(seconds) == text, "not a time after 1970")  # no 60th second
    return seconds


def time_text(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def get(value, name, kind):
    require(isinstance(value, dict) and name in value, f"{name} is missing")
    require(type(value[name]) is kind, f"{name} has another type")
    return value[name]


def read_steps(value):
    require(isinstance(value, list), "steps stand in a list")
    require(len(value) <= s2.MAX_STEPS, f"more than {s2.MAX_STEPS} steps")
    steps = []
    for step in value:
        require(isinstance(step, dict) and len(step) == 1, "each step has one key")
        (side, data), = step.items()
        require(side in ("left", "right"), "a step is left or right")
        steps.append((side, unhex(data, None)))
    return steps


def write_steps(steps):
    return [{side: data.hex()} for side, data in steps]


def read_anchor(value):
    require(isinstance(value, dict), "an anchor is an object")
    proof_value = get(value, "proofValue", str) if "proofValue" in value else None
    return Anchor(read_steps(get(value, "tail", list)), unhex(value.get("merkleRoot"), 32),
                  whole(value.get("chainId"), "chainId", low=1), unhex(value.get("to"), 20, "0x"),
                  unhex(value.get("from"), 20, "0x"), unhex(value.get("transactionHash"), 32, "0x"),
                  whole(value.get("blockNumber"), "blockNumber"), unhex(value.get("blockHash"), 32, "0x"),
                  read_time(value.get("blockTime")), proof_value,
                  get(value, "evidence", dict) if "evidence" in value else None)


def check_proof_value(proof, anchor):
    value = mp2019.decode(anchor.proof_value)
    steps = [*proof.path, *anchor.tail]
    require(value["path"] == [(side, data.hex()) for side, data in steps], "proofValue: another path")
    require(value["merkleRoot"] == anchor.merkle_root.hex(), "proofValue: another merkleRoot")
    require(value["targetHash"] == proof.target.hex(), "proofValue: another targetHash")
    network = (mp2019.ETHEREUM, anchor.chain_id, "0x" + anchor.transaction_hash.hex())
    require(value["anchors"] == [network], "proofValue: another anchor")


def check_anchor(proof, anchor):
    s2.check_tail(proof.path, anchor.tail)
    require(s2.value_of(proof.target, proof.path, anchor.tail) == anchor.merkle_root,
            "path and tail do not lead to merkleRoot")
    if anchor.proof_value is not None:
        check_proof_value(proof, anchor)


def check_friendly(document, genesis, header):
    batch = get(document, "batch", dict)
    require(s2.log_name_hash(get(document, "log", str)) == genesis.name_hash, "log is not the name in genesis")
    require(whole(batch.get("number"), "number") == header.number, "number differs from the header")
    require(whole(batch.get("leafCount"), "leafCount") == header.leaf_count, "leafCount differs from the header")
    require(read_time(batch.get("sealedAt")) == header.sealed_at, "sealedAt differs from the header")


def read(data):
    """The proof in these bytes; Malformed unless it agrees with itself in everything but evidence."""
    document = s2.parse_json(data)
    require(document.get("type") == "HallmarkProof", "not a Hallmark proof")
    require(whole(document.get("version"), "version") == 1, "unknown version")
    require(document.get("status") in STATUSES, "unknown status")
    require(document.get("targetRule") in RULES and document.get("targetRule", "") is not None, "unknown rule")
    genesis = s2.decode_genesis(unhex(document.get("genesis"), 103))
    header = s2.decode_header(unhex(get(document, "batch", dict).get("header"), 140))
    check_friendly(document, genesis, header)
    path, index = read_steps(get(document, "path", list)), whole(document.get("leafIndex"), "leafIndex")
    s2.check_path(genesis, header, index, path)
    anchors = [read_anchor(anchor) for anchor in get(document, "anchors", list)]
    proof = Proof(document["log"], genesis, document["status"], unhex(document.get("targetHash"), 32),
                  document.get("targetRule"), index, header, path, anchors)
    for anchor in anchors:
        check_anchor(proof, anchor)
    return proof


def check_anchor_evidence(proof, anchor):
    """Evidence of one anchor, and that the anchor's own fields say the same; returns the block header."""
    registry = proof.genesis.registry if any(proof.genesis.registry) else None
    block, tx = check_evidence(anchor.evidence, anchor.merkle_root, registry)
    require(tx.chain_id == anchor.chain_id, "evidence: another chain")
    require(tx.hash == anchor.transaction_hash, "evidence: another transaction")
    require((tx.sender, tx.to) == (anchor.sender, anchor.to), "evidence: another sender or receiver")
    require((block.hash, block.number, block.timestamp)
            == (anchor.block_hash, anchor.block_number, anchor.block_time), "evidence: another block")
    return block


def write_anchor(proof, anchor):
    value = {"tail": write_steps(anchor.tail), "merkleRoot": anchor.merkle_root.hex(),
             "chainId": anchor.chain_id, "to": "0x" + anchor.to.hex(), "from": "0x" + anchor.sender.hex(),
             "transactionHash": "0x" + anchor.transaction_hash.hex(), "blockNumber": anchor.block_number,
             "blockHash": "0x" + anchor.block_hash.hex(), "blockTime": time_text(anchor.block_time)}
    if anchor.chain_id in mp2019.ETHEREUM_NETWORKS:
        value["proofValue"] = mp2019.encode([*proof.path, *anchor.tail], anchor.merkle_root, proof.target,
                                            anchor.chain_id, anchor.transaction_hash)
    if anchor.evidence is not None:
        value["evidence"] = anchor.evidence
    return value


def write(proof):
    """The document as a JSON object."""
    header = proof.header
    rule = {} if proof.rule is None else {"targetRule": proof.rule}
    return {"type": "HallmarkProof", "version": 1, "log": proof.log,
            "genesis": proof.genesis.encode().hex(), "status": proof.status,
            "targetHash": proof.target.hex(), **rule, "leafIndex": proof.leaf_index,
            "batch": {"number": header.number, "leafCount": header.leaf_count,
                      "sealedAt": time_text(header.sealed_at), "header": header.encode().hex()},
            "path": write_steps(proof.path), "anchors": [write_anchor(proof, a) for a in proof.anchors]}


def write_bytes(proof):
    return json.dumps(write(proof)).encode()
