"""What we issue, judged by Blockcerts' own verifier (npm @blockcerts/cert-verifier-js) on the same chain."""
import hashlib
import json
import subprocess
import sys

import hm
from pages import Pages
from test_credentials import BADGES, CREDENTIALS, badge

VERIFIER = hm.ROOT / "tests/node_modules/@blockcerts/cert-verifier-js"
NODE_NEEDED = (20, 19)
REVOKE = "0xb75c7dc6"  # the selector of revoke(bytes32)


def node_version():
    try:
        said = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout
        return tuple(int(part) for part in said.strip().lstrip("v").split(".")[:2])
    except (OSError, ValueError):
        return (0, 0)


def open_badge(issuer):
    document = badge()
    document["issuer"]["id"] = issuer
    return document


def blockcert(issuer, credentials, schema, **dates):
    return {
        "@context": [credentials, schema], "id": "urn:uuid:5e0b9d4e-0c0b-4f0a-8f0e-2f1f5a6f7b02",
        "type": ["VerifiableCredential", "BlockcertsCredential"], "issuer": issuer, **dates,
        "credentialSubject": {"id": "did:example:nadia"},
        "display": {"contentMediaType": "text/html", "content": "<b>Analyse de données, niveau 2 : É, œ, \"ñ\"\t</b>"}}


