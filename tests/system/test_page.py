"""The status page: two languages, nothing from elsewhere, what is shown and what is not; in a browser where there is one."""
import hashlib
import html.parser
import os
import shutil
import struct
import subprocess
import zlib

import hm

VOID = {"meta", "link"}
BROWSER = shutil.which("chromium")


class Page(html.parser.HTMLParser):
    """Elements properly nested, the text of cells, everything that names another resource."""

    def __init__(self, text):
        super().__init__()
        self.open, self.links, self.rows, self.tags, self.cell = [], [], {}, set(), None
        self.feed(text)
        assert not self.open, f"not closed: {self.open}"

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.links += [value for name, value in attributes if name in ("href", "src", "action", "style") or name.startswith("on")]
        if tag not in VOID:
            self.open.append(tag)
        if tag in ("th", "td"):
            self.cell = ""

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag
        if tag == "th":
            self.name = self.cell
        elif tag == "td":
            self.rows[self.name] = self.cell

    def handle_data(self, data):
        if self.open and self.open[-1] in ("th", "td"):
            self.cell += data


def pixels(png):
    """Rows of (r, g, b) of a picture as chromium writes it: 8 bits a channel, not interlaced."""
    chunks, at = {}, 8
    while at < len(png):
        size, kind = struct.unpack(">I4s", png[at:at + 8])
        chunks[kind] = chunks.get(kind, b"") + png[at + 8:at + 8 + size]
        at += size + 12
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert (depth, interlaced) == (8, 0) and colour in (2, 6)
    step = 3 if colour == 2 else 4
    data, above, rows = zlib.decompress(chunks[b"IDAT"]), bytes(width * step), []
    for y in range(height):
        start = y * (width * step + 1)
        kind, row = data[start], bytearray(data[start + 1:start + 1 + width * step])
        for x in range(len(row)):
            left, corner = (row[x - step], above[x - step]) if x >= step else (0, 0)
            if kind == 4:
                guess = left + above[x] - corner
                add = min((left, above[x], corner), key=lambda value: abs(guess - value))
            else:
                add = (0, left, above[x], (left + above[x]) // 2)[kind]
            row[x] = (row[x] + add) & 255
        rows.append([tuple(row[x:x + 3]) for x in range(0, len(row), step)])
        above = row
    return rows


class PageTest(hm.Case):
    def setUp(self):
        super().setUp()
        self.chain, self.daemon = hm.world(self, settings={"batch.max_age": "1h"})
        self.daemon.start()

    def get(self, path="/", language=None):
        return self.daemon.client.request("GET", path, headers={"Accept-Language": language} if language else {})

    def test_what_it_says(self):
        target = hashlib.sha256(b"a").hexdigest()
        self.daemon.client.submit(target)
        self.daemon.ctl_ok("flush")
        self.daemon.wait_final(target)
        reply = self.get(language="en")
        page = Page(reply.body.decode())
        status = self.daemon.status()
        self.assertEqual((page.rows["Hashes accepted"], page.rows["Waiting for a batch"]), ("1", "0"))
        self.assertEqual((page.rows["Last final anchor"], page.rows["final since"]), ("1", status["lastFinalAt"]))
        self.assertEqual(page.rows["Newest anchored value"], status["anchored"])
        self.assertEqual(page.rows["Key that anchors"], self.daemon.address)
        self.assertEqual(page.rows["Registry contract"].lower(), hm.REGISTRY.lower())
        self.assertEqual(page.rows["Sources of the chain"], "they agree")
        for private in (self.chain.url, self.chain.url.split("//")[1], str(self.daemon.folder), target):
            self.assertNotIn(private, reply.body.decode())
        self.chain.stop()
        self.daemon.client.submit(hashlib.sha256(b"b").hexdigest())
        self.daemon.ctl_ok("flush")
        hm.until("trouble on the page", lambda: b'class="state bad"' in self.get().body)
        self.assertIn("too few answer", self.get().body.decode())
        self.assertIn("Not fully in service: no chain endpoint answers;", self.get(language="en").body.decode())
        french = self.get(language="fr").body.decode()
        self.assertIn("Service incomplet : aucun nœud de la chaîne ne répond ;", french)
        self.assertNotIn("endpoint", french)

    def test_languages(self):
        for path, accepted, code in (("/", None, "en"), ("/", "fr", "fr"), ("/", "fr-CA,en;q=0.8", "fr"), ("/", "en;q=0.5, FR;q=0.9", "fr"),
                                     ("/", "de,en", "en"), ("/", "fra, x", "en"), ("/", "fr;q=0", "en"), ("/", ",;q=,", "en"),
                                     ("/?lang=fr", "en", "fr"), ("/?lang=en", "fr", "en"), ("/?lang=de", "fr", "fr")):
            reply = self.get(path, accepted)
            self.assertEqual(reply.headers["Content-Language"], code, (path, accepted))
            self.assertIn(f'<html lang="{code}">'.encode(), reply.body)
        english, french = Page(self.get("/?lang=en").body.decode()), Page(self.get("/?lang=fr").body.decode())
        self.assertEqual(len(english.rows), len(french.rows))
        self.assertIn("Empreintes acceptées", french.rows)

    def test_nothing_from_elsewhere(self):
        reply = self.get()
        policy = dict(part.strip().split(" ", 1) for part in reply.headers["Content-Security-Policy"].split(";"))
        self.assertEqual(policy, {"default-src": "'none'", "style-src": "'self'", "base-uri": "'none'", "form-action": "'none'",
                                  "frame-ancestors": "'none'"})
        self.assertEqual(reply.headers["Content-Type"], "text/html; charset=utf-8")
        self.assertEqual(reply.headers["X-Content-Type-Options"], "nosniff")
        page = Page(reply.body.decode())
        self.assertFalse(page.tags & {"script", "iframe", "img", "object", "form", "style"})
        for link in page.links:
            self.assertRegex(link, r"^/[a-z0-9./?=]*$")
        style = self.get("/style.css")
        self.assertEqual((style.status, style.headers["Content-Type"]), (200, "text/css; charset=utf-8"))
        self.assertNotIn(b"url(", style.body)
        self.assertNotIn(b"@import", style.body)
        self.assertEqual(self.daemon.client.request("HEAD", "/").status, 200)
        self.assertEqual(self.daemon.client.post("", path="/").status, 405)

    def test_in_a_browser(self):
        if BROWSER is None:
            self.skipTest("chromium is absent (scripts/setup --full)")
        shots = os.environ.get("HALLMARK_SCREENSHOTS", str(self.folder))
        for language in ("en", "fr"):
            for name, size in (("desktop", "1200,1300"), ("phone", "500,1900")):
                shot = f"{shots}/page-{language}-{name}.png"
                made = self.browse(f"/?lang={language}", f"--screenshot={shot}", f"--window-size={size}")
                self.assertNotIn("Content Security Policy", made.stderr)
                with open(shot, "rb") as image:
                    self.assertGreater(len(image.read()), 10000, "an empty page would be smaller")
        dom = self.browse("/?lang=fr", "--dump-dom").stdout
        self.assertIn("Empreintes acceptées", dom)

    def test_on_a_phone_by_day_and_night(self):
        """Nothing runs into the margin, and the background is what the reader's system asks for."""
        if BROWSER is None:
            self.skipTest("chromium is absent (scripts/setup --full)")
        shots = os.environ.get("HALLMARK_SCREENSHOTS", str(self.folder))
        for width, language, night in ((360, "fr", False), (360, "en", True), (480, "fr", True)):
            shot = f"{shots}/page-{language}-{width}-{'night' if night else 'day'}.png"
            self.browse(f"/?lang={language}", f"--screenshot={shot}", f"--window-size={width},1500",
                        *(["--blink-settings=preferredColorScheme=0"] if night else []), mode="old")  # "new" is never this narrow
            with open(shot, "rb") as image:
                rows = pixels(image.read())
            background = (0x15, 0x18, 0x1c) if night else (255, 255, 255)
            self.assertEqual(len(rows[0]), width)
            self.assertEqual({pixel for row in rows for pixel in row[:12] + row[-12:]}, {background}, shot)
            self.assertGreater(len({pixel for row in rows for pixel in row}), 2, "nothing is shown")

    def browse(self, path, *options, mode="new"):
        made = subprocess.run([BROWSER, f"--headless={mode}", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                               "--hide-scrollbars", "--enable-logging=stderr", f"--user-data-dir={self.folder}/profile", *options,
                               f"http://{self.daemon.http}{path}"], capture_output=True, text=True, timeout=120)
        self.assertEqual(made.returncode, 0, made.stderr[-2000:])
        return made


if __name__ == "__main__":
    hm.main()
