"""The settings as an operator meets them: every error at once with file and line, exit codes, the example file."""
import hm


class ConfigTest(hm.Case):
    def check(self, text, *options):
        conf = self.folder / "hallmarkd.conf"
        conf.write_text(text)
        return hm.run_program("hallmarkd", "-c", conf, *(options or ("--check-config",)))

    def test_all_errors_at_once(self):
        result = self.check("[log]\nname = Not Good\n  path = x\n[http]\nlisten = 0.0.0.0:80\nmax_body = lots\n"
                            "[chain]\nrpc = ftp://x\nquorum = 4\nwhat = 1\n[nowhere]\nx = 1\n[batch]\nmax_age = 5\n"
                            f"max_age = 6s\nheartbeat = 1h # daily\nmin_interval = {'0' * 200}s\n")
        self.assertEqual(result.returncode, 1)
        lines = result.stderr.splitlines()
        for number, words in ((2, "name"), (3, "indented"), (5, "loopback"), (6, "max_body"), (8, "http://"), (9, "quorum"),
                              (10, "unknown key"), (11, "unknown section"), (14, "max_age"), (15, "already set"),
                              (16, "comment"), (17, "longer than")):
            self.assertTrue([line for line in lines if f"hallmarkd.conf:{number}: " in line and words in line],
                            f"no error of line {number} about {words}:\n{result.stderr}")

    def test_every_kind_of_wrong_value(self):
        for section, line in (("store", "map_size = 12X"), ("store", "map_size = 1"), ("http", "max_connections = -1"),
                              ("http", "request_timeout = 10"), ("http", "listen = nowhere"), ("http", "listen = 127.0.0.1:99999"),
                              ("chain", "chain_id = 0"), ("chain", "chain_id = 99999999999999999999999"),
                              ("chain", "registry = 0x1234"), ("chain", "anchor_to = moon"), ("chain", "finality = soon"),
                              ("fees", "max_fee_per_gas = 20"), ("fees", "daily_budget = -1ether"),
                              ("fees", "daily_budget = 0.0000000000000000001ether"), ("batch", "max_leaves = 0"),
                              ("control", "socket = relative.sock"), ("http", "tls_cert = /x")):
            result = self.check(f"[{section}]\n{line}\n")
            self.assertEqual(result.returncode, 1, line)
            self.assertIn("hallmarkd.conf:2: ", result.stderr, line)

    def test_good_and_absent(self):
        good = self.check("[log]\nname = a.example\n")
        self.assertEqual((good.returncode, good.stderr), (0, ""))
        absent = hm.run_program("hallmarkd", "-c", self.folder / "absent.conf", "--check-config")
        self.assertEqual(absent.returncode, 1)
        self.assertIn("No such file", absent.stderr)

    def test_a_bad_file_does_not_start(self):
        result = self.check("[log]\nname = a.example\n", "-c", self.folder / "hallmarkd.conf")
        self.assertEqual(result.returncode, 78)
        self.assertIn("registry", result.stderr)

    def test_print_config_is_the_example(self):
        printed = hm.run_program("hallmarkd", "--print-config")
        self.assertEqual(printed.returncode, 0)
        self.assertEqual(printed.stdout, (hm.ROOT / "config/hallmarkd.conf.example").read_text())
        (self.folder / "again.conf").write_text(printed.stdout)
        again = hm.run_program("hallmarkd", "-c", self.folder / "again.conf", "--print-config")
        self.assertEqual(again.stdout, printed.stdout)

    def test_arguments(self):
        self.assertEqual(hm.run_program("hallmarkd", "--version").returncode, 0)
        self.assertEqual(hm.run_program("hallmarkd", "--help").returncode, 0)
        self.assertEqual(hm.run_program("hallmarkd", "--nonsense").returncode, 64)
        self.assertEqual(hm.run_program("hallmarkd", "surplus").returncode, 64)


class IdentityTest(hm.Case):
    """Name, chain, registry and first key are fixed at the first start."""

    def test_a_later_start_that_contradicts_refuses(self):
        _, daemon = hm.world(self)
        daemon.start()
        self.assertEqual(daemon.stop(), 0)
        for change, words in (({"log__name": "other.example"}, "holds the log"), ({"chain__chain_id": 5}, "was begun on chain"),
                              ({"chain__registry": "0x" + "77" * 20}, "another registry")):
            kept = dict(daemon.settings)
            daemon.configure(**change)
            process = daemon.launch()
            process.wait_line(f"event=start-failed .*{words}")
            self.assertEqual(process.wait(), 1)
            daemon.settings = kept
        daemon.configure()
        daemon.start()

    def test_key_file_that_others_may_read_is_refused(self):
        _, daemon = hm.world(self)
        (daemon.folder / "key.json").chmod(0o644)
        daemon.launch().wait_line("event=start-failed .*key.json")

    def test_two_daemons_of_one_store(self):
        _, daemon = hm.world(self)
        daemon.start()
        first = daemon.process
        daemon.configure(control__socket=daemon.folder / "other.sock")
        second = daemon.launch()
        second.wait_line("event=start-failed code=busy")
        self.assertEqual(second.wait(), 1)
        self.assertIsNone(first.popen.poll())


if __name__ == "__main__":
    hm.main()