class BlockcertsTest(hm.Case):
    def start(self, **settings):
        self.chain, self.daemon = hm.world(self, settings=settings)
        self.daemon.start()
        self.pages = {"/context": json.loads((hm.ROOT / "config/contexts/ob-v3p0-3.0.3.jsonld").read_text())}
        self.server = Pages(self, self.pages)
        self.issuer = self.server.url.replace("http:", "https:") + "/profile"  # as documents name it
        self.profile = self.pages["/profile"] = {
            "@context": ["https://w3id.org/openbadges/v2", "https://w3id.org/blockcerts/3.0"], "type": "Profile",
            "id": self.issuer, "name": "Certif", "url": "https://certif.example.fr",
            "publicKey": [{"id": f"ecdsa-koblitz-pubkey:{self.daemon.address}", "created": "2020-01-01T00:00:00Z"}]}

    def write(self, name, document):
        path = self.folder / name
        path.write_text(json.dumps(document, ensure_ascii=False, indent=1))
        return path

    def issue(self, documents, *options):
        """The copies that carry their proofs, by name."""
        files = [self.write(f"{name}.json", document) for name, document in documents.items()]
        done = hm.run_program("hallmark", "submit", "--node", f"http://{self.daemon.http}", "--wait=final",
                              "-o", self.folder / "out", *options, *files)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for file in files:
            self.assertTrue((self.folder / f"out/{file.name}.proof.json").exists())
        return {name: self.folder / f"out/{name}.json.issued.json" for name in documents}

    def judge(self, certificate):
        done = subprocess.run(["node", hm.ROOT / "tests/system/blockcerts/verify.mjs", certificate, self.chain.url,
                               f"{self.issuer}={self.server.url}/profile", f"{BADGES}={self.server.url}/context"],
                              capture_output=True, text=True, timeout=hm.DEADLINE * 2)
        self.assertEqual(done.returncode, 0, done.stderr)
        return {**json.loads(done.stdout), "said": done.stderr}

    def verify(self, *arguments, **options):
        """Our own verdicts on the same, by file."""
        done = hm.run_program("hallmark", "verify", "--json", "--rpc", self.chain.url,
                              "--allow-origin", self.server.url, *arguments, **options)
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]

    def assert_both(self, certificate, authenticity, failing=None):
        """cert-verifier-js and hallmark agree: on success, or on the step that fails."""
        theirs = self.judge(certificate)
        code, (ours,) = self.verify(certificate)
        failed = [step["name"] for step in ours["steps"] if step["status"] == "failed"]
        if authenticity == "genuine":
            self.assertEqual((theirs["status"], set(theirs["steps"].values())), ("success", {"success"}), theirs)
            self.assertEqual((code, ours["authenticity"], ours["force"], failed), (0, "genuine", "in-force", []), ours)
        else:
            self.assertEqual((theirs["status"], theirs["steps"][failing]), ("failure", "failure"), theirs)
            self.assertEqual((code, ours["authenticity"], failed), (1, authenticity, [failing]), ours)
        return theirs

    def revoke(self, sender, identity):
        """From any account, without its key: what the registry records is the same."""
        self.chain.fund(sender)
        self.chain.rpc("anvil_impersonateAccount", sender)
        sent = self.chain.rpc("eth_sendTransaction", {"from": sender, "to": hm.REGISTRY, "data": REVOKE + identity})
        hm.until("revoked", lambda: self.chain.rpc("eth_getTransactionReceipt", sent))
        self.chain.rpc("anvil_stopImpersonatingAccount", sender)

    def test_success_and_one_altered_field(self):
        """Three kinds of credential in one batch, so that each path has steps of the tree too."""
        self.start(**{"chain.anchor_to": "self", "batch.max_age": "5s", "batch.max_leaves": 3})
        documents = {
            "badge": open_badge(self.issuer),
            "modern": blockcert(self.issuer, CREDENTIALS, "https://w3id.org/blockcerts/v3.2",
                                validFrom="2026-11-22T08:00:00Z"),
            "legacy": blockcert(self.issuer, "https://www.w3.org/2018/credentials/v1", "https://w3id.org/blockcerts/v3",
                                issuanceDate="2026-11-22T08:00:00Z")}
        copies = self.issue(documents)
        for name, copy in copies.items():
            issued = json.loads(copy.read_text())
            proof = issued.pop("proof")
            self.assertEqual(issued, documents[name])
            self.assertEqual((proof["type"], proof.get("cryptosuite")), ("MerkleProof2019", None) if name == "legacy"
                             else ("DataIntegrityProof", "merkle-proof-2019"))
            self.assertEqual(proof["verificationMethod"], f"{self.issuer}#{self.daemon.address}")
            result = self.assert_both(copy, "genuine")
            for step in ("computeLocalHash", "compareHashes", "checkMerkleRoot", "checkReceipt", "checkAuthenticity"):
                self.assertIn(step, result["steps"])

        altered = json.loads(copies["badge"].read_text())
        altered["credentialSubject"]["achievement"]["criteria"]["narrative"] = "94 of 100 points or more"
        self.assert_both(self.write("altered.json", altered), "not-genuine", "compareHashes")

        self.profile["publicKey"][0]["id"] = "ecdsa-koblitz-pubkey:0x" + "11" * 20
        self.assert_both(copies["badge"], "not-genuine", "checkAuthenticity")

    def test_a_verification_method_of_the_issuer(self):
        """Anchored to the registry, as usual; the method is the one that the issuer asked for."""
        self.start()
        method = f"{self.issuer}#anchor-1"
        copy = self.issue({"badge": open_badge(self.issuer)}, "--verification-method", method)["badge"]
        self.assertEqual(json.loads(copy.read_text())["proof"]["verificationMethod"], method)
        self.assert_both(copy, "genuine")
        self.assertIn("HM-4100", {step["code"] for step in self.verify(copy)[1][0]["steps"]})

        # Somebody else revokes it, which is nothing; then its issuer does, in the registry.
        proof = json.loads((self.folder / "out/badge.json.proof.json").read_text())
        salt = bytes.fromhex(proof["path"][0]["right"])
        identity = hashlib.sha256(b"hallmark revoke 1\n" + bytes.fromhex(proof["targetHash"]) + salt).hexdigest()
        for sender, verdict in (("0x" + "22" * 20, (0, "in-force")), (self.daemon.address, (3, "revoked"))):
            self.revoke(sender, identity)
            code, (ours,) = self.verify(copy)
            self.assertEqual((code, ours["authenticity"], ours["force"]), (verdict[0], "genuine", verdict[1]), ours)
        self.assertEqual(ours["code"], "HM-4101")


if __name__ == "__main__":
    if node_version() < NODE_NEEDED:
        print("skipped: cert-verifier-js needs Node {}.{} or newer".format(*NODE_NEEDED))
        sys.exit(77)
    hm.main(hm.ANVIL, hm.program("hallmarkd"), hm.program("hallmark"), VERIFIER)
