"""MerkleProof2019 proof values: multibase base58btc of CBOR, as Blockcerts verifiers read them."""
from section2 import Malformed, require

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
DIGITS = {character: value for value, character in enumerate(ALPHABET)}
ROOT, TARGET, ANCHORS, PATH = 0, 1, 2, 3
LEFT, RIGHT = 0, 1
CHAIN, NETWORK, TXID = 0, 1, 2
ETHEREUM = 1
ETHEREUM_NETWORKS = {1, 3, 4, 5, 11155111}  # those with a number in the format


CHUNK = 10  # digits taken at once: long numbers are slow to divide


def base58_digits(value):
    digits = ""
    while value:
        value, digit = divmod(value, 58)
        digits = ALPHABET[digit] + digits
    return digits


def base58(data):
    value, digits = int.from_bytes(data, "big"), ""
    while value:
        value, low = divmod(value, 58 ** CHUNK)
        digits = base58_digits(low).rjust(CHUNK, "1") + digits
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + digits.lstrip("1")


def unbase58(text):
    require(set(text) <= DIGITS.keys(), "not base58btc")
    value = 0
    for at in range(0, len(text), CHUNK):
        chunk, low = text[at:at + CHUNK], 0
        for character in chunk:
            low = low * 58 + DIGITS[character]
        value = value * 58 ** len(chunk) + low
    zeros = len(text) - len(text.lstrip("1"))
    return bytes(zeros) + value.to_bytes((value.bit_length() + 7) // 8, "big")


# --- CBOR (RFC 8949), the few types that proof values use: int, bytes, text, array

def cbor_head(major, value):
    if value < 24:
        return bytes([major << 5 | value])
    for size, info in ((1, 24), (2, 25), (4, 26), (8, 27)):
        if value < 1 << (8 * size):
            return bytes([major << 5 | info]) + value.to_bytes(size, "big")
    raise ValueError("too large for CBOR")


def cbor(value):
    if isinstance(value, int):
        return cbor_head(0, value) if value >= 0 else cbor_head(1, -1 - value)
    if isinstance(value, bytes):
        return cbor_head(2, len(value)) + value
    if isinstance(value, str):
        return cbor_head(3, len(value.encode())) + value.encode()
    return cbor_head(4, len(value)) + b"".join(map(cbor, value))


def read_head(data, at):
    require(at < len(data), "CBOR ends early")
    major, info = data[at] >> 5, data[at] & 31
    if info < 24:
        return major, info, at + 1
    require(info <= 27, "CBOR of another kind")
    end = at + 1 + (1 << (info - 24))
    require(end <= len(data), "CBOR ends early")
    return major, int.from_bytes(data[at + 1:end], "big"), end


def text_of(raw):
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed(f"CBOR: {error}") from error


def read_item(data, at, depth=0):
    major, value, at = read_head(data, at)
    require(major <= 4 and depth < 8, "CBOR of another kind")
    if major in (0, 1):
        return (value if major == 0 else -1 - value), at
    if major == 4:
        items = []
        require(value <= len(data), "CBOR ends early")
        for _ in range(value):
            item, at = read_item(data, at, depth + 1)
            items.append(item)
        return items, at
    require(at + value <= len(data), "CBOR ends early")
    raw = data[at:at + value]
    return (raw if major == 2 else text_of(raw)), at + value


def uncbor(data):
    item, end = read_item(data, 0)
    require(end == len(data), "CBOR goes on after its end")
    return item


# --- the proof value

def wrap(text):
    """A byte string that holds the CBOR of a text: the form that the Blockcerts issuer writes."""
    return cbor(text)


def unwrap(data):
    """Text of a value in either known form, text or bytes within a byte string."""
    require(isinstance(data, bytes), "not a byte string")
    inner = uncbor(data)
    require(isinstance(inner, (bytes, str)), "neither text nor bytes")
    return inner.hex() if isinstance(inner, bytes) else inner


def encode(steps, merkle_root, target, chain_id, tx_hash):
    """steps: (side, bytes); the other hashes are bytes. Returns z…"""
    side = {"left": LEFT, "right": RIGHT}
    value = [[PATH, [[side[s], wrap(data.hex())] for s, data in steps]],
             [ROOT, wrap(merkle_root.hex())],
             [TARGET, wrap(target.hex())],
             [ANCHORS, [[[CHAIN, ETHEREUM], [NETWORK, chain_id], [TXID, wrap("0x" + tx_hash.hex())]]]]]
    return "z" + base58(cbor(value))


def pairs(value, known):
    require(isinstance(value, list) and all(isinstance(p, list) and len(p) == 2 for p in value),
            "not an array of pairs")
    members = {key: item for key, item in value if isinstance(key, int)}
    require(len(members) == len(value) and set(members) <= known, "pairs of another kind")
    return members


def decode(text):
    """Returns {"path", "merkleRoot", "targetHash", "anchors": [(chain, network, txid)]}, all text."""
    require(text[:1] == "z", "not multibase base58btc")
    value = pairs(uncbor(unbase58(text[1:])), {ROOT, TARGET, ANCHORS, PATH})
    require(len(value) == 4, "a member is missing")
    path = []
    for step in value[PATH]:
        # One step is [side, hash]: a single pair, not an array of pairs.
        require(isinstance(step, list) and len(step) == 2 and step[0] in (LEFT, RIGHT), "no step")
        path.append(("left" if step[0] == LEFT else "right", unwrap(step[1])))
    anchors = [pairs(anchor, {CHAIN, NETWORK, TXID}) for anchor in value[ANCHORS]]
    return {"path": path, "merkleRoot": unwrap(value[ROOT]), "targetHash": unwrap(value[TARGET]),
            "anchors": [(a.get(CHAIN), a.get(NETWORK), unwrap(a[TXID]) if TXID in a else None)
                        for a in anchors]}
