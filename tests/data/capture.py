#!/usr/bin/env python3
"""Makes anvil.json: replies of a real node to the calls that the unit tests read.

    tests/data/capture.py > tests/data/anvil.json

Block 2 holds a legacy self anchor, a registry anchor, an EIP-2930 transfer, a call that reverts, a
creation and an authorize. Only needed again when a call is added; the tests read the file.
"""
import json
import pathlib
import subprocess
import sys
import time
import urllib.error
import urllib.request

TESTS = pathlib.Path(__file__).resolve().parent.parent
ANVIL = TESTS / "node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil"
REGISTRY = TESTS.parent / "contracts/registry.json"
HISTORY = "0x0000F90827F1C53a10cb7A02335B175320002935"
PORT = 18777
ROOT = "0x1234567890abcdef1234567890abcdef1234567890abcdef1234567890abcdef"
GWEI = 10**9


def post(method, *params):
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{PORT}", body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as reply:
        return json.load(reply)


def call(method, *params):
    reply = post(method, *params)
    if "error" in reply:
        sys.exit(f"{method}: {reply['error']}")
    return reply["result"]


def wait_until_up():
    for _ in range(100):
        try:
            return call("eth_chainId")
        except urllib.error.URLError:
            time.sleep(0.1)
    sys.exit("anvil does not answer")


def send(sender, **fields):
    fields.setdefault("gas", 0x10000)
    if "gasPrice" not in fields:
        fields.setdefault("maxFeePerGas", 2 * GWEI)
        fields.setdefault("maxPriorityFeePerGas", GWEI)
    numbers = {k: hex(v) if isinstance(v, int) else v for k, v in fields.items()}
    return call("eth_sendTransaction", {"from": sender, **numbers})


def make_chain():
    accounts = call("eth_accounts")
    code = json.loads(REGISTRY.read_text())["bytecode"]
    deployment = send(accounts[0], data=code, gas=0x100000)
    call("evm_mine")
    registry = call("eth_getTransactionReceipt", deployment)["contractAddress"]
    send(accounts[1], to=accounts[1], input=ROOT, gas=30000, gasPrice=2 * GWEI)
    send(accounts[2], to=registry, input=ROOT)
    send(accounts[3], to=accounts[4], value=1, gasPrice=2 * GWEI,
         accessList=[{"address": registry, "storageKeys": [ROOT, "0x" + "00" * 32]}])
    send(accounts[5], to=registry, input="0x01")
    send(accounts[6], data=code, gas=0x100000)
    send(accounts[2], to=registry, input="0xb6a5d7de" + "00" * 12 + accounts[7][2:])
    for _ in range(10):
        call("evm_mine")
    return accounts, registry


def capture(accounts, registry):
    block = call("eth_getBlockByNumber", "0x2", True)
    hashes = [t["hash"] for t in block["transactions"]]
    anchor = next(t["hash"] for t in block["transactions"] if t["to"] == registry and t["input"] == ROOT)
    to_registry = {"from": accounts[2], "to": registry, "data": ROOT}
    calls = {
        "block": ("eth_getBlockByNumber", "0x2", True),
        "block hashes": ("eth_getBlockByHash", block["hash"], False),
        "block receipts": ("eth_getBlockReceipts", "0x2"),
        "raw at 1": ("eth_getRawTransactionByBlockHashAndIndex", block["hash"], "0x1"),
        "transaction": ("eth_getTransactionByHash", anchor),
        "receipt": ("eth_getTransactionReceipt", anchor),
        "no receipt": ("eth_getTransactionReceipt", ROOT),
        "no block": ("eth_getBlockByNumber", "0x7777", False),
        "chain id": ("eth_chainId",),
        "block number": ("eth_blockNumber",),
        "client": ("web3_clientVersion",),
        "syncing": ("eth_syncing",),
        "fee history": ("eth_feeHistory", "0x14", "latest", [10, 50]),
        "gas price": ("eth_gasPrice",),
        "tip": ("eth_maxPriorityFeePerGas",),
        "balance": ("eth_getBalance", accounts[1], "latest"),
        "count": ("eth_getTransactionCount", accounts[2], "latest"),
        "code": ("eth_getCode", registry, "latest"),
        "estimate": ("eth_estimateGas", to_registry),
        "call": ("eth_call", to_registry, "latest"),
        "logs": ("eth_getLogs", {"fromBlock": "0x0", "toBlock": "latest", "address": registry, "topics": []}),
        "bad method": ("eth_fooBar",),
        "known": ("eth_sendRawTransaction", call("eth_getRawTransactionByHash", anchor)),
        "genesis": ("eth_getBlockByNumber", "0x0", False),
        "next block": ("eth_getBlockByNumber", "0x3", False),
        "later block": ("eth_getBlockByNumber", "0xb", False),
        "history proof": ("eth_getProof", HISTORY, ["0x%064x" % 2], "0xb"),
    }
    for i, tx in enumerate(hashes):
        calls[f"raw {i}"] = ("eth_getRawTransactionByHash", tx)
    return {"registry": registry, **{name: post(*parameters) for name, parameters in calls.items()}}


node = subprocess.Popen([ANVIL, "--port", str(PORT), "--chain-id", "11155111", "--no-mining", "--timestamp",
                         "1795330800"], stdout=subprocess.DEVNULL)
try:
    wait_until_up()
    json.dump(capture(*make_chain()), sys.stdout, indent=0)
    print()
finally:
    node.terminate()
    node.wait()
