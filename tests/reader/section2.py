"""The frozen formats of the design, section 2, a second time: hashes, trees, headers, seals, paths.

Written from the text of the design alone and crossed with the C code by cross.py: what is wrong in
one of the two shows. Integers are big-endian, every hash is SHA-256. Standard library only.
"""
import hashlib
import json
import re
import struct
from typing import NamedTuple

ZERO32 = bytes(32)
GENESIS_MAGIC = b"hallmark log 1\n"
REVOKE_MAGIC = b"hallmark revoke 1\n"
HEADER_MAGIC = b"HMB1"
MAX_STEPS = 65_536
MAX_ANNEX = 1 << 20
ERA = 1 << 32  # after a recovery the numbers of batches go on in the next block of 2^32


class Malformed(ValueError):
    """Not in the form that the design fixes: nothing is said about the document it stands for."""


def require(condition, message):
    if not condition:
        raise Malformed(message)


def sha256(data):
    return hashlib.sha256(data).digest()


def unhex(text, size, prefix=""):
    """Lower-case hex of exactly `size` bytes, with or without 0x as the field wants it."""
    require(isinstance(text, str), "hex must be a string")
    require(re.fullmatch(prefix + r"(?:[0-9a-f]{2})*", text) is not None, "not lower-case hex")
    data = bytes.fromhex(text[len(prefix):])
    require(size is None or len(data) == size, f"expected {size} bytes of hex, got {len(data)}")
    return data


# --- leaves and trees

def leaf_hash(target, salt):
    assert len(target) == 32 and len(salt) == 16
    return sha256(target + salt)


def node_hash(left, right):
    assert len(left) == 32 and len(right) == 32
    return sha256(left + right)


def revoke_id(target, salt):
    assert len(target) == 32 and len(salt) == 16
    return sha256(REVOKE_MAGIC + target + salt)


def tree_levels(leaves):
    """All levels, leaves first; the lone last node of a level stands unchanged in the next."""
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        above = [node_hash(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)]
        if len(below) % 2:
            above.append(below[-1])
        levels.append(above)
    return levels


def batch_root(leaves):
    return tree_levels(leaves)[-1][0] if leaves else ZERO32


def tree_path(leaves, index):
    """Steps (side, sibling) from leaf `index` up to the root."""
    steps = []
    for level in tree_levels(leaves)[:-1]:
        sibling = index ^ 1
        if sibling < len(level):
            steps.append(("left" if index % 2 else "right", level[sibling]))
        index //= 2
    return steps


def tree_sides(index, count):
    """The sides that (leafIndex, leafCount) dictate, from the leaf up."""
    sides = []
    while count > 1:
        if index % 2:
            sides.append("left")
        elif index + 1 < count:
            sides.append("right")
        index, count = index // 2, (count + 1) // 2
    return sides


# --- the log: genesis, batch header, seal, anchored value

class Genesis(NamedTuple):
    created_at: int
    chain_id: int
    registry: bytes  # 20 bytes, zeros: none
    issuer: bytes    # 20 bytes: the first issuer key
    name_hash: bytes

    def encode(self):
        assert len(self.registry) == 20 and len(self.issuer) == 20 and len(self.name_hash) == 32
        return (GENESIS_MAGIC + struct.pack(">QQ", self.created_at, self.chain_id)
                + self.registry + self.issuer + self.name_hash)

    @property
    def r0(self):
        return sha256(self.encode())


def log_name_hash(name):
    require(isinstance(name, str) and re.fullmatch(r"[a-z0-9.-]{1,253}", name) is not None,
            "log name: 1 to 253 of a-z 0-9 . -")
    return sha256(name.encode())


def decode_genesis(data):
    require(len(data) == 103, "a genesis has 103 bytes")
    require(data.startswith(GENESIS_MAGIC), "not a genesis of version 1")
    created_at, chain_id = struct.unpack(">QQ", data[15:31])
    return Genesis(created_at, chain_id, data[31:51], data[51:71], data[71:103])


class Header(NamedTuple):
    r0: bytes
    number: int
    leaf_count: int
    sealed_at: int
    block_chain_id: int
    block_number: int
    block_hash: bytes  # zeros: no recent block was known
    annex_hash: bytes  # zeros: no annex

    def encode(self):
        assert len(self.r0) == 32 and len(self.block_hash) == 32 and len(self.annex_hash) == 32
        return (HEADER_MAGIC + self.r0
                + struct.pack(">QQQQQ", self.number, self.leaf_count, self.sealed_at,
                              self.block_chain_id, self.block_number)
                + self.block_hash + self.annex_hash)

    @property
    def hash(self):
        return sha256(self.encode())


