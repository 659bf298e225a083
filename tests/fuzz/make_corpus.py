#!/usr/bin/env python3
"""Writes the seeds of the fuzz targets: a few valid inputs of each kind, the same in every run.

    tests/fuzz/make_corpus.py        into tests/fuzz/corpus/; inputs found by fuzzing stand beside them
"""
import base64
import io
import json
import random
import sys
import zipfile
import zlib
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "reader"))
import document  # noqa: E402
import made  # noqa: E402
from rlp import prove, rlp  # noqa: E402

REPLIES = json.loads((HERE.parent / "data" / "anvil.json").read_text())
RANDOM = random.Random(1)
HASH = RANDOM.randbytes(32).hex()


def seed(target, name, content):
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)


def compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def credential():
    issuer, key = "https://issuer.example/profile.json", "did:key:z6MkhryaPw2apk6X486r7L78fSMZfUcfWL6eGKQJnzXti8aW"
    receipt = {"merkleRoot": HASH, "targetHash": HASH, "proof": [{"left": HASH}], "anchors": [
        {"sourceId": HASH, "type": "BTCOpReturn", "chain": "bitcoinMainnet"}]}
    vc = {"@context": ["https://www.w3.org/ns/credentials/v2", "https://w3id.org/blockcerts/v3.2"],
          "type": ["VerifiableCredential", "BlockcertsCredential"], "id": "urn:uuid:1", "issuer": issuer,
          "validUntil": "2030-01-01T00:00:00Z", "credentialSubject": {"id": "did:example:1", "name": "Ada"},
          "credentialSchema": {"id": "https://issuer.example/schema.json", "type": "JsonSchema"}}
    signed = {"type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022", "created": "2020-01-01T00:00:00Z",
              "verificationMethod": key + "#" + key[8:], "proofPurpose": "assertionMethod", "proofValue": "z" + "1" * 87}
    proof = REPLIES.get("proofValue", "z4zvrPUULnHmaio37FZuwYZDyU39wMYujJCMeypmxMWhh2XoCSMSVoeVRBKeEKUVnqccnmgggyPYLx2xubmvDC")
    anchored = {"type": "MerkleProof2019", "created": "2020-01-01T00:00:00Z", "proofPurpose": "assertionMethod",
                "proofValue": proof, "verificationMethod": issuer + "#key-1"}
    badge = {"@context": "https://w3id.org/openbadges/v2", "type": "Assertion", "id": "https://issuer.example/1.json",
             "issuedOn": "2020-01-01T00:00:00Z", "verification": {"type": "hosted"},
             "badge": {"type": "BadgeClass", "name": "Analysis", "issuer": {"type": "Profile", "id": issuer}}}
    seed("credential", "v3", compact({**vc, "proof": anchored}))
    seed("credential", "v3-set", compact({**vc, "issuer": key, "proof": [signed, anchored]}))
    seed("credential", "v2", compact({**badge, "signature": {"type": ["MerkleProof2017", "Extension"], **receipt}}))
    seed("credential", "v1", compact({"@context": "https://w3id.org/blockcerts/v1", "type": "BlockchainCertificate",
                                      "receipt": {"type": "ChainpointSHA256v2", **receipt},
                                      "document": {"@context": "https://w3id.org/blockcerts/v1", "type": "CertificateDocument",
                                                   "certificate": {"issuer": {"id": issuer}}, "assertion": {}}}))
    seed("credential", "badge", compact(badge))
    seed("credential", "presentation", compact({
        "@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["VerifiablePresentation"], "holder": key,
        "verifiableCredential": [{**vc, "proof": signed}, "eyJhbGciOiJub25lIn0.e30."]}))


def intake():
    plain = [RANDOM.randbytes(32).hex() for _ in range(3)]
    objects = [compact({"hash": h, "rule": r}) for h, r in zip(plain, ("bytes", "rdfc"))]
    seed("intake", "object", compact({"hash": HASH}))
    seed("intake", "object-rule", objects[0])
    seed("intake", "lines", "\n".join(plain) + "\n")
    seed("intake", "lines-mixed", "\r\n".join([plain[0], f'"{plain[1]}"', *objects, compact({"hash": HASH})]))
    seed("intake", "line-bad", f"{plain[0]}\n{plain[1].upper()}\n")
    seed("intake", "octets", bytes.fromhex("".join(plain)))
    seed("intake", "octets-tail", bytes(31))


