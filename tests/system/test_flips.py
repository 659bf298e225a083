"""One flipped bit in a proof file, at every place: `hallmark verify` never says genuine, nor unknown issuer."""
import hashlib
import json
import random

import hm
import proven

ONLINE = 400  # flips that are also checked against the chain


class FlipTest(hm.Case):
    def setUp(self):
        super().setUp()
        self.chain, daemon = hm.world(self, settings={"batch.max_age": "200ms"})
        client = daemon.start()
        self.data = b"%PDF-1.7 diploma of Anne"
        target = hashlib.sha256(self.data).hexdigest()
        client.submit_many([hashlib.sha256(b"%d" % i).hexdigest() for i in range(3)] + [target])
        daemon.wait_final(target)
        self.proof = proven.get(client, f"/v1/proofs/{target}").body
        self.trust = self.folder / "trust.json"
        self.trust.write_text(json.dumps([{"id": daemon.address, "name": "Certif"}]))
        anchor = json.loads(self.proof)["anchors"][0]
        self.checkpoint = self.folder / "checkpoint.json"
        self.checkpoint.write_text(json.dumps([{"chainId": hm.CHAIN_ID, "number": anchor["blockNumber"],
                                                "hash": anchor["blockHash"]}]))

    def verify(self, proofs, *options):
        """Authenticity of the same document with each of these proofs."""
        files = []
        for i, proof in enumerate(proofs):
            files.append(self.folder / f"{i}.pdf")
            files[-1].write_bytes(self.data)
            (self.folder / f"{i}.pdf.proof.json").write_bytes(proof)
        result = hm.run_program("hallmark", "verify", "--json", "--trust", self.trust, *options, *files, deadline=300)
        answers = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertEqual(len(answers), len(files), result.stderr[-2000:])
        return answers

    def check(self, places, *options):
        """Flip a bit at each place."""
        bits = random.Random(3)
        flips = [(place, bits.randrange(8)) for place in places]
        bad = [self.proof[:place] + bytes([self.proof[place] ^ 1 << bit]) + self.proof[place + 1:] for place, bit in flips]
        self.assertEqual(self.verify([self.proof], *options)[0]["authenticity"], "genuine")
        taken = [(place, bit, self.proof[max(0, place - 40):place + 10]) for (place, bit), answer
                 in zip(flips, self.verify(bad, *options)) if answer["authenticity"] in ("genuine", "unknown-issuer")]
        self.assertEqual(taken, [])

    def chain_name(self):
        """Where evidence.genesisBlock stands: it names the chain, and a checkpoint of block 0 says whether rightly."""
        start = self.proof.index(b'"genesisBlock":"0x') + len(b'"genesisBlock":"0x')
        return range(start, start + 64)

    def test_offline_with_checkpoints_at_every_byte(self):
        block_0 = self.chain.rpc("eth_getBlockByNumber", "0x0", False)["hash"]
        both = json.loads(self.checkpoint.read_text()) + [{"chainId": hm.CHAIN_ID, "number": 0, "hash": block_0}]
        self.checkpoint.write_text(json.dumps(both))
        self.check(range(len(self.proof)), "--offline", "--checkpoint", self.checkpoint)

    def test_what_was_not_relied_on_is_said(self):
        """Without a word on block 0 the chain id that the sender has signed names the chain: the verdict says so."""
        place = self.chain_name()[7]
        flipped = self.proof[:place] + (b"0" if self.proof[place:place + 1] != b"0" else b"1") + self.proof[place + 1:]
        for proof in (self.proof, flipped):
            answer = self.verify([proof], "--offline", "--checkpoint", self.checkpoint)[0]
            steps = {step["name"]: step["code"] for step in answer["steps"]}
            self.assertEqual((answer["authenticity"], steps["checkChain"]), ("genuine", "HM-2252"))

    def test_against_the_chain(self):
        places = random.Random(4).sample(range(len(self.proof)), ONLINE)
        self.check(sorted({*places, *self.chain_name()}), "--rpc", self.chain.url)


if __name__ == "__main__":
    hm.main(hm.ANVIL, hm.program("hallmarkd"), hm.program("hallmarkctl"), hm.program("hallmark"))
