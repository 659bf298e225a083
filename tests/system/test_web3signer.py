"""hallmarkd with a web3signer by REST and by JSON-RPC: every way in which it can fail is an alarm that says so,
nothing is lost, sealing goes on, and anchoring resumes by itself. The signer is a stand-in: see web3signer.py."""
import hashlib
import json

import ethkey
import hm
import proven
import web3signer

APIS = ("rest", "json-rpc")


def target(text):
    return hashlib.sha256(str(text).encode()).hexdigest()


class Web3Case(hm.Case):
    def world(self, api, *keys, **settings):
        self.key = ethkey.Key()
        self.chain = hm.Chain(self)
        self.chain.fund(self.key.address)
        self.signer = web3signer.Web3Signer(self, *(keys or [self.key]))
        self.daemon = hm.Daemon(self, self.chain.url, {
            "key.file": None, "key.passphrase_file": None, "key.web3signer": self.signer.url + "/",
            "key.web3signer_api": api, **settings}, name=f"hallmarkd-{api}")
        self.daemon.address = self.key.address
        return self.daemon

    def alarms(self):
        return [alarm["name"] for alarm in self.daemon.status()["alarms"]]

    def anchored_values(self):
        return [anchor.value for anchor in self.chain.anchored(self.key.address)]


class HonestTest(Web3Case):
    def test_signs_and_is_the_first_key_of_the_log(self):
        for api in APIS:
            with self.subTest(api=api):
                daemon = self.world(api)
                client = daemon.start()
                self.assertEqual(client.get("/v1/log").json()["issuers"], [self.key.address])
                self.assertEqual(client.submit(target("a")).status, 202)
                daemon.wait_final(target("a"))
                proven.all_proven(daemon, self.chain, [target("a")])
                status = daemon.status()["signer"]
                self.assertEqual((status["kind"], status["fault"], status["message"]), ("web3signer", "none", ""))
                self.assertNotIn("eth_sendTransaction", self.signer.calls)
                self.assertEqual(daemon.stop(), 0)

    def test_several_keys_need_a_name(self):
        other = ethkey.Key("another")
        daemon = self.world("rest", other, ethkey.Key())
        self.assertNotEqual(daemon.launch().wait(), 0)
        self.assertIn("[key] address", daemon.process.text())
        daemon.configure(key__address=ethkey.Key("a third").address)
        self.assertNotEqual(daemon.launch().wait(), 0)
        self.assertIn("does not hold the key of [key] address", daemon.process.text())
        daemon.configure(key__address=self.key.address)
        self.assertEqual(daemon.start().get("/v1/log").json()["issuers"], [self.key.address])

    def test_a_first_start_needs_the_signer_and_a_later_one_does_not(self):
        daemon = self.world("json-rpc")
        port = self.signer.port
        self.signer.stop()
        self.assertNotEqual(daemon.launch().wait(), 0)
        self.assertIn("its signer must answer once", daemon.process.text())
        self.signer = web3signer.Web3Signer(self, self.key, port=port)
        daemon.start()
        self.assertEqual(daemon.stop(), 0)
        self.signer.stop()
        client = daemon.start()
        self.assertEqual(client.submit(target("while it is down")).status, 202)
        daemon.process.wait_line("event=sign-failed .*fault=down")
        hm.until("the alarm", lambda: "signer" in self.alarms())
        self.assertEqual(client.get(f"/v1/hashes/{target('while it is down')}").json()["status"], "sealed")
        self.signer = web3signer.Web3Signer(self, self.key, port=port)
        daemon.wait_final(target("while it is down"))
        hm.until("the alarm's end", lambda: "signer" not in self.alarms())
        proven.all_proven(daemon, self.chain, [target("while it is down")])


OTHER = ethkey.Key("another")

# (name, api, what it does wrong, what status calls it, the alarm, a word of the message)
FAULTS = [
    ("refuses by status", "rest", {"status": 400}, "refused", "signer-refuses", "400"),
    ("signs by another key", "rest", {"key": OTHER}, "other-key", "signer-wrong", "another key"),
    ("gives a high s", "rest", {"signature": web3signer.high_s}, "garbage", "signer-wrong", "signature is not good"),
    ("answers no JSON", "json-rpc", {"body": "<html>"}, "garbage", "signer-wrong", "no JSON"),
    ("refuses in words", "json-rpc", {"body": '{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"not today"}}'},
     "refused", "signer-refuses", "not today"),
    ("signs by another key", "json-rpc", {"key": OTHER}, "other-key", "signer-wrong", "another key"),
    ("changes the nonce", "json-rpc", {"fields": {"nonce": "0x7"}}, "altered", "signer-wrong", "changed the nonce"),
]  # every other field: tests/unit/test_signer.c


class FaultTest(Web3Case):
    def run_faults(self, api):
        """One value is held back by one fault after the other; then it goes out, once."""
        daemon = self.world(api)
        client = daemon.start()
        self.signer.always(status=500)
        self.assertEqual(client.submit(target("held back")).status, 202)
        for name, of, fault, word, alarm, message in FAULTS:
            if of != api:
                continue
            with self.subTest(fault=name):
                self.signer.always(**fault)
                start = len(daemon.process.lines)
                line = daemon.process.wait_line(f"event=sign-failed .*fault={word} error=.*{message}", start=start)
                hm.until(f"the alarm {alarm}", lambda: self.alarms() == [alarm])
                status = daemon.status()["signer"]
                self.assertEqual(status["fault"], word, line[0])
                self.assertIn(message, status["message"])
        self.assertEqual(self.anchored_values(), [])
        self.assertEqual(client.submit(target("sealed meanwhile")).status, 202)
        hm.until("sealed", lambda: client.get(f"/v1/hashes/{target('sealed meanwhile')}").json()["batch"])
        self.signer.honest()
        daemon.wait_final(target("held back"), target("sealed meanwhile"))
        proven.all_proven(daemon, self.chain, [target("held back"), target("sealed meanwhile")])
        self.assertEqual(self.alarms(), [])

    def test_rest(self):
        self.run_faults("rest")

    def test_json_rpc(self):
        self.run_faults("json-rpc")

    def test_silence(self):
        daemon = self.world("rest")
        client = daemon.start()
        self.signer.always(silent=True)
        self.assertEqual(client.submit(target("late")).status, 202)
        daemon.process.wait_line("event=sign-failed .*fault=slow")
        hm.until("the alarm", lambda: self.alarms() == ["signer"])
        self.signer.honest()
        daemon.wait_final(target("late"))
        proven.all_proven(daemon, self.chain, [target("late")])

    def test_killed_while_it_signs(self):
        """The answer is lost with the daemon: the same value is signed again with the same nonce."""
        daemon = self.world("json-rpc")
        client = daemon.start()
        self.signer.always(silent=True)
        self.assertEqual(client.submit(target("killed")).status, 202)
        hm.until("it is asked", lambda: self.signer.signatures() >= 1)
        daemon.kill()
        self.signer.honest()
        daemon.start()
        daemon.wait_final(target("killed"))
        proven.all_proven(daemon, self.chain, [target("killed")])
        self.assertEqual(len(self.chain.anchored(self.key.address)), 1)

    def test_stops_while_it_waits_for_the_signer(self):
        daemon = self.world("rest")
        client = daemon.start()
        self.signer.always(silent=True)
        self.assertEqual(client.submit(target("stopped")).status, 202)
        hm.until("it is asked", lambda: self.signer.signatures() >= 1)
        self.assertEqual(daemon.stop(), 0)


if __name__ == "__main__":
    hm.main()
