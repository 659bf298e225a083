"""A published log that can be altered, and a node that serves it: what the audit tests tamper with.

The log is that of a real hallmarkd, copied once; more batches can be made here and anchored for real, because
the tests know the key. All formats come from the second reader, tests/reader.
"""
import copy
import datetime
import hashlib
import http.server
import json
import threading
import time

import hm
import section2 as s2

# The first accounts of every anvil: their keys are public, and the node signs for them.
KEYS = ["0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266", "0x70997970c51812dc3a010c7d01b50e0d17dc79c8",
        "0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc"]
SECRET = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
AUTHORIZE, DEAUTHORIZE = "0xb6a5d7de", "0x27c97fa5"


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def iso(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Batch:
    """One batch as it is published. Every member can be changed; row() says what the list shows."""

    def __init__(self, number, header, leaves, annex, previous, claims, status):
        self.number, self.header, self.leaves, self.annex = number, header, leaves, annex
        self.previous, self.claims, self.status = previous, claims, status
        self.shown = {}  # members of the row that are to lie

    @property
    def header_bytes(self):
        return self.header.encode()

    @property
    def root(self):
        return s2.batch_root(self.leaves)

    @property
    def seal(self):
        return s2.seal(self.root, sha(self.header_bytes))

    @property
    def value(self):
        return s2.anchored_value(self.previous, self.seal)

    def row(self):
        return {"number": self.number, "leafCount": self.header.leaf_count, "root": self.root.hex(),
                "header": self.header_bytes.hex(), "sealedAt": iso(self.header.sealed_at), "seal": self.seal.hex(),
                "previous": self.previous.hex(), "anchored": self.value.hex(), "status": self.status,
                "anchors": self.claims, **self.shown}

    def freeze(self, *names):
        """Show these members as they are now, whatever is changed after."""
        row = self.row()
        self.shown.update({name: row[name] for name in names or row})

    def reseal(self, **changes):
        """Change header fields (the leaf count follows the leaves)."""
        self.header = self.header._replace(**{"leaf_count": len(self.leaves), **changes})


class Log:
    def __init__(self, chain, info, batches):
        self.chain, self.info, self.batches = chain, info, batches
        self.genesis = s2.decode_genesis(bytes.fromhex(info["genesis"]))

    def copy(self):
        return Log(self.chain, copy.deepcopy(self.info), copy.deepcopy(self.batches))

    def __getitem__(self, number):
        return next(b for b in self.batches if b.number == number)

    def follow_head(self):
        """/v1/log names the newest batch."""
        newest = self.batches[-1]
        self.info.update(head=newest.number, anchored=newest.row()["anchored"])

    def rechain(self, start=0):
        """Each batch from this place of the list on follows the one before."""
        for i in range(start, len(self.batches)):
            self.batches[i].previous = self.batches[i - 1].value if i else self.genesis.r0
        self.follow_head()

    def append(self, leaves, annex=None, number=None, previous=None, status="final", **header):
        """One more batch, sealed by the rules unless told otherwise."""
        last = self.batches[-1]
        annex = json.dumps(annex).encode() if isinstance(annex, dict) else annex or b""
        recent = self.chain.rpc("eth_getBlockByNumber", "finalized", False)
        fields = {"r0": self.genesis.r0, "number": number or last.number + 1, "leaf_count": len(leaves),
                  "sealed_at": max(int(recent["timestamp"], 16), last.header.sealed_at),
                  "block_chain_id": hm.CHAIN_ID, "block_number": int(recent["number"], 16),
                  "block_hash": bytes.fromhex(recent["hash"][2:]), "annex_hash": sha(annex) if annex else s2.ZERO32}
        batch = Batch(fields["number"], s2.Header(**{**fields, **header}), leaves, annex,
                      previous or last.value, [], status)
        self.batches.append(batch)
        self.follow_head()
        return batch

    # --- the chain

    def anchor(self, batch, key=0, claim=True, to=None, **options):
        """Record a batch (or 32 bytes of anything) by a key, final at once."""
        value = batch.value if isinstance(batch, Batch) else batch
        receipt = self.send(key, to or self.target(key), "0x" + value.hex(), **options)
        if isinstance(batch, Batch) and claim:
            batch.claims = [{"tail": [], "merkleRoot": value.hex(), "chainId": hm.CHAIN_ID, "to": receipt["to"],
                             "from": receipt["from"], "transactionHash": receipt["transactionHash"],
                             "blockNumber": int(receipt["blockNumber"], 16), "blockHash": receipt["blockHash"],
                             "blockTime": iso(self.chain.block_time(receipt["blockNumber"]))}]
        return receipt

    def target(self, key):
        return hm.REGISTRY if any(self.genesis.registry) else KEYS[key]

    def send(self, key, to, data, value=0, gas=100000):
        sent = self.chain.rpc("eth_sendTransaction", {"from": KEYS[key], "to": to, "data": data, "value": hex(value),
                                                      "gas": hex(gas)})
        self.chain.next_block()
        return self.chain.rpc("eth_getTransactionReceipt", sent)

    def change_key(self, selector, by, key):
        return self.send(by, hm.REGISTRY, selector + KEYS[key][2:].rjust(64, "0"))

    def authorize(self, by, key):
        return self.change_key(AUTHORIZE, by, key)

    def deauthorize(self, by, key):
        return self.change_key(DEAUTHORIZE, by, key)


def leaves(n, seed):
    return [sha(f"{seed} {i}".encode()) for i in range(n)]


class Chain(hm.Chain):
    """anvil whose blocks come when they are told to, one second after the other, and that can go back."""

    def block_time(self, number="latest"):
        return int(self.rpc("eth_getBlockByNumber", number, False)["timestamp"], 16)

    def next_block(self, seconds=1):
        self.rpc("evm_setNextBlockTimestamp", hex(self.block_time() + seconds))
        self.rpc("evm_mine")

    def settle(self):
        """What is mined is final."""
        for _ in range(3):
            self.next_block()


# --- the node

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        status, body = self.server.double.answer(self.path)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request, client_address):
        pass  # a client may be killed while it reads


