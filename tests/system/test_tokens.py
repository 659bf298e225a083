"""Bearer tokens: who may write, who may read, what is public, and that a token never shows anywhere."""
import hashlib
import json
import signal

import hm

TOKENS = {"admin": "all-a9f1", "submit": "write-77c2", "read": "look-31bd"}


def digest(text):
    return hashlib.sha256(str(text).encode()).hexdigest()


class TokenTest(hm.Case):
    def setUp(self):
        super().setUp()
        self.daemon = hm.Daemon(self, "http://127.0.0.1:1", {"batch.max_age": "1h"})
        self.tokens = self.daemon.folder / "tokens"
        self.daemon.configure(http__tokens_file=self.tokens)

    def write(self, *extra):
        lines = [f"{digest(token)} {scope} {scope}-client" for scope, token in TOKENS.items()]
        hm.write_private(self.tokens, "# who may do what\n\n" + "\n".join([*lines, *extra]) + "\n")

    def client(self, token):
        client = hm.Client(self.daemon.client.host, self.daemon.client.port, token)
        self.addCleanup(client.close)
        return client

    def problem(self, reply, status, code):
        self.assertEqual((reply.status, reply.json()["code"]), (status, code))
        self.assertTrue(reply.headers["WWW-Authenticate"].startswith("Bearer "))

    def test_scopes(self):
        self.write()
        self.daemon.start()
        private = (f"/v1/hashes/{digest(1)}", f"/v1/proofs/{digest(1)}")
        nobody, stranger = self.client(None), self.client("guessed")
        for path in private:
            self.problem(nobody.get(path), 401, "token-missing")
            self.problem(stranger.get(path), 401, "token-unknown")
        self.problem(nobody.submit(digest(1)), 401, "token-missing")
        self.problem(stranger.submit(digest(1)), 401, "token-unknown")
        self.problem(self.client(TOKENS["read"]).submit(digest(1)), 403, "token-scope")
        self.assertEqual(self.daemon.status()["accepted"], 0)
        self.assertEqual(self.client(TOKENS["submit"]).submit(digest(1)).status, 202)
        self.problem(self.client(TOKENS["submit"]).get(private[0]), 403, "token-scope")
        self.assertEqual(self.client(TOKENS["read"]).get(private[0]).status, 200)
        admin = self.client(TOKENS["admin"])
        self.assertEqual((admin.submit(digest(2)).status, admin.get(private[1]).status), (202, 409))
        for path in ("/v1/log", "/v1/batches", "/healthz", "/metrics"):
            self.assertEqual(nobody.get(path).status, 200, path)
        self.assertIn(nobody.get("/readyz").status, (200, 503))
        self.assertEqual(nobody.get("/v1/batches/1").status, 404)
        log = self.daemon.process.text()
        for token in TOKENS.values():
            self.assertNotIn(token, log)
            self.assertNotIn(digest(token), log)

    def test_other_spellings_of_the_header(self):
        self.write()
        client = self.daemon.start()
        ask = lambda value: client.request("GET", f"/v1/hashes/{digest(1)}", headers={"Authorization": value}).status
        self.assertEqual(ask(f"bearer {TOKENS['read']}"), 404)
        for value in (TOKENS["read"], f"Basic {TOKENS['read']}", "Bearer", "Bearer ", f"Bearer {TOKENS['read']}x",
                      f"Bearer {digest(TOKENS['read'])}", f"Bearer {TOKENS['read']} {TOKENS['read']}"):
            self.assertEqual(ask(value), 401, value)

    def test_a_reload_takes_and_gives(self):
        self.write()
        self.daemon.start()
        late = self.client("late-5d")
        self.problem(late.submit(digest(1)), 401, "token-unknown")
        self.write(f"{digest('late-5d')} submit late")
        self.daemon.process.signal(signal.SIGHUP)
        self.daemon.process.wait_line("event=reloaded")
        self.assertEqual(late.submit(digest(1)).status, 202)
        self.write("this is not a token")
        self.daemon.process.signal(signal.SIGHUP)
        refused = self.daemon.process.wait_line("event=reload-refused.*")[0]
        self.assertIn(f"{self.tokens}:6", refused)
        self.assertEqual(late.submit(digest(2)).status, 202)  # the old ones stand
        self.write()
        self.daemon.ctl_ok("reload")
        self.problem(late.submit(digest(3)), 401, "token-unknown")

    def refused_to_start(self, expected):
        self.daemon.launch()
        self.assertNotEqual(self.daemon.process.wait(), 0)
        self.assertIn(expected, self.daemon.process.text())

    def test_files_that_are_not_good(self):
        good = digest("x")
        for number, line in ((4, f"{good} submit"), (4, f"{good.upper()} submit a"), (4, f"{good} write a"),
                             (4, f"{good} submit,, a"), (4, "x"), (4, f"{good} submit a b")):
            self.tokens.unlink(missing_ok=True)
            hm.write_private(self.tokens, f"# one\n\n{good} read ok\n{line}\n")
            self.refused_to_start(f"{self.tokens}:{number}")
        self.tokens.unlink()
        self.refused_to_start("No such file")

    def test_without_tokens_only_loopback(self):
        self.write()
        self.daemon.configure(http__listen="0.0.0.0:0", http__tokens_file=None)
        self.refused_to_start("loopback")
        self.daemon.configure(http__tokens_file=self.tokens)
        self.daemon.start()

    def test_made_listed_and_revoked_while_it_runs(self):
        self.write()
        before = self.tokens.read_text()
        self.daemon.start()
        made = self.daemon.ctl("token", "create", "lms", "--scopes", "submit", "--rate", "2/h")
        self.assertEqual(made.returncode, 0, made.stderr)
        token = made.stdout.strip()
        self.assertRegex(token, "^hallmark-[0-9a-f]{64}$")
        self.assertIn("never again", made.stderr)
        text = self.tokens.read_text()
        self.assertEqual(text, before + f"{digest(token)} submit lms rate=2/h\n")
        self.assertEqual(self.tokens.stat().st_mode & 0o777, 0o600)
        client = self.client(token)
        self.assertEqual([client.submit(digest(i)).status for i in (1, 1)], [202, 200])
        late = client.submit(digest(3))
        self.assertEqual((late.status, late.json()["code"]), (429, "rate-limited"))
        self.assertIn(int(late.headers["Retry-After"]), range(1700, 1801))
        self.assertEqual(self.client(TOKENS["submit"]).submit(digest(3)).status, 202, "others are not slowed down")
        listed = self.daemon.ctl_ok("token", "list")
        self.assertEqual([line.split() for line in listed.splitlines()],
                         [["admin-client", "admin"], ["submit-client", "submit"], ["read-client", "read"], ["lms", "submit", "2/h"]])
        rows = json.loads(self.daemon.ctl_ok("--json", "token", "list"))["tokens"]
        self.assertEqual(rows[3], {"name": "lms", "scopes": "submit", "rate": "2/h"})
        self.daemon.ctl_ok("token", "revoke", "lms")
        self.problem(client.submit(digest(4)), 401, "token-unknown")
        self.assertEqual(self.tokens.read_text(), before, "comments and the others stay")
        self.assertNotIn(token, self.daemon.process.text())

    def test_a_first_token_and_what_is_refused(self):
        made = self.daemon.ctl("--json", "token", "create", "first")
        self.assertEqual(made.returncode, 0, made.stderr)
        self.assertIn("no daemon runs", made.stderr)
        self.assertEqual(self.tokens.stat().st_mode & 0o777, 0o640)
        self.assertEqual(json.loads(made.stdout)["name"], "first")
        self.daemon.start()
        self.assertEqual(self.client(json.loads(made.stdout)["token"]).get(f"/v1/hashes/{digest(1)}").status, 404)
        text = self.tokens.read_text()
        for arguments, status in ((["create", "first"], 1), (["create", "a b"], 64), (["create", "x", "--scopes", "write"], 64),
                                  (["create", "x", "--rate", "5"], 64), (["create", 'a"b'], 64), (["create", "a\nb"], 64),
                                  (["revoke", "nobody"], 1), (["list", "--rate", "1/s"], 64), (["rename"], 64)):
            self.assertEqual(self.daemon.ctl("token", *arguments).returncode, status, arguments)
        self.assertEqual(self.tokens.read_text(), text)
        self.tokens.write_text(text + "nonsense\n")
        bad = self.daemon.ctl("token", "create", "second")
        self.assertEqual(bad.returncode, 1)
        self.assertIn("tokens:2: expected", bad.stderr)
        self.daemon.configure(http__tokens_file=None)
        self.assertIn("tokens_file is not set", self.daemon.ctl("token", "list").stderr)


if __name__ == "__main__":
    hm.main()
