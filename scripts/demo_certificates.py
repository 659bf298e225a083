#!/usr/bin/env python3
"""Writes small, valid PDF certificates for the demonstration: demo_certificates.py FOLDER COUNT."""

import pathlib
import sys

FIRST = ["Nadia", "Élodie", "Karim", "Noël", "Inès", "Bruno", "Chloé", "Dmitri", "Aïcha", "Paul"]
LAST = ["Benali", "Cœur", "Martin", "Lefèvre", "Nguyen", "Rossi", "Dupont", "Okafor", "Silva", "Weber"]
SKILL = ["Data analysis", "First aid", "Welding", "Web development", "Project management"]


def certificate(number: int) -> bytes:
    name = f"{FIRST[number % 10]} {LAST[number // 10 % 10]}"
    lines = [
        (24, "Certificate of Achievement"),
        (16, f"{name}"),
        (14, f"{SKILL[number % 5]}, level {number % 3 + 1}"),
        (14, f"Result: {60 + number % 40}/100"),
        (10, f"Certificate {number:06d} of the Example Institute, 22 November 2026"),
    ]
    text = "BT 72 720 Td " + " ".join(
        f"/F1 {size} Tf ({line}) Tj 0 -40 Td" for size, line in lines) + " ET"
    stream = text.encode("cp1252")
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
        b"/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    out, offsets = bytearray(b"%PDF-1.4\n"), []
    for i, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj%s\nendobj\n" % (i, body)
    xref = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, xref)
    return bytes(out)


def main() -> None:
    folder, count = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(1, count + 1):
        (folder / f"certificate-{number:04d}.pdf").write_bytes(certificate(number))


if __name__ == "__main__":
    main()
