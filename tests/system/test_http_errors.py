"""Every bad request over HTTP: its status, its stable code, its headers, and that nothing of it is kept."""
import hashlib
import json
import socket

import hm

GOOD = "ab" * 32


def digest(text):
    return hashlib.sha256(str(text).encode()).hexdigest()


class ErrorCase(hm.Case):
    """A daemon without a chain is enough: refusing needs none."""

    settings = {"batch.max_age": "1h", "http.max_body": "4K", "http.max_bulk_body": "64K",
                "http.max_connections": 40}

    def setUp(self):
        super().setUp()
        self.daemon = hm.Daemon(self, "http://127.0.0.1:1", self.settings)
        self.client = self.daemon.start()

    def refused(self, reply, status, code):
        """RFC 9457, with our code."""
        self.assertEqual((reply.status, reply.headers["Content-Type"]), (status, "application/problem+json"), reply.body)
        problem = reply.json()
        self.assertEqual((problem["status"], problem["code"]), (status, code), problem)
        self.assertTrue(problem["title"] and problem["type"].endswith(code), problem)
        return problem

    def be_impatient(self):
        """Only where a request is never whole: elsewhere a machine that stalls must not make one late."""
        self.assertEqual(self.daemon.stop(), 0)
        self.daemon.configure(http__request_timeout="500ms")
        self.client = self.daemon.start()

    def accepted(self):
        return self.daemon.status()["accepted"]


class BodyTest(ErrorCase):
    def test_single(self):
        cases = {
            "not hex": ({"hash": "zz" * 32}, "bad-hash"), "too short": ({"hash": "ab" * 31}, "bad-hash"),
            "too long": ({"hash": "ab" * 33}, "bad-hash"), "upper case": ({"hash": "AB" * 32}, "bad-hash"),
            "with 0x": ({"hash": "0x" + GOOD}, "bad-hash"), "0x within 64": ({"hash": "0x" + GOOD[2:]}, "bad-hash"),
            "space": ({"hash": " " + GOOD[1:]}, "bad-hash"), "NUL": ({"hash": "\0" + GOOD[1:]}, "bad-hash"),
            "number": ({"hash": 5}, "bad-json"), "null": ({"hash": None}, "bad-json"),
            "no hash": ({"hsah": GOOD}, "bad-json"), "array": ([GOOD], "bad-json"), "string": (GOOD, "bad-json"),
            "unknown rule": ({"hash": GOOD, "rule": "raw"}, "bad-rule"),
            "rule of another type": ({"hash": GOOD, "rule": 1}, "bad-rule"),
        }
        for name, (body, code) in cases.items():
            with self.subTest(name):
                self.refused(self.client.post(json.dumps(body)), 400, code)
        texts = {"nothing": "", "half": '{"hash":"', "key twice": '{"hash":"%s","hash":"%s"}' % (GOOD, GOOD),
                 "two values": '{"hash":"%s"}{}' % GOOD, "not UTF-8": b'{"hash":"\xff"}', "deep": "[" * 3000,
                 "bare word": GOOD, "comment": "// " + GOOD}
        for name, body in texts.items():
            with self.subTest(name):
                self.refused(self.client.post(body), 400, "bad-json")
        self.assertEqual(self.accepted(), 0)

    def test_bulk(self):
        lines = [digest(i) for i in range(10)]
        for bad in ("zz" * 32, lines[0].upper(), "0x" + lines[0], "", lines[0][:-1], '{"hash":"x"}', "[]", "{", "\t"):
            with self.subTest(line=bad):
                body = "\n".join(lines[:2] + [bad] + lines[3:])
                problem = self.refused(self.client.post(body, "application/x-ndjson"), 400, "bad-hash"
                                       if bad not in ("{",) else "bad-json")
                self.assertEqual(problem["line"], 3)
                self.assertIn("line 3", problem["detail"])
        problem = self.refused(self.client.post('\n'.join(lines[:4] + ['{"hash":"%s","rule":"x"}' % GOOD]),
                                                "application/x-ndjson"), 400, "bad-rule")
        self.assertEqual(problem["line"], 5)
        self.refused(self.client.post("", "application/x-ndjson"), 400, "empty-body")
        self.refused(self.client.post(b"", "application/octet-stream"), 400, "empty-body")
        for size in (1, 31, 33, 32 * 9 + 31):
            self.refused(self.client.post(bytes(size), "application/octet-stream"), 400, "bad-length")
        self.assertEqual(self.accepted(), 0)
        for i in range(10):
            self.refused(self.client.get(f"/v1/hashes/{lines[i]}"), 404, "unknown-hash")

    def test_too_large(self):
        self.refused(self.client.post(json.dumps({"hash": GOOD, "x": "y" * 5000})), 413, "body-too-large")
        self.refused(self.client.post(GOOD + "\n" + "y" * 70000, "application/x-ndjson"), 413, "body-too-large")
        self.refused(self.client.post(bytes(64 * 1024 + 32), "application/octet-stream"), 413, "body-too-large")
        self.assertEqual(self.accepted(), 0)
        self.assertEqual(self.client.post(bytes(range(256)) * 128, "application/octet-stream").status, 202)

    def test_content_type(self):
        for kind in (None, "text/plain", "application/x-www-form-urlencoded", "application/jsonx", "json", ""):
            with self.subTest(kind):
                self.refused(self.client.post(json.dumps({"hash": GOOD}), kind), 415, "unsupported-content-type")
        self.assertEqual(self.accepted(), 0)
        for kind in ("application/json; charset=utf-8", "Application/JSON"):
            self.assertIn(self.client.post(json.dumps({"hash": GOOD}), kind).status, (200, 202))


