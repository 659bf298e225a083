#!/usr/bin/env python3
"""Writes the table of common/base58_x4.c: row i is 2^(28 i) in digits of base 58^5, the least significant first.

usage: base58_powers.py HEADER
"""
import sys

BASE, LIMBS, ROW = 58 ** 5, 26, 28  # as in base58_x4.c

with open(sys.argv[1], "w") as out:
    for i in range(LIMBS + 1):
        value, row = 1 << 28 * i, []
        for _ in range(ROW):
            value, digit = divmod(value, BASE)
            row.append(digit)
        assert value == 0
        out.write("{%s},\n" % ", ".join(map(str, row)))
