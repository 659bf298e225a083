"""A stand-in for web3signer, which is Java and in no Debian package: both of its ways to sign, by the second
reader's own secp256k1, and what a signer may do wrong. No real web3signer is run by these tests."""
import http.server
import json
import threading

import ethkey
import hm
import rlp
import section2
import secp256k1

MAX_S = secp256k1.N // 2


class Fault:
    """What the next answers are like. Each changes one thing; None: honest."""

    def __init__(self, payload=None, signature=None, body=None, status=None, key=None, silent=False, fields=None):
        self.payload, self.signature, self.body, self.status = payload, signature, body, status
        self.key, self.silent, self.fields = key, silent, fields


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *arguments):
        pass

    def reply(self, status, content_type, text):
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        self.owner.calls.append(self.path)
        if self.path == "/api/v1/eth1/publicKeys":
            self.reply(200, "application/json", json.dumps([public_key(key) for key in self.owner.keys]))
        else:
            self.reply(404, "text/plain", "Resource not found")

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        fault = self.owner.take_fault(self.path, body)
        if fault.silent:
            self.owner.released.wait(60)
        elif fault.status or fault.body is not None:
            self.reply(fault.status or 200, "text/plain", fault.body or "")
        elif self.path.startswith("/api/v1/eth1/sign/"):
            self.sign_rest(self.path.rsplit("/", 1)[1], bytes.fromhex(body["data"][2:]), fault)
        else:
            self.json_rpc(body, fault)

    def sign_rest(self, name, payload, fault):
        """The signer hashes the data itself; the answer is r, s and v as text."""
        key = next((key for key in self.owner.keys if public_key(key) == name), None)
        if key is None:
            self.reply(404, "text/plain", "")
            return
        parity, r, s = sign(fault.key or key, payload, fault)
        self.reply(200, "text/plain", "0x" + r.to_bytes(32, "big").hex() + s.to_bytes(32, "big").hex()
                   + bytes([27 + parity]).hex())

    def json_rpc(self, call, fault):
        answer = {"jsonrpc": "2.0", "id": call["id"]}
        if call["method"] == "eth_accounts":
            answer["result"] = [key.address for key in self.owner.keys]
        else:
            wanted = dict(call["params"][0])
            key = next((key for key in self.owner.keys if key.address == wanted["from"]), None)
            if call["method"] != "eth_signTransaction" or key is None:
                answer["error"] = {"code": -32000, "message": "From address does not match available account"}
            else:
                wanted.update(fault.fields or {})
                fields = [int(wanted["chainId"], 16), int(wanted["nonce"], 16), int(wanted["maxPriorityFeePerGas"], 16),
                          int(wanted["maxFeePerGas"], 16), int(wanted["gas"], 16), bytes.fromhex(wanted["to"][2:]),
                          int(wanted["value"], 16), bytes.fromhex(wanted["data"][2:]), []]
                answer["result"] = ethkey.signed(fields, sign(fault.key or key, b"\2" + rlp.rlp(fields), fault))
        self.reply(200, "application/json", json.dumps(answer))


def sign(key, payload, fault):
    parity, r, s = key.sign(payload)
    return fault.signature(parity, r, s) if fault.signature else (parity, r, s)


def high_s(parity, r, s):
    """The other signature that is valid for mathematics and not for Ethereum (EIP-2)."""
    return 1 - parity, r, secp256k1.N - s


def public_key(key):
    x, y = secp256k1.affine(secp256k1.multiply(secp256k1.G, key.secret))
    return "0x" + x.to_bytes(32, "big").hex() + y.to_bytes(32, "big").hex()


class Web3Signer:
    def __init__(self, case, *keys, port=None):
        self.keys, self.calls, self.faults = list(keys), [], []
        self.released, self.lock = threading.Event(), threading.Condition()
        self.port = port or hm.reserved_port(case)  # still ours after stop()
        handler = type("Bound", (Handler,), {"owner": self})
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        case.addCleanup(self.stop)

    def stop(self):
        if self.server:
            self.released.set()
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def always(self, **fault):
        """Answer like this until honest()."""
        self.faults = [Fault(**fault)]

    def honest(self):
        self.faults = []
        self.released.set()

    def take_fault(self, path, body):
        with self.lock:
            self.calls.append(body.get("method", path))
            self.lock.notify_all()
            return self.faults[0] if self.faults else Fault()

    def signatures(self):
        return sum(call == "eth_signTransaction" or call.startswith("/api/v1/eth1/sign/") for call in self.calls)
