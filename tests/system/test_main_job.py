"""The main job on a real chain: hashes in, proofs out, values anchored once, documents verified."""
import hashlib
import json
import random

import hm
import proven
import document
import section2 as s2


def digest(text):
    return hashlib.sha256(str(text).encode()).hexdigest()


class FormsTest(hm.Case):
    def test_mixed_forms_become_proofs(self):
        """Single, lines, raw; closed by size, by flush and by age; every one proven, every R_k rebuilt."""
        chain, daemon = hm.world(self, settings={"batch.max_leaves": 256, "batch.max_age": "1h"})
        client = daemon.start()
        single, lines, raw = ([digest(f"{form} {i}") for i in range(n)]
                              for form, n in (("single", 40), ("lines", 300), ("raw", 500)))
        for i, target in enumerate(single):
            reply = client.submit(target, (None, "bytes", "rdfc")[i % 3])
            self.assertEqual((reply.status, reply.json()["hash"]), (202, target))
        daemon.ctl_ok("flush")
        daemon.ctl_ok("wait", single[0])  # sealed: the flush did not wait for the age
        daemon.configure(batch__max_age="2s")
        daemon.ctl_ok("reload")
        forms = (lambda h: h, lambda h: f'"{h}"', lambda h: json.dumps({"hash": h}),
                 lambda h: json.dumps({"rule": "bytes", "hash": h}))
        body = "".join(forms[i % 4](target) + ("\r\n" if i % 5 == 0 else "\n") for i, target in enumerate(lines))
        reply = client.post(body, "application/x-ndjson")
        self.assertEqual((reply.status, reply.json()), (202, {"accepted": 300, "duplicates": 0}))
        reply = client.submit_many(raw)
        self.assertEqual((reply.status, reply.json()), (202, {"accepted": 500, "duplicates": 0}))
        everything = single + lines + raw
        daemon.wait_final(*everything)
        proofs = proven.all_proven(daemon, chain, everything)
        self.assertEqual([proofs[target].rule for target in single[:3]], [None, "bytes", "rdfc"])
        sizes = [row["leafCount"] for row in proven.batch_rows(client, limit=2)]
        self.assertEqual(sum(sizes), len(everything))
        self.assertLessEqual(max(sizes), 256)
        self.assertEqual(sizes[0], 40)
        reasons = {line.split("reason=")[1].split()[0] for line in daemon.process.lines if "event=sealed" in line}
        self.assertEqual(reasons, {"flush", "full", "age"})

    def test_flipped_bits_never_prove(self):
        chain, daemon = hm.world(self)
        client = daemon.start()
        target = digest("x")
        client.submit_many([target, *(digest(i) for i in range(9))])
        daemon.wait_final(target)
        good = proven.get(client, f"/v1/proofs/{target}").body
        genuine = document.write(document.read(good))
        for bad in proven.bad_bits(good, random.Random(1), 1500):
            try:
                proof = document.read(bad)
                for anchor in proof.anchors:
                    document.check_anchor_evidence(proof, anchor)
            except s2.Malformed:
                continue
            # Only what proves nothing may differ: names of unknown members, the status, the rule.
            same = lambda value: {k: v for k, v in value.items() if k not in ("status", "targetRule", "anchors")}
            self.assertEqual(same(document.write(proof)), same(genuine))


class VerifierTest(hm.Case):
    """hallmark submit and verify, as an employer would use them."""

    def verify(self, *arguments):
        return hm.run_program("hallmark", "verify", "--json", *arguments)

    def verdict(self, result):
        return json.loads(result.stdout.splitlines()[0])["authenticity"]

    def test_genuine_unknown_altered_unreachable(self):
        if not hm.program("hallmark").exists():
            self.skipTest("hallmark is not built")
        chain, daemon = hm.world(self)
        daemon.start()
        certificate = self.folder / "diploma.pdf"
        certificate.write_bytes(b"%PDF-1.7 Anne, mention bien")
        submitted = hm.run_program("hallmark", "submit", "--node", f"http://{daemon.http}", "--wait=final",
                                   "-o", self.folder, certificate)
        self.assertEqual(submitted.returncode, 0, submitted.stderr)
        proof = self.folder / "diploma.pdf.proof.json"
        target = hashlib.sha256(certificate.read_bytes()).hexdigest()
        proven.Proofs(chain, daemon.address).check(target, proof.read_bytes())
        trust = self.folder / "trust.json"
        trust.write_text(json.dumps([{"id": daemon.address, "name": "Certif"}]))
        with_chain = ("--rpc", chain.url, "--proof", proof)
        result = self.verify(*with_chain, "--trust", trust, certificate)
        self.assertEqual((result.returncode, self.verdict(result)), (0, "genuine"), result.stdout)
        result = self.verify(*with_chain, certificate)
        self.assertEqual((result.returncode, self.verdict(result)), (4, "unknown-issuer"), result.stdout)
        altered = self.folder / "altered.pdf"
        altered.write_bytes(certificate.read_bytes().replace(b"bien", b"rien"))
        result = self.verify(*with_chain, "--trust", trust, altered)
        self.assertEqual((result.returncode, self.verdict(result)), (1, "not-genuine"), result.stdout)
        chain.stop()
        result = self.verify(*with_chain, "--trust", trust, certificate)
        self.assertEqual((result.returncode, self.verdict(result)), (2, "could-not-check"), result.stdout)


if __name__ == "__main__":
    hm.main()
