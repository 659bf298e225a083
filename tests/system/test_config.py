"""hallmarkd.conf: every error at once with file and line, the example file, and what a reload may change."""
import json
import re
import signal
import subprocess

import hm

EXAMPLE = hm.ROOT / "config/hallmarkd.conf.example"


def run(*arguments):
    return subprocess.run([str(hm.program("hallmarkd")), *map(str, arguments)], capture_output=True, text=True,
                          timeout=hm.DEADLINE)


class PrintTest(hm.Case):
    def test_the_example_file_is_what_is_printed(self):
        result = run("--print-config")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(result.stdout, EXAMPLE.read_text())

    def test_what_is_printed_can_be_read(self):
        conf = self.folder / "a.conf"
        conf.write_text("[log]\nname = a.example\n[chain]\nrpc = http://one\nrpc = http://two\nquorum = 2\n"
                        "[fees]\nmax_fee_per_gas = 7gwei\n[batch]\nmax_age = 90s\n")
        first = run("-c", conf, "--print-config")
        self.assertEqual(first.returncode, 0, first.stderr)
        for line in ("name = a.example", "rpc = http://one", "rpc = http://two", "max_fee_per_gas = 7gwei"):
            self.assertIn(f"\n{line}\n", first.stdout)
        again = self.folder / "b.conf"
        again.write_text(first.stdout)
        self.assertEqual(run("-c", again, "--print-config").stdout, first.stdout)
        self.assertEqual(run("-c", again, "--check-config").returncode, 0)

    def test_arguments(self):
        self.assertRegex(run("--version").stdout, r"^hallmarkd \d+\.\d+\.\d+\n$")
        self.assertIn("--check-config", run("--help").stdout)
        for wrong in (("--nonsense",), ("surplus",), ("-c",)):
            self.assertEqual(run(*wrong).returncode, 64, wrong)


class CheckTest(hm.Case):
    def check(self, text, *options):
        conf = self.folder / "hallmarkd.conf"
        conf.write_bytes(text if isinstance(text, bytes) else text.encode())
        result = run("-c", conf, *options)
        lines = {}
        for line in result.stderr.splitlines():
            match = re.match(re.escape(str(conf)) + r":(\d+): (.+)", line)
            if match:
                lines[int(match[1])] = match[2]
        return result, lines

    def test_a_good_file(self):
        result, lines = self.check("# a comment\n\n[log]\nname = a\n; another\n", "--check-config")
        self.assertEqual((result.returncode, lines), (0, {}))
        self.assertIn("good", result.stdout)

    def test_every_error_at_once_with_its_line(self):
        wrong = ["[log]", "name = Not A Name", "nonsense = 1", "[stroe]", "[store]", "map_size = lots", "map_size = 1K",
                 "[http]", "listen = nowhere", "max_connections = -1", "max_connections = 1", "request_timeout = 5",
                 "  max_body = 1M", "no value at all", "[batch]", "max_age = 10 minutes", "max_leaves = 0",
                 "min_interval = 1s # inline", "[chain]", "rpc = ftp://x", "chain_id = 0", "registry = 0x12",
                 "anchor_to = moon", "finality = soon", "confirmations = 1.5", "quorum = 3", "poll = 1ms", "[fees]",
                 "max_fee_per_gas = 3", "daily_budget = 1 ether", "[key]", "file = " + "x" * 250, "[control]",
                 "socket = relative.sock"]
        good = {number for number, line in enumerate(wrong, 1) if line in ("[log]", "[store]", "[http]", "[batch]",
                                                                           "[chain]", "[fees]", "[key]", "[control]")}
        result, lines = self.check("\n".join(wrong) + "\n", "--check-config")
        self.assertEqual(result.returncode, 1)
        missing = {number: wrong[number - 1] for number in set(range(1, len(wrong) + 1)) - good - set(lines)}
        self.assertEqual(missing, {}, result.stderr)
        self.assertEqual(set(lines) & good, set(), result.stderr)

    def test_one_error_each(self):
        cases = {"[log\n": 1, "name = a\n": 1, "[log]\nname = a\nname = b\n": 3, "[log]\n= a\n": 2,
                 "[http]\nmax_body = 2M\nmax_bulk_body = 1M\n": 3, "[http]\ntls_cert = /x\n": 2,
                 "[http]\nlisten = 0.0.0.0:80\n": 2, "[http]\nlisten = 127.0.0.1:70000\n": 2,
                 "[fees]\nmin_priority_fee = 4gwei\nmax_priority_fee = 3gwei\n": 2,
                 "[fees]\ndaily_budget = -1ether\n": 2, "[fees]\ndaily_budget = 0.0000000000000000001ether\n": 2,
                 "[chain]\nchain_id = 99999999999999999999999\n": 2, "[store]\nmap_size = 12X\n": 2,
                 "[key]\nsigner = relative\n": 2, "[key]\nsigner = /" + "x" * 107 + "\n": 2, "[key]\nweb3signer = host:9000\n": 2,
                 "[key]\nsigner = /x\nweb3signer = http://x/\n": 3, "[key]\nweb3signer_api = soap\n": 2,
                 "[key]\naddress = 0x12\n": 2, "[store]\npath =\n": 2, "[store]\npath = /x\nmirror = /x\n": 3, "[log]\nname = a\n\tx = 1\n": 3}
        for text, line in cases.items():
            with self.subTest(text):
                result, lines = self.check(text, "--check-config")
                self.assertEqual((result.returncode, list(lines)), (1, [line]), result.stderr)

    def test_bytes_that_are_no_text(self):
        for data in (b"\0\0\0\0", b"[log]\nname = \xff\xfe\n", b"\x7fELF" + bytes(100), b"[" * 100_000):
            result, _ = self.check(data, "--check-config")
            self.assertEqual(result.returncode, 1, result.stderr)
            self.assertIn("hallmarkd.conf", result.stderr)
        result, _ = self.check(b"#" * (2 << 20), "--check-config")
        self.assertEqual(result.returncode, 1)

    def test_no_such_file(self):
        result = run("-c", self.folder / "absent.conf", "--check-config")
        self.assertEqual(result.returncode, 1)
        self.assertIn("absent.conf", result.stderr)

    def test_a_daemon_does_not_start_with_errors(self):
        result, lines = self.check("[log]\nname = a\nx = 1\n[batch]\nmax_age = 1\n")
        self.assertEqual((result.returncode, set(lines) >= {3, 5}), (78, True), result.stderr)

    def test_no_registry_is_fine_for_checking_and_not_for_running(self):
        text = "[log]\nname = a\n"
        self.assertEqual(self.check(text, "--check-config")[0].returncode, 0)
        result, _ = self.check(text)
        self.assertEqual(result.returncode, 78)
        self.assertIn("deploy-registry", result.stderr)


