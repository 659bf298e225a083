"""Keys that the tests know: they sign transactions by the second reader's own secp256k1 (tests/reader)."""
import hashlib
import tempfile
from pathlib import Path

import hm
import rlp
import secp256k1


class Key:
    def __init__(self, name="a key of the tests"):
        self.secret = int.from_bytes(hashlib.sha256(name.encode()).digest(), "big") % secp256k1.N
        self.address = "0x" + secp256k1.address_of_key(self.secret).hex()
        self.hex = self.secret.to_bytes(32, "big").hex()

    def sign(self, payload):
        """(y parity, r, s) over the Keccak of the payload. The nonce follows from key and payload."""
        digest = secp256k1.keccak256(payload)
        nonce = int.from_bytes(hashlib.sha256(bytes.fromhex(self.hex) + digest).digest(), "big") % secp256k1.N
        return secp256k1.sign(digest, self.secret, nonce)

    def transaction(self, nonce, to, data, chain_id=hm.CHAIN_ID, gas=100000, tip=10**9, cap=10**11, value=0):
        """A signed EIP-1559 transaction as 0x hex."""
        fields = [chain_id, nonce, tip, cap, gas, bytes.fromhex(to[2:]), value, bytes.fromhex(data[2:]), []]
        return signed(fields, self.sign(b"\2" + rlp.rlp(fields)))


def signed(fields, signature):
    return "0x" + (b"\2" + rlp.rlp([*fields, *signature])).hex()


FILES = {}  # key file text by address: scrypt takes its time


def key_file(key):
    if key.address not in FILES:
        with tempfile.TemporaryDirectory(prefix="hallmark-key-") as folder:
            hm.write_private(Path(folder) / "passphrase", hm.PASSPHRASE)
            conf = Path(folder) / "hallmarkd.conf"
            conf.write_text(f"[log]\nname = {hm.LOG_NAME}\n[key]\nfile = {folder}/key.json\n"
                            f"passphrase_file = {folder}/passphrase\n")
            made = hm.ctl("-c", conf, "key", "import", "-", stdin=key.hex)
            if made.returncode != 0:
                raise AssertionError(f"key import: {made.stderr}")
            FILES[key.address] = (Path(folder) / "key.json").read_text()
    return FILES[key.address]


def install(daemon, key):
    """Give a daemon that has not started yet this key instead of the one that all tests share."""
    (daemon.folder / "key.json").write_text(key_file(key))
    daemon.address = key.address
