"""Keccak-256 and the secp256k1 curve: what addresses and signatures of transactions need. Slow, clear."""
import functools

# --- Keccak-256: the permutation of FIPS 202 with the padding of the competition (0x01)

MASK = (1 << 64) - 1
RATE = 136
ROTATIONS = [0, 1, 62, 28, 27, 36, 44, 6, 55, 20, 3, 10, 43, 25, 39, 41, 45, 15, 21, 8, 18, 2, 61, 56, 14]
# rho and pi in one table: lane x + 5y moves to y + 5(2x + 3y).
MOVES = [(x + 5 * y, y + 5 * ((2 * x + 3 * y) % 5), ROTATIONS[x + 5 * y])
         for y in range(5) for x in range(5)]


def round_constants():
    """The iota constants by their linear feedback shift register (FIPS 202, algorithm 5)."""
    constants, register = [], 1
    for _ in range(24):
        constant = 0
        for j in range(7):
            if register & 1:
                constant |= 1 << ((1 << j) - 1)
            register = (register << 1) ^ (0x171 if register & 0x80 else 0)
        constants.append(constant)
    return constants


ROUNDS = round_constants()


def permute(a):
    b = [0] * 25
    for constant in ROUNDS:
        c = [a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20] for x in range(5)]
        d = [c[x - 1] ^ (c[x - 4] << 1 & MASK) ^ (c[x - 4] >> 63) for x in range(5)]
        for source, target, n in MOVES:
            lane = a[source] ^ d[source % 5]
            b[target] = (lane << n & MASK) | (lane >> (64 - n))
        a = [b[i] ^ (~b[y + (i + 1) % 5] & b[y + (i + 2) % 5])
             for y in range(0, 25, 5) for i in range(y, y + 5)]
        a[0] ^= constant
    return a


@functools.lru_cache(4096)  # tries are hashed again and again
def keccak256(data):
    padded = bytearray(data) + b"\x01" + bytes(-(len(data) + 1) % RATE)
    padded[-1] |= 0x80
    state = [0] * 25
    for start in range(0, len(padded), RATE):
        for i in range(RATE // 8):
            state[i] ^= int.from_bytes(padded[start + 8 * i:start + 8 * i + 8], "little")
        state = permute(state)
    return b"".join(lane.to_bytes(8, "little") for lane in state[:4])


# --- secp256k1 (SEC 2): y^2 = x^3 + 7; points are (x, y, z) in Jacobian form, z = 0 at infinity

P = 2**256 - 2**32 - 977
N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
G = (0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
     0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8, 1)
INFINITY = (0, 1, 0)


def double(p):
    x, y, z = p
    if z == 0:
        return INFINITY
    s, m = 4 * x * y * y % P, 3 * x * x % P
    x3 = (m * m - 2 * s) % P
    return x3, (m * (s - x3) - 8 * y ** 4) % P, 2 * y * z % P


def add(p, q):
    if p[2] == 0 or q[2] == 0:
        return q if p[2] == 0 else p
    (x1, y1, z1), (x2, y2, z2) = p, q
    u1, u2 = x1 * z2 * z2 % P, x2 * z1 * z1 % P
    s1, s2 = y1 * z2 ** 3 % P, y2 * z1 ** 3 % P
    if u1 == u2:
        return double(p) if s1 == s2 else INFINITY
    h, r = (u2 - u1) % P, (s2 - s1) % P
    x3 = (r * r - h ** 3 - 2 * u1 * h * h) % P
    return x3, (r * (u1 * h * h - x3) - s1 * h ** 3) % P, h * z1 * z2 % P


def multiply(point, k):
    result = INFINITY
    for bit in bin(k % N)[2:]:
        result = double(result)
        if bit == "1":
            result = add(result, point)
    return result


def affine(point):
    x, y, z = point
    if z == 0:
        raise ValueError("the point at infinity")
    inverse = pow(z, -1, P)
    return x * inverse * inverse % P, y * inverse ** 3 % P


def address_of(point):
    x, y = affine(point)
    return keccak256(x.to_bytes(32, "big") + y.to_bytes(32, "big"))[12:]


def address_of_key(secret):
    return address_of(multiply(G, secret))


def sign(digest, secret, nonce):
    """(y parity, r, s) with low s. The nonce is the caller's: for made-up test data only."""
    z = int.from_bytes(digest, "big")
    x, y = affine(multiply(G, nonce))
    r = x % N
    s = pow(nonce, -1, N) * (z + r * secret) % N
    assert r == x and s != 0
    return (y & 1, r, s) if s <= N // 2 else (1 - (y & 1), r, N - s)


def recover(digest, parity, r, s):
    """The address that signed; ValueError if nobody can have."""
    if not (0 < r < N and 0 < s <= N // 2):
        raise ValueError("r or s out of range, or a high s")
    square = (r ** 3 + 7) % P
    y = pow(square, (P + 1) // 4, P)
    if y * y % P != square:
        raise ValueError("r is not on the curve")
    point = (r, y if y & 1 == parity else P - y, 1)
    z, inverse = int.from_bytes(digest, "big"), pow(r, -1, N)
    return address_of(add(multiply(G, -z * inverse), multiply(point, s * inverse)))
