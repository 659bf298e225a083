"""The same credential in every wrapping that people hand in, and what is said of those they have mangled."""
import base64
import io
import json
import os
import struct
import subprocess
import threading
import zipfile
import zlib

import hm
import test_blockcerts
from test_blockcerts import open_badge

GENUINE = (0, ["genuine"])


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(*chunks):
    rows = zlib.compress(b"\0\xff\xff\xff")
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", bytes([0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0])) + chunk(b"IDAT", rows)
            + b"".join(chunk(*c) for c in chunks) + chunk(b"IEND", b""))


def svg(element):
    return (f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0">'
            f"{element}<path d='M0 0'/></svg>")


def archive(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, data in members.items():
            z.writestr(name, data)
    return out.getvalue()


class WrappedTest(test_blockcerts.BlockcertsTest):
    test_success_and_one_altered_field = test_a_verification_method_of_the_issuer = None

    def setUp(self):
        super().setUp()
        self.start()
        copy = self.issue({"badge": open_badge(self.issuer)})["badge"]
        self.text = copy.read_text()
        self.bytes = self.text.encode()
        self.proof = (self.folder / "out/badge.json.proof.json").read_bytes()

    def put(self, name, data):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return path

    def verdicts(self, *arguments, **options):
        code, results = self.verify(*arguments, **options)
        return code, [result["authenticity"] for result in results]

    def codes(self, path):
        code, results = self.verify(path)
        return code, [(result["authenticity"], result["code"]) for result in results]

    def test_wrappings(self):
        keyword = b"openbadgecredential\0"
        for name, data in {
                "itxt.png": png((b"iTXt", keyword + b"\0\0\0\0" + self.bytes)),
                "packed.png": png((b"iTXt", keyword + b"\1\0en\0badge\0" + zlib.compress(self.bytes))),
                "text.png": png((b"tEXt", b"openbadges\0" + self.bytes)),
                "body.svg": svg(f"<openbadges:credential><![CDATA[{self.text}]]></openbadges:credential>"),
                "space.json": "\n \t" + self.text + "\n"}.items():
            with self.subTest(name):
                self.assertEqual(self.verdicts(self.put(name, data)), GENUINE)
        code, results = self.verify(self.put("several.zip", archive({
            "a.json": self.text, "b/badge.png": png((b"iTXt", keyword + b"\0\0\0\0" + self.bytes)),
            "c.json": json.dumps(open_badge(self.issuer)), "c.json.proof.json": self.proof,
            "d.json": self.text.replace("84 of", "94 of"), "__MACOSX/._a.json": b"clutter"})))
        names = [result["file"].rsplit("several.zip", 1)[1] for result in results]
        self.assertEqual(names, ["/a.json", "/b/badge.png", "/c.json", "/d.json"])
        # The third has our own proof document with it: sound, by an issuer that no trust list names.
        self.assertEqual([result["authenticity"] for result in results],
                         ["genuine", "genuine", "unknown-issuer", "not-genuine"])
        self.assertEqual(code, 1)

    def test_folder_standard_input_and_pipe(self):
        self.put("folder/one.json", self.text)
        self.put("folder/two.json", json.dumps(open_badge(self.issuer)))
        self.put("folder/two.json.proof.json", self.proof)
        self.put("folder/.hidden", "x")
        self.assertEqual(self.verdicts(self.folder / "folder"), (4, ["genuine", "unknown-issuer"]))
        self.assertEqual(self.verdicts("-", stdin=self.text), GENUINE)
        self.assertEqual(self.verdicts("/dev/stdin", stdin=self.text), GENUINE)
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        threading.Thread(target=pipe.write_text, args=(self.text,), daemon=True).start()
        self.assertEqual(self.verdicts(pipe), GENUINE)
        self.assertEqual(self.verdicts("--proof", self.folder / "out/badge.json.proof.json", "-",
                                       stdin=json.dumps(open_badge(self.issuer))), (4, ["unknown-issuer"]))
        self.assertEqual(self.verdicts(self.folder / "folder/absent.json")[0], 66)

    def test_a_terminal_sees_how_far_it_is(self):
        """On a terminal a bar, on standard error only; nothing of it in the answers."""
        for i in range(5):
            self.put(f"many/{i}.json", self.text)
        done, said = hm.on_terminal([hm.program("hallmark"), "verify", "--json", "--offline", self.folder / "many"],
                                    stdout=subprocess.PIPE)
        self.assertEqual(len([json.loads(line) for line in done.stdout.splitlines()]), 5)
        self.assertIn(b"0/5", said)
        self.assertTrue(said.endswith(b"\r\x1b[K"), said)

    def test_what_was_mangled_is_diagnosed(self):
        typographic = self.text.replace('": "', '”: “')
        for name, data, code, exit in (
                ("screenshot.png", png(), "HM-1401", 2),
                ("scan.jpg", b"\xff\xd8\xff\xe0" + bytes(100), "HM-1401", 2),
                ("print.pdf", b"%PDF-1.7\n", "HM-1402", 2),
                ("link.txt", "https://example.org/badges/1\n", "HM-1403", 65),
                ("empty.json", "", "HM-1404", 65),
                ("word.json", typographic, "HM-1410", 65),
                ("page.html", f"<!DOCTYPE html><pre>{self.text}</pre>", "HM-1411", 65),
                ("cut.json", self.text[:-40], "HM-1412", 65),
                ("base64.txt", base64.encodebytes(self.bytes), "HM-1413", 65),
                ("mail.txt", self.text.replace("criteria", "crit\neria"), "HM-1414", 65),
                ("wide.txt", self.text.encode("utf-16"), "HM-1415", 65),
                ("twice.png", png(*[(b"tEXt", b"openbadges\0" + self.bytes)] * 2), "HM-1420", 65),
                ("cut.png", png((b"tEXt", b"openbadges\0" + self.bytes))[:200], "HM-1421", 65),
                ("cut.zip", archive({"a.json": self.text})[:-5], "HM-1430", 65),
                ("empty.zip", archive({}), "HM-1431", 65),
                ("nested.zip", archive({"inner.zip": archive({"a.json": self.text})}), "HM-1432", 2)):
            with self.subTest(name):
                self.assertEqual(self.codes(self.put(name, data)), (exit, [("could-not-check", code)]))
                french = hm.run_program("hallmark", "verify", "--lang", "fr", "--offline", self.folder / name).stdout
                self.assertIn("N’A PAS PU ÊTRE VÉRIFIÉ", french)


if __name__ == "__main__":
    hm.main(hm.ANVIL, hm.program("hallmarkd"), hm.program("hallmark"))
