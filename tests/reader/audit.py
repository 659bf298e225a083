"""The published batches, replayed: every root, seal and anchored value is computed again."""
from typing import NamedTuple

import section2 as s2
from section2 import require


class Batch(NamedTuple):
    """What GET /v1/batches, …/leaves and …/annex say of one batch."""
    number: int
    header: bytes
    leaves: list
    annex: bytes
    root: bytes
    seal: bytes
    previous: bytes
    anchored: bytes


def read_batch(row, leaves, annex):
    require(len(leaves) % 32 == 0, "leaves come in 32 bytes")
    whole = [leaves[i:i + 32] for i in range(0, len(leaves), 32)]
    header = s2.unhex(row["header"], 140)
    decoded = s2.decode_header(header)
    require(row["number"] == decoded.number, "number differs from the header")
    require(row["leafCount"] == decoded.leaf_count, "leafCount differs from the header")
    named = [s2.unhex(row[name], 32) for name in ("root", "seal", "previous", "anchored")]
    return Batch(row["number"], header, whole, annex, *named)


def after_gap(gap, state, unknown):
    """The value that the first batch after a recovery follows: the newest one of the lost part, if any."""
    number, value, _ = state
    require((gap.last_number, gap.last_value) == (number, value), f"the gap after {number} names another batch")
    require((gap.unknown_count, gap.unknown_hash) == (len(unknown), s2.values_hash(unknown)),
            f"the gap after {number} declares other unknown values")
    return unknown[-1] if unknown else value


def check_place(header, state, batch, unknown):
    """The number is the next one, or comes after a declared gap; returns the R that this batch follows."""
    number, value, sealed_at = state
    require(header.sealed_at >= sealed_at, f"batch {header.number}: sealed-at goes back")
    gap = s2.read_annex(batch.annex).gap if batch.annex else None
    if gap is None:
        require(header.number == number + 1, f"batch {header.number}: undeclared hole after {number}")
        return value
    require(header.number % s2.ERA == 1 and header.number // s2.ERA > number // s2.ERA,
            f"batch {header.number}: not the first number after a recovery")
    return after_gap(gap, state, unknown.get(header.number, []))


def check_batch(genesis, batch, state, unknown):
    header = s2.decode_header(batch.header)
    name = f"batch {header.number}"
    require(header.r0 == genesis.r0, f"{name}: of another log")
    require(header.leaf_count == len(batch.leaves), f"{name}: leaf count")
    require(header.annex_hash == (s2.sha256(batch.annex) if batch.annex else s2.ZERO32), f"{name}: annex")
    require(batch.root == s2.batch_root(batch.leaves), f"{name}: root")
    require(batch.seal == s2.seal(batch.root, header.hash), f"{name}: seal")
    require(batch.previous == check_place(header, state, batch, unknown), f"{name}: previous value")
    require(batch.anchored == s2.anchored_value(batch.previous, batch.seal), f"{name}: anchored value")
    return header.number, batch.anchored, header.sealed_at


def replay(genesis, batches, unknown=None):
    """Checks batches in order and returns (last number, its R): (0, R_0) for a log without any.

    unknown: for the number of a batch after a gap, the anchored values of the lost part in chain order.
    """
    state = (0, genesis.r0, 0)
    for batch in batches:
        state = check_batch(genesis, batch, state, unknown or {})
    return state[:2]