class ReloadTest(hm.Case):
    def setUp(self):
        super().setUp()
        self.daemon = hm.Daemon(self, "http://127.0.0.1:1", {"batch.max_age": "1h", "http.max_body": "4K"})
        self.client = self.daemon.start()

    def largest_body(self):
        """Whether a body of 8 KiB is taken: what max_body says."""
        return self.client.post(json.dumps({"hash": "ab" * 32, "x": "y" * 8000})).status in (200, 202)

    def hup(self, event):
        start = len(self.daemon.process.lines)
        self.daemon.process.signal(signal.SIGHUP)
        return self.daemon.process.wait_line(f"event={event}.*", start=start)[0]

    def test_a_good_file_takes_effect(self):
        self.assertFalse(self.largest_body())
        self.daemon.configure(http__max_body="16K")
        line = self.hup("reloaded")
        self.assertIn("http.max_body", line)
        self.assertTrue(self.largest_body())

    def test_a_bad_file_is_refused_and_the_old_stands(self):
        self.daemon.configure(http__max_body="16K", batch__max_age="never")
        line = self.hup("reload-refused")
        self.assertIn(f"{self.daemon.conf}:", line)
        self.assertFalse(self.largest_body())
        result = hm.ctl("-s", self.daemon.settings["control.socket"], "reload")
        self.assertEqual(result.returncode, 1)
        self.assertIn("max_age", result.stderr)
        self.assertEqual(self.daemon.ctl("status").returncode, 78)  # hallmarkctl reads the same file
        self.daemon.conf.unlink()
        self.assertIn("hallmarkd.conf", self.hup("reload-refused"))
        self.daemon.configure(batch__max_age="2h")
        self.hup("reloaded")
        self.assertTrue(self.largest_body())

    def test_what_needs_a_restart_is_named(self):
        self.daemon.configure(store__map_size="2G", http__max_connections=99, fees__max_fee_per_gas="9gwei")
        line = self.hup("reloaded")
        self.assertIn("needs_restart=2", line)
        self.assertIn("store.map_size (needs a restart)", line)
        self.assertIn("http.max_connections (needs a restart)", line)


class StartTest(hm.Case):
    def test_a_start_that_contradicts_the_log_is_refused(self):
        daemon = hm.Daemon(self, "http://127.0.0.1:1")
        genesis = daemon.start().get("/v1/log").json()["genesis"]
        self.assertIn(f"genesis={genesis}", daemon.process.text())
        daemon.stop()
        for name, value, word in (("log__name", "other.example", "other.example"), ("chain__chain_id", 5, "chain"),
                                  ("chain__registry", "0x" + "22" * 20, "registry")):
            old = daemon.settings[name.replace("__", ".")]
            daemon.configure(**{name: value})
            daemon.launch()
            self.assertNotEqual(daemon.process.wait(), 0)
            self.assertIn(word, daemon.process.text())
            daemon.configure(**{name: old})
        self.assertEqual(daemon.start().get("/v1/log").json()["genesis"], genesis)

    def test_a_key_file_that_others_may_read_is_refused(self):
        daemon = hm.Daemon(self, "http://127.0.0.1:1")
        (daemon.folder / "key.json").chmod(0o644)
        daemon.launch().wait_line("event=start-failed .*key.json")
        self.assertEqual(daemon.process.wait(), 1)


if __name__ == "__main__":
    hm.main()
