#!/usr/bin/env python3
"""Writes the tables of common/base58_x4.c, numbers in places of base 58^5, the least significant first: LIMB_POWERS, row i
is 2^(28 i); BLOCK_POWERS, one row after the other with zeros between them, row i is 2^(784 i).

usage: base58_powers.py HEADER
"""
import sys

BASE, LIMBS, ROW, FACTOR, GAP, BLOCKS = 58 ** 5, 28, 32, 27, 48, 30  # as in base58_x4.c


def places(value, n):
    row = []
    for _ in range(n):
        value, place = divmod(value, BASE)
        row.append(place)
    assert value == 0
    return row


with open(sys.argv[1], "w") as out:
    out.write("static const uint32_t LIMB_POWERS[LIMBS][ROW] = {\n")
    for i in range(LIMBS):
        out.write("{%s},\n" % ", ".join(map(str, places(1 << 28 * i, ROW))))
    flat = [0] * GAP
    for i in range(1, BLOCKS):
        flat += places(1 << 28 * LIMBS * i, FACTOR * i) + [0] * GAP
    out.write("};\nstatic const uint32_t BLOCK_POWERS[] = {\n%s};\n" % ", ".join(map(str, flat)))
