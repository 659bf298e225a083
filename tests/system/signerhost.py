"""A hallmark-signer of a test's own, and its socket spoken to directly."""
import json
import os
import signal
import socket

import ethkey
import hm


class SignerHost:
    def __init__(self, case, *keys, **settings):
        self.case, self.process = case, None
        self.folder = case.folder / "signer"
        self.folder.mkdir()
        self.socket = self.folder / "signer.sock"
        self.conf = self.folder / "hallmark-signer.conf"
        hm.write_private(self.folder / "passphrase", hm.PASSPHRASE)
        files = []
        for number, key in enumerate(keys):
            files.append(self.folder / f"key{number}.json")
            hm.write_private(files[-1], ethkey.key_file(key))
        self.settings = {"signer.socket": self.socket, "signer.state": self.folder / "state", "signer.user": os.getuid(),
                         "key.file": files, "key.passphrase_file": self.folder / "passphrase",
                         "chain.chain_id": hm.CHAIN_ID, "chain.registry": hm.REGISTRY}
        self.configure(**settings)

    def configure(self, **changes):
        """section__key = value; a list repeats it."""
        for name, value in changes.items():
            self.settings[name.replace("__", ".")] = value
        sections = {}
        for name, value in self.settings.items():
            section, key = name.split(".")
            for one in value if isinstance(value, list) else [value]:
                if one is not None:
                    sections.setdefault(section, []).append(f"{key} = {one}")
        self.conf.write_text("".join(f"[{s}]\n" + "\n".join(lines) + "\n" for s, lines in sections.items()))

    def launch(self, **options):
        self.process = self.case.own(hm.Process([hm.program("hallmark-signer"), "-c", self.conf], **options))
        return self.process

    def start(self, **options):
        self.launch(**options).wait_line("event=listening")

    def kill(self):
        self.process.kill()

    def stop(self):
        self.process.signal(signal.SIGTERM)
        return self.process.wait()

    def ask(self, line):
        """Its answer to a line (text, or what becomes JSON)."""
        text = line if isinstance(line, str) else json.dumps(line)
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(hm.DEADLINE)
            connection.connect(str(self.socket))
            connection.sendall(text.encode() + b"\n")
            with connection.makefile("rb") as answer:
                return json.loads(answer.readline())

    def sign(self, key, nonce, data, **changes):
        return self.ask({"version": 1, "method": "sign", "from": key.address, "type": 2, "chainId": hm.CHAIN_ID, "nonce": nonce,
                         "to": hm.REGISTRY, "gas": 30000, "maxFeePerGas": 10**9, "maxPriorityFeePerGas": 10**9, "data": data,
                         **changes})

    def sign_other(self, key, **changes):
        """An anchor that nobody signed yet, but for what is changed."""
        return self.sign(key, 0, changes.pop("data", "0x" + "77" * 32), **changes)
