"""The nginx and Caddy examples, with the real servers in front of a real daemon."""
import hashlib
import http.client
import json
import os
import re
import socket
import shutil
import ssl
import sys
import unittest

import hm
from test_tls import make_pair

PROXIES = hm.ROOT / "config" / "proxy"


def target(name):
    return hashlib.sha256(name.encode()).hexdigest()


class ProxyTest(hm.Case):
    def setUp(self):
        super().setUp()
        self.chain, self.daemon = hm.world(self, settings={"batch.max_age": "1h"})
        self.daemon.start()

    def swap(self, text, *pairs):
        """The example with what differs here; each must be there."""
        for old, new in pairs:
            self.assertIn(old, text)
            text = text.replace(old, new)
        return text

    def request(self, method, path, body=None, headers=None):
        context = ssl.create_default_context(cafile=self.ca)
        context.check_hostname = False
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=context, timeout=hm.DEADLINE)
        self.addCleanup(connection.close)
        connection.request(method, path, body, {"Host": "certif.example.fr", **(headers or {})})
        return connection.getresponse()

    def judge(self):
        """What must work through any front."""
        raw = {"Content-Type": "application/octet-stream"}
        self.assertEqual(self.request("POST", "/v1/hashes", json.dumps({"hash": target("a")}),
                                      {"Content-Type": "application/json"}).status, 202)
        self.assertEqual(self.request("POST", "/v1/hashes", os.urandom(3 << 20), raw).status, 202)
        self.assertEqual(self.request("GET", f"/v1/hashes/{target('a')}").status, 200)
        self.assertEqual(json.loads(self.request("GET", f"/v1/proofs/{target('a')}").read())["code"], "not-sealed")
        self.assertEqual(self.request("GET", "/metrics").status, 200, "from this machine")
        stream = self.request("GET", "/v1/events")
        self.assertEqual((stream.status, stream.headers["Content-Type"]), (200, "text/event-stream"))
        self.assertTrue(stream.readline().startswith(b"retry: "), "not held back by the front")
        self.daemon.ctl_ok("flush")
        line = b""
        while not re.match(rb'data: .*"status":"final"', line):
            line = stream.readline()
            self.assertNotEqual(line, b"", "the stream ended")
        proof = json.loads(self.request("GET", f"/v1/proofs/{target('a')}").read())
        self.assertEqual((proof["type"], proof["status"]), ("HallmarkProof", "final"))
        self.assertEqual(self.daemon.stop(), 0)
        self.assertIn(self.request("GET", "/v1/log").status, (502, 503, 504))

    @unittest.skipUnless(shutil.which("nginx"), "nginx is absent (scripts/setup --full)")
    def test_nginx(self):
        cert, key = make_pair(self.folder, "front")
        self.ca, self.port = str(cert), hm.reserved_port(self)
        site = self.swap((PROXIES / "nginx.conf").read_text(), ("127.0.0.1:8420", self.daemon.http),
                         ("listen 443 ssl", f"listen 127.0.0.1:{self.port} ssl"), ("    listen [::]:443 ssl http2;\n", ""),
                         ("/etc/ssl/certif.example.fr.pem", str(cert)), ("/etc/ssl/private/certif.example.fr.key", str(key)))
        (self.folder / "site.conf").write_text(site)
        temporary = "".join(f"    {name}_temp_path {self.folder}/{name};\n"
                            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (self.folder / "nginx.conf").write_text(
            f"daemon off;\nmaster_process off;\npid {self.folder}/nginx.pid;\nerror_log stderr notice;\n"
            f"events {{}}\nhttp {{\n    access_log off;\n{temporary}    include {self.folder}/site.conf;\n}}\n")
        nginx = self.own(hm.Process(["nginx", "-p", self.folder, "-c", self.folder / "nginx.conf"]))
        hm.until("nginx to listen", lambda: listens(self.port) or nginx.ended and self.fail(nginx.text()))
        self.judge()

    @unittest.skipUnless(shutil.which("caddy"), "caddy is absent (scripts/setup --full)")
    def test_caddy(self):
        cert, key = make_pair(self.folder, "front")
        self.ca, self.port = str(cert), hm.reserved_port(self)
        site = self.swap((PROXIES / "Caddyfile").read_text(), ("127.0.0.1:8420", self.daemon.http),
                         ("certif.example.fr {", f"https://127.0.0.1:{self.port}, https://certif.example.fr:{self.port} {{\n"
                                                 f"\ttls {cert} {key}"))
        (self.folder / "Caddyfile").write_text("{\n\tadmin off\n\tauto_https disable_redirects\n}\n" + site)
        env = {**os.environ, "HOME": str(self.folder), "XDG_DATA_HOME": str(self.folder), "XDG_CONFIG_HOME": str(self.folder)}
        caddy = self.own(hm.Process(["caddy", "run", "--config", self.folder / "Caddyfile", "--adapter", "caddyfile"], env=env))
        hm.until("caddy to listen", lambda: listens(self.port) or caddy.ended and self.fail(caddy.text()))
        self.judge()


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


if __name__ == "__main__":
    if not shutil.which("nginx") and not shutil.which("caddy"):
        print("skipped: neither nginx nor caddy is here (scripts/setup --full)")
        sys.exit(77)
    hm.main()