def logs():
    """Proofs of small logs: every status, tails, evidence, self and registry."""
    key = RANDOM.randrange(1, 1 << 255)
    for index, (registry, chain) in enumerate(((bytes(20), 1), (RANDOM.randbytes(20), 11155111), (RANDOM.randbytes(20), 31337))):
        name, genesis = made.genesis(RANDOM, registry, made.address_of_key(key), chain)
        batches = [b for b in made.batches(RANDOM, genesis, 8)[0]]
        k = next(i for i, b in enumerate(batches) if 0 < len(b.leaves) < 20)
        for anchors, status in enumerate(("sealed", "mined", "final")):
            proof = made.proof(name, genesis, batches, k, RANDOM.randrange(len(batches[k].leaves)), status)
            tails = [[("right", b.seal) for b in batches[k + 1:k + 1 + n]] for n in range(anchors)]
            anchored = [made.anchor_with_evidence(RANDOM, proof, tail, key) if tail else made.anchor(RANDOM, proof, tail)
                        for tail in tails]
            text = document.write_bytes(proof._replace(anchors=anchored))
            seed("proof", f"{status}-{index}", text)
            for anchor in json.loads(text)["anchors"][:1]:
                seed("merkleproof", f"{status}-{index}", anchor.get("proofValue", "z"))


def evidence():
    key = RANDOM.randrange(1, 1 << 255)
    for neighbours in (0, 1, 20):
        for registry in (None, RANDOM.randbytes(20)):
            value, header, raws, _ = made.block_with_anchor(RANDOM, key, RANDOM.randbytes(32), 1, registry or bytes(20),
                                                            neighbours)
            raw = raws[value["txIndex"]]
            name = f"{'registry' if registry else 'self'}-{neighbours}"
            seed("evidence", name, compact(value))
            seed("rlp", f"header-{name}", header)
            seed("rlp", f"transaction-{name}", raw)
            seed("rlp", f"receipt-{name}", bytes.fromhex(value["receipt"][2:]))
            for depth, node in enumerate(value["txProof"]):
                seed("mpt", f"node-{name}-{depth}", bytes([1]) + rlp(value["txIndex"]) + bytes.fromhex(node[2:]))
    links()


HEADER_FIELDS = ("parentHash sha3Uncles miner stateRoot transactionsRoot receiptsRoot logsBloom difficulty number "
                 "gasLimit gasUsed timestamp extraData mixHash nonce baseFeePerGas withdrawalsRoot blobGasUsed "
                 "excessBlobGas parentBeaconBlockRoot requestsHash").split()
QUANTITIES = {"difficulty", "number", "gasLimit", "gasUsed", "timestamp", "baseFeePerGas", "blobGasUsed", "excessBlobGas"}


def header_of(name):
    """The header of a block of anvil, in RLP."""
    block = REPLIES[name]["result"]
    fields = [int(block[f], 16) if f in QUANTITIES else bytes.fromhex(block[f][2:]) for f in HEADER_FIELDS if f in block]
    assert made.keccak256(rlp(fields)).hex() == block["hash"][2:]
    return "0x" + rlp(fields).hex()


def links():
    """A transaction of anvil's block, and ways on from there to later blocks."""
    raws = [bytes.fromhex(REPLIES[f"raw {i}"]["result"][2:]) for i in range(6)]
    proof = REPLIES["history proof"]["result"]
    history = {"header": header_of("later block"), "accountProof": proof["accountProof"],
               "storageProof": proof["storageProof"][0]["proof"]}
    value = {"version": 1, "genesisBlock": REPLIES["genesis"]["result"]["hash"], "header": header_of("block"), "txIndex": 1,
             "tx": "0x" + raws[1].hex(), "txProof": ["0x" + node.hex() for node in prove(raws, 1)]}
    seed("evidence", "links-headers", compact({**value, "links": [{"headers": [header_of("next block")]}]}))
    seed("evidence", "links-history", compact({**value, "links": [{"eip2935": history}, {"later": {}}]}))


def replies():
    for name, reply in REPLIES.items():
        if not isinstance(reply, dict):
            continue
        seed("ethrpc", name.replace(" ", "-"), compact({**reply, "id": 1}))
        if name.startswith("raw "):
            seed("rlp", name.replace(" ", "-"), bytes.fromhex(reply["result"][2:]))


def mpt():
    seed("mpt", "pairs", b"".join(bytes([0, 3]) + bytes([i]) + RANDOM.randbytes(4) for i in range(40)))
    seed("mpt", "pairs-long", b"".join(bytes([31, 40]) + bytes(28) + RANDOM.randbytes(4 + 41) for i in range(9)))


def conf():
    seed("conf", "example", (HERE.parent.parent / "config/hallmarkd.conf.example").read_bytes())
    seed("conf", "minimal", "[log]\nname = a.example\n\n[chain]\nanchor_to = self\n")
    seed("conf", "many", "# all kinds\n[log]\nname=certif.example.fr\n[http]\nmax_body = 64K\nrequest_timeout = 1500ms\n"
         "[chain]\nrpc = http://127.0.0.1:1\nrpc = https://b.example/x?y=z\nchain_id = 1\n"
         "registry = 0x" + "aB" * 20 + "\nfinality = depth\nquorum = 2\n"
         "[fees]\nmax_fee_per_gas = 0.5gwei\ndaily_budget = 0.05ether\nmin_priority_fee = 3wei\n")


