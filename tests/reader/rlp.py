"""RLP (yellow paper, appendix B), strictly canonical, and Merkle-Patricia tries (appendix D)."""
from secp256k1 import keccak256
from section2 import require

EMPTY_TRIE = bytes.fromhex("56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421")
MAX_DEPTH = 16


# --- RLP

def rlp_head(size, short):
    if size <= 55:
        return bytes([short + size])
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([short + 55 + len(length)]) + length


def rlp(item):
    """bytes, int (no leading zeros) or list."""
    if isinstance(item, int):
        item = item.to_bytes((item.bit_length() + 7) // 8, "big")
    if isinstance(item, list):
        payload = b"".join(map(rlp, item))
        return rlp_head(len(payload), 0xC0) + payload
    if len(item) == 1 and item[0] < 0x80:
        return item
    return rlp_head(len(item), 0x80) + item


def payload_of(data, at, short):
    """Start and end of the payload whose head stands at `at`."""
    size, start = data[at] - short, at + 1
    if size > 55:
        start, end = start + size - 55, start
        length = data[end:start]
        require(len(length) == size - 55 and length[0] != 0, "RLP: length with leading zeros")
        size = int.from_bytes(length, "big")
        require(size > 55, "RLP: a short item in the long form")
    require(start + size <= len(data), "RLP ends early")
    return start, start + size


def unrlp_at(data, at, depth):
    require(at < len(data) and depth < MAX_DEPTH, "RLP ends early or is too deep")
    if data[at] < 0x80:
        return data[at:at + 1], at + 1
    if data[at] < 0xC0:
        start, end = payload_of(data, at, 0x80)
        require(end - start != 1 or data[start] >= 0x80, "RLP: a single byte in the long form")
        return data[start:end], end
    at, end = payload_of(data, at, 0xC0)
    items = []
    while at < end:
        item, at = unrlp_at(data[:end], at, depth + 1)
        items.append(item)
    return items, end


def unrlp(data):
    item, end = unrlp_at(data, 0, 0)
    require(end == len(data), "RLP goes on after its end")
    return item


def integer(item, size=8):
    require(isinstance(item, bytes) and len(item) <= size and item[:1] != b"\0", "RLP: not an integer")
    return int.from_bytes(item, "big")


def fixed(item, size):
    require(isinstance(item, bytes) and len(item) == size, f"RLP: {size} bytes expected")
    return item


# --- Merkle-Patricia tries; the keys of transactions and receipts are rlp(index), unhashed

def nibbles_of(data):
    return [n for byte in data for n in (byte >> 4, byte & 15)]


def hex_prefix(nibbles, leaf):
    flag = 2 * leaf + len(nibbles) % 2
    full = [flag, *nibbles] if len(nibbles) % 2 else [flag, 0, *nibbles]
    return bytes(full[i] << 4 | full[i + 1] for i in range(0, len(full), 2))


def unhex_prefix(data):
    require(isinstance(data, bytes) and data, "trie: empty path")
    nibbles = nibbles_of(data)
    require(nibbles[0] <= 3 and (nibbles[0] % 2 or nibbles[1] == 0), "trie: wrong path prefix")
    return nibbles[0] >= 2, nibbles[1:] if nibbles[0] % 2 else nibbles[2:]


def common_length(keys):
    first, last = min(keys), max(keys)
    n = 0
    while n < len(first) and first[n] == last[n]:
        n += 1
    return n


def build(items):
    """The node (a list) over {tuple of nibbles: value}; children under 32 bytes stay inside."""
    if len(items) == 1:
        (key, value), = items.items()
        return [hex_prefix(key, True), value]
    shared = common_length(items)
    if shared:
        prefix = next(iter(items))[:shared]
        return [hex_prefix(prefix, False), reference(build({k[shared:]: v for k, v in items.items()}))]
    branch = []
    for nibble in range(16):
        below = {k[1:]: v for k, v in items.items() if k and k[0] == nibble}
        branch.append(reference(build(below)) if below else b"")
    return [*branch, items.get((), b"")]


def reference(node):
    encoded = rlp(node)
    return keccak256(encoded) if len(encoded) >= 32 else node


def index_items(values):
    return {tuple(nibbles_of(rlp(i))): value for i, value in enumerate(values)}


def trie_root(items):
    return keccak256(rlp(build(items))) if items else EMPTY_TRIE


def prove(values, index):
    """The proof nodes of one index, root first, as evidence carries them."""
    items, nodes = index_items(values), []
    key = tuple(nibbles_of(rlp(index)))
    while True:
        node = build(items)
        encoded = rlp(node)
        if not nodes or len(encoded) >= 32:
            nodes.append(encoded)
        if len(node) == 17:
            if not key:
                return nodes
            taken = 1
        else:
            leaf, path = unhex_prefix(node[0])
            if leaf:
                return nodes
            taken = len(path)
        items = {k[taken:]: v for k, v in items.items() if k[:taken] == key[:taken]}
        key = key[taken:]


def child_of(node, key):
    """(child or value, rest of the key, whether it is the value) one node further down."""
    require(isinstance(node, list) and len(node) in (2, 17), "trie: no node")
    if len(node) == 17:
        return (node[key[0]], key[1:], False) if key else (node[16], key, True)
    leaf, path = unhex_prefix(node[0])
    require(key[:len(path)] == path, "trie: another key")
    rest = key[len(path):]
    require(not leaf or not rest, "trie: the key is longer than its leaf")
    require(leaf or path, "trie: an extension over nothing")
    return node[1], rest, leaf


def trie_value(root, key, nodes):
    """The value under key that these nodes prove, each of them used; Malformed otherwise."""
    waiting, expected = list(nodes), root
    key, child = nibbles_of(key), None
    while True:
        if child is None or isinstance(child, bytes):
            require(waiting and keccak256(waiting[0]) == expected, "trie: a node does not match its hash")
            child = unrlp(waiting.pop(0))
        child, key, is_value = child_of(child, key)
        if is_value:
            require(not waiting, "trie: nodes beyond the value")
            require(isinstance(child, bytes) and child, "trie: no value")
            return child
        if isinstance(child, bytes):
            require(len(child) == 32, "trie: nothing under this key")
            expected = child
        else:
            require(len(rlp(child)) < 32, "trie: a large node inside another")
