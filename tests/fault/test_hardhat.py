"""hardhat as second client: it holds replacements to the real rule of ten per cent, and knows fewer methods than anvil."""
import json
import os
import shutil

import faultproxy  # its path to the harness
import ethkey
import hm
import proven

FOLDER = hm.ROOT / "tests/node_modules"
PROGRAM = FOLDER / "hardhat/internal/cli/bootstrap.js"
GWEI = 10**9


class Hardhat(hm.Chain):
    """The same face as anvil, blocks only when asked for."""

    def __init__(self, case):
        folder = case.folder / "hardhat"
        folder.mkdir()
        (folder / "node_modules").symlink_to(FOLDER)
        (folder / "package.json").write_text("{}")
        (folder / "hardhat.config.js").write_text(
            "module.exports = {solidity: '0.8.28', networks: {hardhat: {chainId: %d, mining: {auto: false, interval: 0}}}};"
            % hm.CHAIN_ID)
        self.process = case.own(hm.Process(["node", PROGRAM, "node", "--hostname", "127.0.0.1", "--port", "0"], "hardhat", cwd=folder,
                                           env={**os.environ, "HARDHAT_DISABLE_TELEMETRY_PROMPT": "true", "CI": "true"}))
        self.port = int(self.process.wait_line(r"server at http://127\.0\.0\.1:(\d+)")[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self.rpc = hm.Rpc(self.port)
        case.addCleanup(self.rpc.http.close)
        self.rpc("hardhat_setCode", hm.REGISTRY, json.loads(hm.ARTIFACT.read_text())["runtime"])

    def fund(self, address, wei=10 * hm.ETHER):
        self.rpc("hardhat_setBalance", address, hex(wei))

    def mine(self, n=1):
        self.rpc("hardhat_mine", hex(n))

    def waiting(self, sender):
        """The transactions of the pending block that are of this sender."""
        return [tx for tx in self.rpc("eth_getBlockByNumber", "pending", True)["transactions"] if tx["from"] == sender]


class HardhatTest(hm.Case):
    def setUp(self):
        super().setUp()
        self.chain = Hardhat(self)
        self.chain.fund(hm.key()[1])
        self.chain.mine(3)
        self.daemon = hm.Daemon(self, self.chain.url, {"fees.bump_after": "1s", "chain.finality": "depth", "chain.confirmations": 2})

    def test_its_rule_is_real(self):
        key = ethkey.Key("replacer")
        self.chain.fund(key.address)
        send = lambda tip, cap: self.chain.rpc("eth_sendRawTransaction", key.transaction(0, key.address, "0x", tip=tip, cap=cap))
        send(GWEI, 100 * GWEI)
        for tip, cap in ((GWEI * 109 // 100, 110 * GWEI), (GWEI * 11 // 10, 109 * GWEI)):
            with self.assertRaisesRegex(hm.RpcError, "underpriced"):
                send(tip, cap)
        send(GWEI * 11 // 10, 110 * GWEI)

    def test_replacements_are_taken(self):
        """Nothing is mined: each dearer attempt is accepted, and one of them is mined once."""
        client = self.daemon.start()
        target = "5a" * 32
        client.submit(target)
        prices = set()

        def three_prices():
            prices.update(tx["maxFeePerGas"] for tx in self.chain.waiting(self.daemon.address))
            return len(prices) >= 3
        hm.until("three prices", three_prices)
        self.assertNotIn("class=replacement", self.daemon.process.text(1000))
        self.chain.mine(4)
        self.daemon.wait_final(target)
        proven.all_proven(self.daemon, self.chain, [target])
        self.assertEqual(len(self.chain.anchored(self.daemon.address)), 1)

    def test_a_base_fee_that_leaps(self):
        """Twenty times the base fee while it waits: the next attempt can be mined, within the cap."""
        client = self.daemon.start()
        target = "6b" * 32
        client.submit(target)
        hm.until("in the pool", lambda: self.chain.waiting(self.daemon.address))
        base = int(self.chain.rpc("eth_getBlockByNumber", "latest", False)["baseFeePerGas"], 16)
        self.chain.rpc("hardhat_setNextBlockBaseFeePerGas", hex(20 * base))
        self.chain.mine()
        hm.until("mined", lambda: (self.chain.mine(), client.get(f"/v1/hashes/{target}").json()["status"] in ("mined", "final"))[1])
        self.chain.mine(3)
        self.daemon.wait_final(target)
        proven.all_proven(self.daemon, self.chain, [target])


if __name__ == "__main__":
    hm.main(PROGRAM, shutil.which("node") or "node", hm.program("hallmarkd"), hm.program("hallmarkctl"))
