"""What we issue, judged by Blockcerts' own verifier (npm @blockcerts/cert-verifier-js) on the same chain."""
import http.server
import json
import subprocess
import sys
import threading

import hm
from test_credentials import BADGES, CREDENTIALS, badge

VERIFIER = hm.ROOT / "tests/node_modules/@blockcerts/cert-verifier-js"
PROFILE = "https://certif.example.fr/profile.json"  # as the credential names it
NODE_NEEDED = (20, 19)


def node_version():
    try:
        said = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout
        return tuple(int(part) for part in said.strip().lstrip("v").split(".")[:2])
    except (OSError, ValueError):
        return (0, 0)


class Pages:
    """JSON documents on a port of the kernel's choice."""

    def __init__(self, case, pages):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = json.dumps(pages[self.path]).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        case.addCleanup(server.server_close)
        case.addCleanup(server.shutdown)
        self.url = f"http://127.0.0.1:{server.server_port}"


def open_badge():
    document = badge()
    document["issuer"]["id"] = PROFILE
    return document


def blockcert(credentials, schema, **dates):
    return {
        "@context": [credentials, schema], "id": "urn:uuid:5e0b9d4e-0c0b-4f0a-8f0e-2f1f5a6f7b02",
        "type": ["VerifiableCredential", "BlockcertsCredential"], "issuer": PROFILE, **dates,
        "credentialSubject": {"id": "did:example:nadia"},
        "display": {"contentMediaType": "text/html", "content": "<b>Analyse de données, niveau 2 : É, œ, \"ñ\"\t</b>"}}


class BlockcertsTest(hm.Case):
    def start(self, **settings):
        self.chain, self.daemon = hm.world(self, settings=settings)
        self.daemon.start()
        self.profile = {
            "@context": ["https://w3id.org/openbadges/v2", "https://w3id.org/blockcerts/3.0"], "type": "Profile",
            "id": PROFILE, "name": "Certif", "url": "https://certif.example.fr",
            "publicKey": [{"id": f"ecdsa-koblitz-pubkey:{self.daemon.address}", "created": "2020-01-01T00:00:00Z"}]}
        self.pages = {"/profile": self.profile,
                      "/context": json.loads((hm.ROOT / "config/contexts/ob-v3p0-3.0.3.jsonld").read_text())}
        self.server = Pages(self, self.pages)

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
                               f"{PROFILE}={self.server.url}/profile", f"{BADGES}={self.server.url}/context"],
                              capture_output=True, text=True, timeout=hm.DEADLINE * 2)
        self.assertEqual(done.returncode, 0, done.stderr)
        return {**json.loads(done.stdout), "said": done.stderr}

    def test_success_and_one_altered_field(self):
        """Three kinds of credential in one batch, so that each path has steps of the tree too."""
        self.start(**{"chain.anchor_to": "self", "batch.max_age": "5s", "batch.max_leaves": 3})
        documents = {
            "badge": open_badge(),
            "modern": blockcert(CREDENTIALS, "https://w3id.org/blockcerts/v3.2", validFrom="2026-11-22T08:00:00Z"),
            "legacy": blockcert("https://www.w3.org/2018/credentials/v1", "https://w3id.org/blockcerts/v3",
                                issuanceDate="2026-11-22T08:00:00Z")}
        copies = self.issue(documents)
        for name, copy in copies.items():
            issued = json.loads(copy.read_text())
            proof = issued.pop("proof")
            self.assertEqual(issued, documents[name])
            self.assertEqual((proof["type"], proof.get("cryptosuite")), ("MerkleProof2019", None) if name == "legacy"
                             else ("DataIntegrityProof", "merkle-proof-2019"))
            self.assertEqual(proof["verificationMethod"], f"{PROFILE}#{self.daemon.address}")
            result = self.judge(copy)
            self.assertEqual((result["status"], set(result["steps"].values())), ("success", {"success"}), (name, result))
            for step in ("computeLocalHash", "compareHashes", "checkMerkleRoot", "checkReceipt", "checkAuthenticity"):
                self.assertIn(step, result["steps"])

        altered = json.loads(copies["badge"].read_text())
        altered["credentialSubject"]["achievement"]["criteria"]["narrative"] = "94 of 100 points or more"
        result = self.judge(self.write("altered.json", altered))
        self.assertEqual((result["status"], result["steps"]["compareHashes"]), ("failure", "failure"), result)

        self.profile["publicKey"][0]["id"] = "ecdsa-koblitz-pubkey:0x" + "11" * 20
        result = self.judge(copies["badge"])
        self.assertEqual((result["status"], result["steps"]["checkAuthenticity"]), ("failure", "failure"), result)

    def test_a_verification_method_of_the_issuer(self):
        """Anchored to the registry; what is named is not in the profile, which Blockcerts lets pass."""
        self.start()
        copy = self.issue({"badge": open_badge()}, "--verification-method", f"{PROFILE}#anchor-1")["badge"]
        self.assertEqual(json.loads(copy.read_text())["proof"]["verificationMethod"], f"{PROFILE}#anchor-1")
        result = self.judge(copy)
        self.assertEqual(result["status"], "success", result)


if __name__ == "__main__":
    if node_version() < NODE_NEEDED:
        print("skipped: cert-verifier-js needs Node {}.{} or newer".format(*NODE_NEEDED))
        sys.exit(77)
    hm.main(hm.ANVIL, hm.program("hallmarkd"), hm.program("hallmark"), VERIFIER)