def keystore():
    crypto = {"cipher": "aes-128-ctr", "ciphertext": HASH, "cipherparams": {"iv": HASH[:32]}, "mac": HASH}
    kdfs = {"scrypt": {"dklen": 32, "n": 2, "r": 8, "p": 1, "salt": HASH},
            "pbkdf2": {"dklen": 32, "c": 2, "prf": "hmac-sha256", "salt": HASH[:2]}}
    for kdf, params in kdfs.items():
        seed("keystore", kdf, compact({"address": "0x" + HASH[:40], "version": 3, "id": "a5614527",
                                       "crypto": {**crypto, "kdf": kdf, "kdfparams": params}}))


def tokens():
    seed("tokens", "three", f"# whose, for what\n{HASH} submit school\n{HASH[::-1]} submit,read ecole\n\n{HASH} admin root")


def wrapping():
    """Badges in pictures, archives, and texts that went through somebody's hands."""
    badge = compact({"@context": ["https://www.w3.org/ns/credentials/v2"], "name": "É"})

    def chunk(kind, data):
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    def png(*chunks):
        head = chunk(b"IHDR", bytes([0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0]))
        return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunk(*c) for c in chunks) + chunk(b"IEND", b"")

    text = badge.encode()
    seed("png", "itxt", png((b"iTXt", b"openbadgecredential\0\0\0en\0badge\0" + text)))
    seed("png", "itxt-packed", png((b"iTXt", b"openbadges\0\1\0\0\0" + zlib.compress(text))))
    seed("png", "text-link", png((b"tEXt", b"openbadges\0https://example.org/1"), (b"IDAT", b"x")))
    seed("png", "ztxt", png((b"zTXt", b"openbadges\0\0" + zlib.compress(text))))
    seed("png", "twice", png(*[(b"tEXt", b"openbadges\0{}")] * 2))
    seed("png", "none", png((b"tEXt", b"Comment\0none")))

    svg = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="{}">{}<path d="M0 0"/></svg>'
    ob2, ob3 = "http://openbadges.org", "https://purl.imsglobal.org/ob/v3p0"
    seed("svg", "attribute", svg.format(ob3, '<openbadges:credential verify="eyJhbGciOiJFUzI1NiJ9.e30.AA"/>'))
    seed("svg", "body", '<?xml version="1.0"?>' + svg.format(ob2, f"<openbadges:assertion><![CDATA[{badge}]]></openbadges:assertion>"))
    seed("svg", "entities", '<!DOCTYPE svg [<!ENTITY a "b"><!ENTITY c "&a;&a;">]>'
         + svg.format(ob3, "<openbadges:credential>&c;&c;</openbadges:credential>"))
    seed("svg", "none", svg.format(ob2, "<g/>"))

    def archive(members, **options):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", **options) as z:
            for name, data in members:
                z.writestr(zipfile.ZipInfo(name, (2026, 11, 22, 8, 0, 0)), data)
        return out.getvalue()

    several = [("a.json", badge), ("b.pdf", "%PDF-1.7"), ("b.pdf.proof.json", "{}"), ("folder/", ""),
               ("folder/badge.png", png((b"iTXt", b"openbadges\0\0\0\0\0" + text)))]
    seed("zip", "stored", archive(several))
    seed("zip", "packed", archive(several, compression=zipfile.ZIP_DEFLATED))
    seed("zip", "nested", archive([("inner.zip", archive(several[:1]))]))
    seed("zip", "office", archive([("[Content_Types].xml", "<x/>")]))
    seed("zip", "empty", archive([]))

    seed("diagnose", "sound", badge)
    seed("diagnose", "quotes", badge.replace('"', "“"))
    seed("diagnose", "cut", badge[:-10])
    seed("diagnose", "base64", base64.b64encode(text))
    seed("diagnose", "mail", "> " + badge[:40] + "=\r\n> " + badge[40:])
    seed("diagnose", "page", "<html><body>" + badge.replace('"', "&quot;"))
    seed("diagnose", "wide", badge.encode("utf-16"))
    seed("diagnose", "link", "https://example.org/badges/1\n")
    seed("diagnose", "token-cut", "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJkaWQ6d2ViOmV4YW1wbGUub3JnIn0")


for make in (credential, intake, logs, evidence, replies, mpt, conf, keystore, tokens, wrapping):
    make()