class Double:
    """A node that publishes a Log."""

    def __init__(self, case, log=None):
        self.log, self.requests = log, []
        self.hook = None  # hook(path): an answer of its own, or nothing
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.double = self
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        case.addCleanup(self.close)

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, path):
        self.requests.append(path)
        own = self.hook(path) if self.hook else None
        if own:
            return own
        if path == "/v1/log":
            return 200, json.dumps(self.log.info).encode()
        if path.startswith("/v1/batches?"):
            query = dict(pair.split("=") for pair in path.split("?")[1].split("&"))
            return 200, json.dumps(self.page(int(query["after"]), int(query["limit"]))).encode()
        number, what = path.split("/")[3:5]
        batch = self.log[int(number)]
        if what == "annex" and not batch.annex:
            return 404, b'{"code":"no-annex"}'
        return 200, batch.annex if what == "annex" else b"".join(batch.leaves)

    def page(self, after, limit):
        """In the list's own order, from the first batch above `after` on."""
        start = next((i for i, b in enumerate(self.log.batches) if b.number > after), len(self.log.batches))
        rows = self.log.batches[start:start + limit]
        more = start + limit < len(self.log.batches)
        return {"batches": [b.row() for b in rows], "next": rows[-1].number if more else None}


# --- the real log

def real_log(case, folder, anchor_to="registry", sizes=(3, 1, 5, 2, 4)):
    """(chain, daemon, log) of a real hallmarkd whose key is the first of KEYS; every batch is final."""
    chain = Chain(case)
    daemon = hm.Daemon(case, chain.url, {"batch.max_age": "100ms"}, name=f"node-{anchor_to}")
    (daemon.folder / "key.json").unlink()
    daemon.ctl_ok("key", "import", "-", stdin=SECRET)
    if anchor_to == "self":
        daemon.configure(chain__anchor_to="self", chain__registry=None)
    client = daemon.start()
    for i, size in enumerate(sizes):
        targets = [sha(f"credential {i} {j}".encode()).hex() for j in range(size)]
        client.submit_many(targets)
        daemon.wait_final(*targets)
        # Blocks that a stalled machine catches up come at once: no two batches may share a second all the same.
        second = int(time.time())
        hm.until("the second is over", lambda: int(time.time()) > second)
    chain.hold()
    return chain, daemon, read_log(chain, client)


def read_log(chain, client):
    import proven
    info = json.loads(proven.get(client, "/v1/log").body)
    batches = []
    for row in proven.batch_rows(client):
        data = proven.get(client, f"/v1/batches/{row['number']}/leaves").body
        header = s2.decode_header(bytes.fromhex(row["header"]))
        batch = Batch(row["number"], header, [data[i:i + 32] for i in range(0, len(data), 32)], b"",
                      bytes.fromhex(row["previous"]), row["anchors"], row["status"])
        assert {**batch.row(), "anchors": row["anchors"]} == row, "the copy is not the original"
        batches.append(batch)
    return Log(chain, info, batches)
