"""What the tests of keys over time share: a log whose keys the tests know, its documents, and the registry's events."""
import hashlib
import json

import ethkey
import hm
import proven
import secp256k1

FIRST, SECOND, THIRD = (ethkey.Key(f"the {which} key") for which in ("first", "second", "third"))


def topic(signature):
    return "0x" + secp256k1.keccak256(signature.encode()).hex()


ADDED, REMOVED, REVOKED = (topic(s) for s in ("KeyAdded(address,address)", "KeyRemoved(address,address)",
                                              "Revoked(bytes32,address)"))


class KeyCase(hm.Case):
    def world(self, **settings):
        self.chain = hm.Chain(self)
        self.chain.fund(FIRST.address)
        self.chain.fund(SECOND.address)
        self.daemon = hm.Daemon(self, self.chain.url, settings)
        ethkey.install(self.daemon, FIRST)
        trust = [{"id": FIRST.address, "name": "the issuer", "from": None, "until": None}]
        (self.folder / "trust.json").write_text(json.dumps(trust))
        return self.daemon

    def issue(self, name):
        """A document, anchored finally, and its proof; its target."""
        path = self.folder / f"{name}.txt"
        path.write_text(name)
        target = hashlib.sha256(path.read_bytes()).hexdigest()
        self.assertIn(self.daemon.client.submit(target, "bytes").status, (200, 202))
        self.daemon.wait_final(target)
        self.fetch(name, target)
        return target

    def fetch(self, name, target):
        reply = self.daemon.client.get(f"/v1/proofs/{target}")
        self.assertEqual(reply.status, 200)
        (self.folder / f"{name}.txt.proof.json").write_bytes(reply.body)

    def verify(self, name):
        path = self.folder / f"{name}.txt"
        result = hm.run_program("hallmark", "verify", "--json", "--proof", f"{path}.proof.json", "--rpc", self.chain.url,
                                "--trust", self.folder / "trust.json", path)
        return result.returncode, json.loads(result.stdout)

    def assert_genuine(self, *names):
        for name in names:
            code, report = self.verify(name)
            self.assertEqual((code, report["authenticity"], report["force"]), (0, "genuine", "in-force"), report)

    def events(self, kind):
        """(who said so, about what) of every event of this kind, in chain order."""
        logs = self.chain.rpc("eth_getLogs", {"fromBlock": "0x0", "toBlock": "latest", "address": hm.REGISTRY, "topics": [kind]})
        pick = lambda log: (log["topics"][2], log["topics"][1]) if kind == REVOKED else (log["topics"][1], log["topics"][2])
        return [tuple("0x" + word[-40:] if int(word, 16) < 2**160 else word for word in pick(log)) for log in logs]

    def keys(self):
        return self.daemon.status()["keys"]

    def settled(self, change="none"):
        hm.until("the calls are final", lambda: (k := self.keys())["change"] == change
                 and all(call["state"] == "final" for call in k["calls"]))
        return self.keys()

    def annexes(self):
        """The annex of each batch that has one."""
        rows = proven.batch_rows(self.daemon.client)
        found = []
        for row in rows:
            reply = self.daemon.client.get(f"/v1/batches/{row['number']}/annex")
            if reply.status == 200:
                self.assertEqual(hashlib.sha256(reply.body).hexdigest(), row["header"][-64:])
                found.append(json.loads(reply.body))
        return found

    def issuers(self):
        return self.daemon.client.get("/v1/log").json()["issuers"]
