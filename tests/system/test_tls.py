"""HTTPS by our own server: certificates read again while it runs, bad ones refused."""
import http.client
import signal
import ssl
import subprocess
import urllib.error
import urllib.request

import hm


def make_pair(folder, name):
    """(certificate, key): self-signed, for 127.0.0.1."""
    cert, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert],
                   check=True, capture_output=True)
    return cert, key


class TlsTest(hm.Case):
    def setUp(self):
        super().setUp()
        self.first, self.second = make_pair(self.folder, "first"), make_pair(self.folder, "second")
        self.cert, self.key = self.folder / "cert.pem", self.folder / "key.pem"
        self.install(self.first)
        self.daemon = hm.Daemon(self, "http://127.0.0.1:1", {"http.tls_cert": self.cert, "http.tls_key": self.key})

    def install(self, pair):
        self.cert.write_bytes(pair[0].read_bytes())
        self.key.write_bytes(pair[1].read_bytes())

    def ask(self, trusted, path="/healthz", data=None):
        context = ssl.create_default_context(cafile=str(trusted[0]))
        request = urllib.request.Request(f"https://{self.daemon.http}{path}", data, {"Content-Type": "application/octet-stream"})
        with urllib.request.urlopen(request, context=context, timeout=hm.DEADLINE) as reply:
            return reply.status, reply.read()

    def reload(self, event):
        start = len(self.daemon.process.lines)
        self.daemon.process.signal(signal.SIGHUP)
        return self.daemon.process.wait_line(f"event={event}.*", start=start)[0]

    def test_certificates_are_read_again(self):
        self.daemon.start()
        self.assertEqual(self.ask(self.first)[0], 200)
        self.assertEqual(self.ask(self.first, "/v1/hashes", bytes(range(32)) * 20000)[0], 202)
        with self.assertRaises(urllib.error.URLError):
            self.ask(self.second)
        self.install(self.second)
        self.assertEqual(self.ask(self.first)[0], 200, "nothing changes without a reload")
        self.reload("reloaded")
        self.assertEqual(self.ask(self.second)[0], 200)
        with self.assertRaises(urllib.error.URLError):
            self.ask(self.first)
        self.key.write_bytes(self.first[1].read_bytes())
        self.assertIn("is not the key of", self.reload("reload-refused"))
        self.assertEqual(self.ask(self.second)[0], 200, "the old pair stays")
        for _ in range(5):
            self.install(self.first)
            self.reload("reloaded")
            self.assertEqual(self.ask(self.first)[0], 200)
        with self.assertRaises((OSError, http.client.HTTPException)):  # plain HTTP is not spoken there
            urllib.request.urlopen(f"http://{self.daemon.http}/healthz", timeout=hm.DEADLINE)
        self.assertEqual(self.daemon.stop(), 0)

    def check(self):
        said = hm.run_program("hallmarkd", "-c", self.daemon.conf, "--check-config")
        return said.returncode, said.stderr

    def test_check_config(self):
        self.assertEqual(self.check(), (0, ""))
        self.key.write_bytes(self.second[1].read_bytes())
        status, said = self.check()
        self.assertEqual(status, 1)
        self.assertIn("is not the key of", said)
        self.key.write_text("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
        self.assertIn("holds no good key", self.check()[1])
        self.cert.write_text("nothing")
        self.assertIn("holds no good certificate", self.check()[1])
        self.cert.write_text("")
        self.assertIn("is empty", self.check()[1])
        self.cert.unlink()
        self.assertIn("No such file", self.check()[1])
        self.daemon.launch()
        self.assertNotEqual(self.daemon.process.wait(), 0)
        self.daemon.process.wait_line("No such file")


if __name__ == "__main__":
    hm.main(hm.program("hallmarkd"), hm.program("hallmarkctl"))