class PathTest(ErrorCase):
    def test_wrong_method_names_the_right_ones(self):
        for path, allow in (("/v1/hashes", "POST"), ("/v1/log", "GET, HEAD"), (f"/v1/proofs/{GOOD}", "GET, HEAD"),
                            ("/v1/batches", "GET, HEAD"), ("/healthz", "GET, HEAD")):
            for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "GET" if allow == "POST" else "POST"):
                with self.subTest(f"{method} {path}"):
                    reply = self.client.request(method, path)
                    self.refused(reply, 405, "method-not-allowed")
                    self.assertEqual(reply.headers["Allow"], allow)

    def test_nothing_there(self):
        for path in ("/v1", "/v1/", "/v2/log", "/v1/hash", "/v1/hashes/", f"/v1/hashes/{GOOD}/", "/v1/batches/",
                     "/v1/batches/1/", "/v1/batches/1/root", "//v1/log", "/v1/log/", "/healthz/x", "/V1/log", "/%2e%2e/etc"):
            with self.subTest(path):
                self.refused(self.client.get(path), 404, "unknown-path")

    def test_unknown_things(self):
        self.refused(self.client.get(f"/v1/hashes/{GOOD}"), 404, "unknown-hash")
        self.refused(self.client.get(f"/v1/proofs/{GOOD}"), 404, "unknown-hash")
        for part in ("", "/leaves", "/annex"):
            self.refused(self.client.get(f"/v1/batches/1{part}"), 404, "unknown-batch")
            self.refused(self.client.get(f"/v1/batches/18446744073709551615{part}"), 404, "unknown-batch")

    def test_arguments_that_are_none(self):
        for bad in ("x", GOOD[:-1], GOOD + "0", GOOD.upper(), "0x" + GOOD, "0x" + GOOD[2:], "z" * 64, "a" * 3000, "%00" * 64):
            for what in ("hashes", "proofs"):
                with self.subTest(f"{what}/{bad[:70]}"):
                    self.refused(self.client.get(f"/v1/{what}/{bad}"), 400, "bad-hash")
        for bad in ("x", "-1", "01", "1x", "18446744073709551616", "1" * 70, "1e3", "+1"):
            with self.subTest(f"batches/{bad}"):
                self.refused(self.client.get(f"/v1/batches/{bad}"), 400, "bad-number")
        for query in ("limit=0", "limit=1001", "limit=x", "limit=", "after=-1", "after=x", "limit=1&limit=2",
                      "after=18446744073709551616"):
            with self.subTest(query):
                self.refused(self.client.get(f"/v1/batches?{query}"), 400, "bad-number")

    def test_head_is_get_without_its_body(self):
        for path in ("/v1/log", "/v1/batches", "/healthz"):
            reply = self.client.request("HEAD", path)
            self.assertEqual((reply.status, reply.body), (200, b""))
            self.assertEqual(reply.headers["Content-Length"], str(len(self.client.get(path).body)))


