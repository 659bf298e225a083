"""hallmarkctl against a running daemon: every command, in words and as JSON, and its refusals."""
import hashlib
import json

import hm


def target(name):
    return hashlib.sha256(name.encode()).hexdigest()


class CtlTest(hm.Case):
    def daemon(self, **settings):
        chain, daemon = hm.world(self, settings={"batch.max_age": "1h", **settings})
        chain.mine()  # the first look finds a head over 0; the next one comes after a minute
        daemon.start()
        return chain, daemon

    def test_status(self):
        chain, daemon = self.daemon()
        self.assertEqual(daemon.client.submit(target("a")).status, 202)
        status = hm.until("a look at the chain", lambda: (s := daemon.status())["chain"].get("head") and s)
        self.assertEqual((status["log"], status["accepted"], status["pending"]), (hm.LOG_NAME, 1, 1))
        self.assertEqual(status["http"], daemon.http)
        self.assertEqual(status["chain"]["sender"], daemon.address)
        self.assertTrue(status["chain"]["reachable"])
        self.assertEqual(status["chain"]["balance"], "10ether")
        self.assertEqual(status["endpoints"][0]["health"], "healthy")
        self.assertEqual((status["endpoints"][0]["head"] > 0, status["agreement"], status["quorum"]), (True, "agree", 1))
        self.assertEqual((status["fees"]["state"], status["inFlight"], status["lastFinalAt"]), ("ok", 0, None))
        self.assertEqual(status["oldestUnanchoredAt"], status["oldestPendingAt"])
        self.assertGreater(status["runwayDays"], 1000)
        text = daemon.ctl_ok("status")
        for words in ("1 hashes, 1 of them not in a batch yet", "unanchored       the oldest for ", "they agree", "fees             ok;",
                      "last anchor      none is final yet", "enough for more than ten years", f"on {daemon.http}, since", "MiB",
                      "in flight        nothing", "alarms           none"):
            self.assertIn(words, text)
        daemon.ctl_ok("flush")
        daemon.wait_final(target("a"))
        status = daemon.status()
        self.assertEqual((status["lastFinal"], status["oldestUnanchoredAt"], status["oldestUnanchoredSeconds"]), (1, None, 0))
        self.assertIn("last anchor      batch 1, final since ", daemon.ctl_ok("status"))
        chain.stop()
        self.assertEqual(daemon.client.submit(target("b")).status, 202)
        daemon.ctl_ok("flush")  # with work under way it looks at the chain often
        hm.until("the alarm", lambda: [a for a in daemon.status()["alarms"] if a["name"] == "rpc-down"])
        text = daemon.ctl_ok("status")
        for words in ("NOT reachable", "TOO FEW answer", "ALARM            rpc-down: ", "in flight        batch 2 "):
            self.assertIn(words, text)
        self.assertEqual((daemon.status()["agreement"], daemon.status()["endpoints"][0]["head"]), ("too-few", None))

    def test_flush_and_wait(self):
        _, daemon = self.daemon()
        self.assertEqual(daemon.client.submit(target("b")).status, 202)
        self.assertEqual(json.loads(daemon.ctl_ok("--json", "flush")), {"ok": True, "pending": 1})
        daemon.ctl_ok("wait", "--timeout", hm.DEADLINE, target("b"))
        self.assertEqual(daemon.client.get(f"/v1/hashes/{target('b')}").json()["batch"], 1)
        daemon.wait_final(target("b"))
        self.assertEqual(daemon.client.get(f"/v1/hashes/{target('b')}").json()["status"], "final")

    def test_pause_and_resume(self):
        _, daemon = self.daemon(**{"batch.max_age": "100ms"})
        self.assertIn("nothing is sealed", daemon.ctl_ok("pause"))
        self.assertEqual(daemon.client.submit(target("c")).status, 202)
        daemon.ctl_ok("flush")
        late = daemon.ctl("wait", "--timeout", "1", target("c"))
        self.assertEqual(late.returncode, 1)
        self.assertIn("not there in time", late.stderr)
        self.assertTrue(daemon.status()["paused"])
        self.assertIn("Running", daemon.ctl_ok("resume"))
        daemon.ctl_ok("wait", "--timeout", hm.DEADLINE, target("c"))

    def test_explain(self):
        _, daemon = self.daemon()
        self.assertEqual(daemon.client.submit(target("d")).status, 202)
        self.assertIn("waits for the next batch", daemon.ctl_ok("explain", target("d")))
        daemon.ctl_ok("flush")
        daemon.wait_final(target("d"))
        story = daemon.ctl_ok("explain", target("d"))
        self.assertIn("is leaf 0 of batch 1", story)
        self.assertIn("its evidence is kept", story)
        unknown = daemon.ctl("explain", target("never"))
        self.assertEqual(unknown.returncode, 1)
        self.assertIn("was never accepted here", unknown.stderr)

    def test_reload(self):
        _, daemon = self.daemon()
        self.assertIn("Nothing changed", daemon.ctl_ok("reload"))
        daemon.configure(batch__max_age="100ms", http__max_connections=99)
        said = json.loads(daemon.ctl_ok("--json", "reload"))
        self.assertEqual(said["needsRestart"], 1)
        self.assertIn("batch.max_age", said["changed"])
        self.assertEqual(daemon.client.submit(target("e")).status, 202)
        daemon.ctl_ok("wait", "--timeout", hm.DEADLINE, target("e"))
        daemon.configure(batch__max_age="soon")
        refused = daemon.ctl("-s", daemon.folder / "control.sock", "reload")
        self.assertNotEqual(refused.returncode, 0)

    def test_usage(self):
        _, daemon = self.daemon()
        for arguments, code in ((["no-such-command"], 64), (["explain"], 64), (["wait", "--timeout", "x", "00"], 64),
                                (["explain", "ABC"], 1), (["wait", "xyz"], 1), ([], 64)):
            self.assertEqual(daemon.ctl(*arguments).returncode, code, arguments)
        self.assertEqual(daemon.ctl("--version").returncode, 0)

    def test_no_daemon(self):
        _, daemon = self.daemon()
        self.assertEqual(daemon.stop(), 0)
        asked = daemon.ctl("status")
        self.assertEqual(asked.returncode, 69)
        self.assertIn("hallmarkctl: ", asked.stderr)


if __name__ == "__main__":
    hm.main()