def decode_header(data):
    require(len(data) == 140, "a batch header has 140 bytes")
    require(data[:4] == HEADER_MAGIC, "not a batch header of version 1")
    header = Header(data[4:36], *struct.unpack(">QQQQQ", data[36:76]), data[76:108], data[108:140])
    require(header.number >= 1, "batch numbers start at 1")
    return header


def seal(root, header_hash):
    return node_hash(root, header_hash)


def anchored_value(previous, sealed):
    return node_hash(previous, sealed)


# --- the exact path

def fold(value, steps):
    for side, data in steps:
        value = sha256(data + value if side == "left" else value + data)
    return value


def exact_path(leaves, index, salt, header, previous):
    """The path of one leaf: salt, tree, header, R_prev."""
    return [("right", salt), *tree_path(leaves, index), ("right", header.hash), ("left", previous)]


def check_path(genesis, header, index, steps):
    """Refuses every path but the one shape that the header and the index dictate; returns R_prev."""
    require(header.r0 == genesis.r0, "the header belongs to another log")
    require(0 <= index < header.leaf_count, "leafIndex is not below leafCount")
    shape = ([("right", 16)] + [(side, 32) for side in tree_sides(index, header.leaf_count)]
             + [("right", 32), ("left", 32)])
    require([(side, len(data)) for side, data in steps] == shape, "the path has another shape")
    require(steps[-2][1] == header.hash, "the path names another header")
    require(header.number != 1 or steps[-1][1] == genesis.r0, "batch 1 must follow R_0")
    return steps[-1][1]


def check_tail(steps, tail):
    require(len(steps) + len(tail) <= MAX_STEPS, f"more than {MAX_STEPS} steps")
    for side, data in tail:
        require(side == "right" and len(data) == 32, "a tail is made of right steps of 32 bytes")


def value_of(target, steps, tail=()):
    """The anchored value that path and tail lead to."""
    return fold(target, [*steps, *tail])


# --- annex and recovery

def unique_object(pairs):
    members = dict(pairs)
    require(len(members) == len(pairs), "a key stands twice in one object")
    return members


def refuse_constant(text):
    raise Malformed(f"{text} is not JSON")


def parse_json(data):
    """Strict: UTF-8, no key twice, no NaN, one object."""
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=unique_object,
                           parse_constant=refuse_constant)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise Malformed(f"not JSON: {error}") from error
    require(isinstance(value, dict), "not a JSON object")
    return value


def whole(value, name, low=0, high=(1 << 63) - 1):
    require(isinstance(value, int) and not isinstance(value, bool) and low <= value <= high,
            f"{name}: not a number in range")
    return value


class Gap(NamedTuple):
    """What a log that went on after a loss declares: where it chains on, and what is not known."""
    last_number: int
    last_value: bytes
    unknown_count: int
    unknown_hash: bytes
    orphan_count: int
    orphan_hash: bytes


class Annex(NamedTuple):
    keys: list          # of ("add" or "remove", 20 bytes)
    gap: "Gap | None"
    status: list        # of (url, 32 bytes)
    closed: bool


def member(value, name, kind):
    require(isinstance(value, dict), f"an object with {name} is expected")
    require(isinstance(value.get(name), kind), f"{name} is missing or of another type")
    return value[name]


def read_key_change(entry):
    known = [action for action in ("add", "remove") if isinstance(entry, dict) and action in entry]
    require(len(known) == 1, "a key change is either add or remove")
    return known[0], unhex(entry[known[0]], 20, "0x")


def read_gap(value):
    last = member(value, "last", dict)
    counted = [member(value, name, dict) for name in ("unknown", "orphans")]
    pairs = [(whole(c.get("count"), "count"), unhex(c.get("sha256"), 32)) for c in counted]
    return Gap(whole(last.get("k"), "k"), unhex(last.get("value"), 32), *pairs[0], *pairs[1])


def read_annex(data):
    require(len(data) <= MAX_ANNEX, "an annex has at most 1 MiB")
    value = parse_json(data)
    version = whole(value.get("version"), "version")
    require(version == 1, f"annex version {version} is not known")
    keys = [read_key_change(entry) for entry in value.get("keys", [])]
    status = [(member(s, "url", str), unhex(s.get("sha256"), 32)) for s in value.get("status", [])]
    closed = value.get("closed", False)
    require(isinstance(closed, bool), "closed is true or false")
    return Annex(keys, read_gap(value["gap"]) if "gap" in value else None, status, closed)


def values_hash(values):
    """Of 32-byte values joined in chain order, as a gap declares them."""
    assert all(len(value) == 32 for value in values)
    return sha256(b"".join(values))


def number_after_recovery(last_number, own_values):
    """The next k after a restore: last known k, and how many own distinct values the chain holds."""
    return ERA * (1 + max(last_number // ERA, own_values)) + 1
