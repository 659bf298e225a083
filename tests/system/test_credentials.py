"""Credentials in JSON-LD on a real chain: registered and verified by what they say, not by their bytes."""
import hashlib
import json

import hm
import proven

CREDENTIALS = "https://www.w3.org/ns/credentials/v2"
BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
OWN = "https://certif.example.fr/marks"


def badge():
    return {
        "@context": [CREDENTIALS, BADGES],
        "id": "urn:uuid:5e0b9d4e-0c0b-4f0a-8f0e-2f1f5a6f7b01",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": {"id": "did:example:school", "type": "Profile", "name": "École d’exemple"},
        "validFrom": "2026-11-22T08:00:00Z",
        "name": "Data analysis",
        "credentialSubject": {
            "id": "did:example:nadia",
            "type": "AchievementSubject",
            "achievement": {"id": "urn:example:data-2", "type": "Achievement", "name": "Data analysis, level 2",
                            "description": "Cleans, joins and explains data.",
                            "criteria": {"narrative": "84 of 100 points or more"}},
        },
    }


def reversed_keys(value):
    """The same JSON value, every object in the opposite order."""
    if isinstance(value, dict):
        return {key: reversed_keys(value[key]) for key in reversed(list(value))}
    return [reversed_keys(item) for item in value] if isinstance(value, list) else value


class CredentialTest(hm.Case):
    def start(self):
        self.chain, self.daemon = hm.world(self)
        self.daemon.start()
        self.trust = self.folder / "trust.json"
        self.trust.write_text(json.dumps([{"id": self.daemon.address, "name": "Certif"}]))

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text if isinstance(text, str) else json.dumps(text, ensure_ascii=False))
        return path

    def submit(self, file, *options):
        """The proof file, once the proof is final."""
        done = hm.run_program("hallmark", "submit", "--node", f"http://{self.daemon.http}", "--wait=final",
                              "-o", self.folder, *options, file)
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.folder / (file.name + ".proof.json")

    def verify(self, file, proof, *options):
        done = hm.run_program("hallmark", "verify", "--json", "--rpc", self.chain.url, "--trust", self.trust,
                              "--proof", proof, *options, file)
        verdict = json.loads(done.stdout)
        return (done.returncode, verdict["authenticity"], verdict["code"])

    def canonize(self, file, *options):
        done = hm.run_program("hallmark", "canonize", *options, file)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_a_badge_is_known_by_what_it_says(self):
        self.start()
        genuine = (0, "genuine", "HM-0001")
        file = self.write("badge.json", badge())
        proof = self.submit(file)
        text = self.canonize(file)
        target = hashlib.sha256(text.encode()).hexdigest()
        proven.Proofs(self.chain, self.daemon.address).check(target, proof.read_bytes())
        self.assertEqual(json.loads(proof.read_text())["targetRule"], "rdfc")
        self.assertEqual(hm.run_program("hallmark", "hash", file).stdout, f"{target}  {file}\n")
        self.assertEqual(self.verify(file, proof), genuine)
        for name, same in (("indented.json", json.dumps(badge(), indent=4)),
                           ("reversed.json", reversed_keys(badge())), ("canonical.nq", text)):
            self.assertEqual(self.verify(self.write(name, same), proof), genuine, name)

        altered = badge()
        altered["credentialSubject"]["achievement"]["criteria"]["narrative"] = "94 of 100 points or more"
        self.assertEqual(self.verify(self.write("altered.json", altered), proof), (1, "not-genuine", "HM-2011"))
        self.assertEqual(self.verify(self.write("altered.nq", text.replace("nadia", "nadim")), proof),
                         (1, "not-genuine", "HM-2011"))

    def test_what_cannot_be_hashed_is_never_called_genuine_or_forged(self):
        self.start()
        proof = self.submit(self.write("badge.json", badge()))
        extra, hidden, redefined, unknown = badge(), badge(), badge(), badge()
        extra["credentialSubject"]["mention"] = "very good"
        hidden["@context"].append({"mention": None})
        hidden["credentialSubject"]["mention"] = "very good"
        redefined["@context"].append({"narrative": "urn:example:nothing"})
        unknown["@context"].append(OWN)
        for name, document, code, exit in (
                ("extra", extra, "HM-1004", 2), ("hidden", hidden, "HM-1004", 2),
                ("redefined", redefined, "HM-1005", 65), ("unknown", unknown, "HM-1006", 2),
                ("broken", json.dumps(badge())[:-1], "HM-1003", 65)):
            file = self.write(f"{name}.json", document)
            self.assertEqual(self.verify(file, proof), (exit, "could-not-check", code), name)
            for command in ("hash", "canonize"):
                done = hm.run_program("hallmark", command, file)
                self.assertEqual((done.returncode, done.stdout), (65, ""), name)
                self.assertIn(code, done.stderr)
            done = hm.run_program("hallmark", "submit", "--node", f"http://{self.daemon.http}", file)
            self.assertEqual((done.returncode, done.stdout), (65, ""), name)

    def test_canonize_takes_any_json_ld(self):
        """Only a document that names a context document is held to the rule for inline contexts."""
        own = {"@context": {"@vocab": "urn:v:", "id": "@id"}, "id": "thing", "name": "é\n"}
        file = self.write("own.json", own)
        self.assertEqual(self.canonize(file, "--base", "http://example.org/dir/file"),
                         '<http://example.org/dir/thing> <urn:v:name> "é\\n" .\n')
        done = hm.run_program("hallmark", "canonize", file)
        self.assertEqual((done.returncode, done.stdout), (65, ""))
        self.assertIn("HM-1004", done.stderr)
        self.assertIn("at /id)", done.stderr)
        absolute = self.write("absolute.json", {**own, "id": "urn:thing"})
        text = self.canonize(absolute)
        self.assertEqual(hm.run_program("hallmark", "hash", absolute).stdout.split()[0],
                         hashlib.sha256(text.encode()).hexdigest())
        own["@context"] = [CREDENTIALS, own["@context"]]
        done = hm.run_program("hallmark", "canonize", "--base", "http://example.org/", self.write("mixed.json", own))
        self.assertEqual((done.returncode, done.stdout), (65, ""))
        self.assertIn("HM-1005", done.stderr)

    def test_own_contexts_and_plain_bytes(self):
        self.start()
        marked = badge()
        marked["@context"].append(OWN)
        marked["credentialSubject"]["mark"] = "84"
        file = self.write("marked.json", marked)
        context = ("--context", f"{OWN}=" + str(self.write("own.json", {"@context": {"mark": "urn:example:mark"}})))
        proof = self.submit(file, *context)
        self.assertIn("<urn:example:mark> \"84\" .\n", self.canonize(file, *context))
        self.assertEqual(self.verify(file, proof, *context)[0], 0)
        self.assertEqual(self.verify(file, proof), (2, "could-not-check", "HM-1006"))

        as_file = self.write("as-file.json", badge())
        proof = self.submit(as_file, "--as-bytes")
        self.assertEqual(json.loads(proof.read_text())["targetHash"], hashlib.sha256(as_file.read_bytes()).hexdigest())
        self.assertEqual(self.verify(as_file, proof)[0], 0)
        self.assertEqual(self.verify(self.write("indented.json", json.dumps(badge(), indent=1)), proof),
                         (1, "not-genuine", "HM-2011"))


if __name__ == "__main__":
    hm.main(hm.ANVIL, hm.program("hallmarkd"), hm.program("hallmark"))
