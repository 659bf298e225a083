"""Ethereum evidence: header, transaction and receipt in bytes, and what they prove of an anchor."""
from typing import NamedTuple

from rlp import fixed, integer, rlp, trie_value, unrlp
from secp256k1 import keccak256, recover
from section2 import Malformed, require, unhex, whole

ANCHORED = keccak256(b"Anchored(bytes32,address)")
EVIDENCE_VERSION = 1
# Fields before the signature, by transaction type: legacy, EIP-2930, EIP-1559, EIP-4844, EIP-7702.
UNSIGNED_FIELDS = {1: 8, 2: 9, 3: 11, 4: 10}
TO_FIELD = {1: 4, 2: 5, 3: 5, 4: 5}
# Parent, uncles, miner, three roots, bloom; None: numbers (difficulty, number, gas limit and used, time).
HEADER_SIZES = (32, 32, 20, 32, 32, 32, 256, None, None, None, None, None)


class Transaction(NamedTuple):
    hash: bytes
    chain_id: int
    sender: bytes
    to: bytes
    value: int
    input: bytes


class Header(NamedTuple):
    hash: bytes
    number: int
    timestamp: int
    transactions_root: bytes
    receipts_root: bytes


def sender_of(digest, parity, r, s):
    try:
        return recover(digest, parity, r, s)
    except ValueError as error:
        raise Malformed(f"signature: {error}") from error


def receiver(item):
    require(isinstance(item, bytes) and len(item) in (0, 20), "to: an address or nothing")
    return item


def legacy_transaction(raw):
    fields = unrlp(raw)
    require(isinstance(fields, list) and len(fields) == 9, "a legacy transaction has 9 fields")
    v, r, s = (integer(item, 32) for item in fields[6:])
    require(v >= 37, "the signature does not carry a chain id")
    chain_id, parity = (v - 35) // 2, (v - 35) % 2
    digest = keccak256(rlp([*fields[:6], chain_id, 0, 0]))
    return Transaction(keccak256(raw), chain_id, sender_of(digest, parity, r, s),
                       receiver(fields[3]), integer(fields[4], 32), fields[5])


def decode_transaction(raw):
    require(raw, "an empty transaction")
    if raw[0] >= 0xC0:
        return legacy_transaction(raw)
    kind, fields = raw[0], unrlp(raw[1:])
    require(kind in UNSIGNED_FIELDS, f"transaction type {kind} is not known")
    n, to = UNSIGNED_FIELDS[kind], TO_FIELD[kind]
    require(isinstance(fields, list) and len(fields) == n + 3, "number of fields")
    parity, r, s = (integer(item, 32) for item in fields[n:])
    require(parity <= 1, "y parity is 0 or 1")
    digest = keccak256(raw[:1] + rlp(fields[:n]))
    return Transaction(keccak256(raw), integer(fields[0]), sender_of(digest, parity, r, s),
                       receiver(fields[to]), integer(fields[to + 1], 32), fields[to + 2])


def decode_header(raw):
    """15 fields by their place; what forks add behind them is not looked at."""
    fields = unrlp(raw)
    require(isinstance(fields, list) and len(fields) >= 15, "a block header has 15 fields or more")
    for field, size in zip(fields, HEADER_SIZES):
        fixed(field, size) if size else integer(field, 32)
    require(isinstance(fields[12], bytes), "extra data is bytes")
    fixed(fields[13], 32), fixed(fields[14], 8)
    return Header(keccak256(raw), integer(fields[8]), integer(fields[11]),
                  fixed(fields[4], 32), fixed(fields[5], 32))


def decode_receipt(raw):
    """(whether it succeeded, logs as (address, topics, data))"""
    require(raw, "an empty receipt")
    fields = unrlp(raw if raw[0] >= 0xC0 else raw[1:])
    require(isinstance(fields, list) and len(fields) >= 4 and isinstance(fields[3], list), "receipt fields")
    logs = []
    for log in fields[3]:
        require(isinstance(log, list) and len(log) == 3 and isinstance(log[1], list), "log fields")
        logs.append((fixed(log[0], 20), [fixed(topic, 32) for topic in log[1]], log[2]))
    return fields[0] == b"\1", logs


def has_event(logs, registry, value, sender):
    return (registry, [ANCHORED, value, sender.rjust(32, b"\0")], b"") in logs


def check_anchor_transaction(tx, value, registry):
    """What counts as an anchor of `value`: input, value 0, to the registry or to the sender itself."""
    require(tx.input == value, "the input is not the anchored value")
    require(tx.value == 0, "the transaction moves money")
    if tx.to != tx.sender:
        require(registry is not None and tx.to == registry, "neither to the registry nor to the sender")


def hex_list(value, name):
    require(isinstance(value, list), f"{name} is a list")
    return [unhex(item, None, "0x") for item in value]


def check_evidence(evidence, value, registry):
    """Proves from bytes alone that `value` is anchored; returns (Header, Transaction).

    registry: 20 bytes or None. Which block hashes are canonical is for others to ask.
    """
    require(isinstance(evidence, dict), "evidence is an object")
    require(whole(evidence.get("version"), "version") == EVIDENCE_VERSION, "evidence version")
    unhex(evidence.get("genesisBlock"), 32, "0x")
    header = decode_header(unhex(evidence.get("header"), None, "0x"))
    key = rlp(whole(evidence.get("txIndex"), "txIndex"))
    raw = unhex(evidence.get("tx"), None, "0x")
    proven = trie_value(header.transactions_root, key, hex_list(evidence.get("txProof"), "txProof"))
    require(proven == raw, "the proof holds another transaction")
    tx = decode_transaction(raw)
    check_anchor_transaction(tx, value, registry)
    receipt = unhex(evidence.get("receipt"), None, "0x")
    nodes = hex_list(evidence.get("receiptProof"), "receiptProof")
    require(trie_value(header.receipts_root, key, nodes) == receipt, "the proof holds another receipt")
    succeeded, logs = decode_receipt(receipt)
    require(succeeded, "the transaction failed")
    require(tx.to == tx.sender or has_event(logs, registry, value, tx.sender), "no Anchored event")
    return header, tx
