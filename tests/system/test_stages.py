"""One batch after the other stage, and what every call of the HTTP interface says at each."""
import hashlib

import hm
import proven
import document
import section2 as s2


def digest(text):
    return hashlib.sha256(str(text).encode()).hexdigest()


class StagesTest(hm.Case):
    """One batch, blocks only when asked for: what every call says at every stage."""

    def times(self, entry):
        return [entry[name] is not None for name in ("acceptedAt", "sealedAt", "minedAt", "finalAt")]

    def status_is(self, client, target, word):
        hm.until(f"status {word}", lambda: client.get(f"/v1/hashes/{target}").json()["status"] == word)
        return client.get(f"/v1/hashes/{target}").json()

    def proof(self, client, target):
        return document.read(proven.get(client, f"/v1/proofs/{target}", "application/json").body)

    def test_the_life_of_one_hash(self):
        chain, daemon = hm.world(self, block_time=0, settings={"batch.max_age": "1h"})
        client = daemon.start()
        target = digest("one")
        self.assertEqual(client.get(f"/v1/hashes/{target}").status, 404)
        self.assertEqual(client.get(f"/v1/proofs/{target}").status, 404)
        reply = client.submit(target)
        self.assertEqual((reply.status, reply.json()), (202, {"hash": target, "status": "accepted", "sequence": 1}))
        entry = self.status_is(client, target, "accepted")
        self.assertEqual((entry["batch"], entry["leafIndex"], self.times(entry)), (None, None, [True, False, False, False]))
        early = client.get(f"/v1/proofs/{target}")
        self.assertEqual((early.status, early.json()["code"]), (409, "not-sealed"))
        self.assertEqual(early.headers["Retry-After"], str(early.json()["retryAfter"]))
        self.assertGreater(early.json()["retryAfter"], 0)
        daemon.ctl_ok("flush")
        entry = self.status_is(client, target, "sent")
        self.assertEqual((entry["batch"], entry["leafIndex"], self.times(entry)), (1, 0, [True, True, False, False]))
        proof = self.proof(client, target)
        self.assertEqual((proof.status, proof.anchors), ("sent", []))
        chain.mine()
        entry = self.status_is(client, target, "mined")
        self.assertEqual(self.times(entry), [True, True, True, False])
        proof = self.proof(client, target)
        self.assertEqual((proof.status, len(proof.anchors)), ("mined", 1))
        chain.mine(2)
        entry = self.status_is(client, target, "final")
        self.assertEqual(self.times(entry), [True] * 4)
        proven.all_proven(daemon, chain, [target])
        row = client.get("/v1/batches/1").json()
        self.assertEqual(set(row), {"number", "leafCount", "root", "header", "sealedAt", "seal", "previous", "anchored",
                                    "status", "anchors"})
        self.assertEqual((row["status"], len(row["anchors"])), ("final", 1))

    def test_the_log_before_and_after_the_first_batch(self):
        chain, daemon = hm.world(self)
        client = daemon.start()
        log = client.get("/v1/log").json()
        self.assertEqual(set(log), {"log", "genesis", "r0", "head", "anchored", "chainId", "registry", "issuers"})
        self.assertEqual((log["head"], log["anchored"]), (0, log["r0"]))
        self.assertEqual((log["log"], log["chainId"], log["registry"]), (hm.LOG_NAME, hm.CHAIN_ID, hm.REGISTRY))
        self.assertEqual(log["issuers"], [daemon.address])
        genesis = s2.decode_genesis(s2.unhex(log["genesis"], 103))
        self.assertEqual(genesis.r0.hex(), log["r0"])
        self.assertEqual((genesis.chain_id, "0x" + genesis.registry.hex(), "0x" + genesis.issuer.hex()),
                         (hm.CHAIN_ID, hm.REGISTRY, daemon.address))
        self.assertEqual(genesis.name_hash, s2.log_name_hash(hm.LOG_NAME))
        self.assertEqual(client.get("/v1/batches").json(), {"batches": [], "next": None})
        client.submit(digest(1))
        daemon.wait_final(digest(1))
        self.assertEqual(client.get("/v1/log").json()["head"], 1)
        proven.replay(client)

if __name__ == "__main__":
    hm.main()