class FramingTest(ErrorCase):
    """What must be sent as bytes: each on a connection of its own."""

    def status_and_code(self, data):
        said = self.client.raw(data)
        head, _, body = said.partition(b"\r\n\r\n")
        self.assertTrue(head.startswith(b"HTTP/1.1 "), said)
        return int(head.split()[1]), json.loads(body).get("code") if body.startswith(b"{") else None

    def post(self, *headers, body=b""):
        return b"".join([b"POST /v1/hashes HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\n",
                         *(header + b"\r\n" for header in headers), b"\r\n", body])

    def test_framing_that_could_smuggle(self):
        body = bytes(32)
        chunked = b"20\r\n" + body + b"\r\n0\r\n\r\n"
        cases = {
            "length and encoding": (b"Content-Length: 32", b"Transfer-Encoding: chunked"),
            "encoding and length": (b"Transfer-Encoding: chunked", b"Content-Length: 32"),
            "two lengths": (b"Content-Length: 32", b"Content-Length: 32"),
            "two other lengths": (b"Content-Length: 32", b"Content-Length: 0"),
            "unknown encoding": (b"Transfer-Encoding: gzip",), "two encodings": (b"Transfer-Encoding: gzip, chunked",),
            "encoding twice": (b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"),
            "odd spelling": (b"Transfer-Encoding: xchunked",),
        }
        for name, headers in cases.items():
            with self.subTest(name):
                data = body if not any(b"chunked" in header for header in headers) else chunked
                status, code = self.status_and_code(self.post(*headers, body=data))
                self.assertEqual((status, code), (400, "ambiguous-framing"))
        self.assertEqual(self.accepted(), 0)

    def test_lengths_that_are_none(self):
        """libmicrohttpd refuses these itself, in words of its own."""
        for length in (b"32, 32", b"+32", b"0x20", b"-1", b"99999999999999999999", b"", b"32 32"):
            with self.subTest(length):
                status, code = self.status_and_code(self.post(b"Content-Length: " + length, body=bytes(32)))
                self.assertIn((status, code), ((400, None), (400, "ambiguous-framing"), (413, None)))
        self.assertEqual(self.accepted(), 0)

    def test_headers_that_are_none(self):
        length = b"Content-Length: 32"
        for name, header in {"space before colon": b"X : y", "folded": b"X: y\r\n z", "no colon": b"nonsense",
                             "bare LF": b"X: y\nY: z", "NUL": b"X: \0"}.items():
            with self.subTest(name):
                status, code = self.status_and_code(self.post(length, header, body=bytes(32)))
                self.assertEqual(status, 400)
                self.assertIn(code, ("malformed-header", "ambiguous-framing", None))
        self.assertEqual(self.accepted(), 0)

    def test_a_chunked_body_is_fine(self):
        data = self.post(b"Transfer-Encoding: chunked", b"Connection: close",
                         body=b"10\r\n" + bytes(16) + b"\r\n10\r\n" + bytes(16) + b"\r\n0\r\n\r\n")
        self.assertEqual(self.status_and_code(data)[0], 202)

    def test_a_header_too_long(self):
        status, _ = self.status_and_code(self.post(b"X: " + b"y" * 100_000))
        self.assertIn(status, (413, 414, 431))
        status, _ = self.status_and_code(b"GET /" + b"y" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        self.assertIn(status, (413, 414, 431))
        self.assertEqual(self.client.get("/healthz").status, 200)

    def test_garbage_harms_nobody(self):
        self.be_impatient()
        for data in (b"\0" * 1000, b"\x16\x03\x01\x02\x00\x01\x00", b"GET\r\n\r\n", b"\r\n" * 5000, b"GET / HTTP/9.9\r\n\r\n"):
            self.client.raw(data)
        self.assertEqual(self.client.get("/healthz").status, 200)

    def test_a_request_that_is_not_whole_in_time(self):
        self.be_impatient()
        for data in (b"GET /v1/log HTTP/1.1\r\nHost: x\r\n", self.post(b"Content-Length: 64", body=bytes(32))):
            said = self.client.raw(data, whole=False)
            self.assertTrue(said.startswith(b"HTTP/1.1 408 "), said)
            self.assertEqual(json.loads(said.partition(b"\r\n\r\n")[2])["code"], "request-timeout")
        self.assertEqual(self.accepted(), 0)

    def test_too_many_connections(self):
        """One too many is closed at once; those that are there are served."""
        held = [socket.create_connection((self.client.host, self.client.port)) for _ in range(39)]
        for connection in held:
            self.addCleanup(connection.close)
        self.assertEqual(self.client.get("/healthz").status, 200)  # the fortieth
        hm.until("one too many is closed", lambda: self.client.raw(b"", whole=False) == b"")
        self.assertEqual(self.client.get("/healthz").status, 200)
        held.pop().close()
        one_more = hm.Client(self.client.host, self.client.port)
        self.addCleanup(one_more.close)

        def served():
            try:
                return one_more.get("/healthz").status == 200
            except OSError:
                return False

        hm.until("a place is free again", served)


if __name__ == "__main__":
    hm.main()
