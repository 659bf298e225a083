"""The alert rules, the dashboard and the metrics, judged by Debian's promtool."""
import json
import shutil
import subprocess
import tempfile
from pathlib import Path

import hm

PROMTOOL = shutil.which("promtool") or "promtool"
MONITORING = hm.ROOT / "config" / "monitoring"


def promtool(*arguments, stdin=None):
    result = subprocess.run([PROMTOOL, *map(str, arguments)], input=stdin, capture_output=True, text=True, timeout=hm.DEADLINE)
    return result.returncode, result.stdout + result.stderr


class MonitoringTest(hm.Case):
    def judge(self, *arguments, stdin=None):
        status, said = promtool(*arguments, stdin=stdin)
        self.assertEqual(status, 0, said)
        return said

    def test_rules(self):
        self.judge("check", "rules", MONITORING / "hallmark.rules.yml")
        self.judge("test", "rules", MONITORING / "hallmark.rules.test.yml")

    def test_the_tests_of_the_rules_can_fail(self):
        with tempfile.TemporaryDirectory() as folder:
            rules = (MONITORING / "hallmark.rules.yml").read_text()
            (Path(folder) / "hallmark.rules.yml").write_text(rules.replace("> 7200", "> 17200"))
            shutil.copy(MONITORING / "hallmark.rules.test.yml", folder)
            self.assertNotEqual(promtool("test", "rules", Path(folder) / "hallmark.rules.test.yml")[0], 0)

    def test_every_rule_is_tested(self):
        rules = [line.split()[-1] for line in (MONITORING / "hallmark.rules.yml").read_text().splitlines() if "- alert:" in line]
        tests = (MONITORING / "hallmark.rules.test.yml").read_text()
        for rule in rules:
            self.assertIn(f"alertname: {rule}\n", tests, "a case in which it comes")
            self.assertIn(f"alertname: {rule}}}\n", tests, "a case in which it does not")

    def test_scrape_settings(self):
        self.judge("check", "config", "--syntax-only", MONITORING / "prometheus.yml")

    def test_every_query_of_the_dashboard(self):
        board = json.loads((MONITORING / "dashboard.json").read_text())
        queries = [t["expr"].replace("$instance", ".*") for p in board["panels"] for t in p["targets"]]
        rules = {"groups": [{"name": "dashboard", "rules": [
            {"record": f"query_{i}", "expr": query} for i, query in enumerate(queries)]}]}
        path = self.folder / "dashboard.rules.yml"
        path.write_text(json.dumps(rules))  # JSON is YAML
        self.assertIn(f"{len(queries)} rules found", self.judge("check", "rules", path))

    def test_live_metrics(self):
        _, daemon = hm.world(self)
        daemon.start()
        hm.until("a look at the chain", lambda: b"hallmark_chain_reachable 1\n" in daemon.client.get("/metrics").body)
        self.judge("check", "metrics", stdin=daemon.client.get("/metrics").body.decode())


if __name__ == "__main__":
    hm.main(PROMTOOL, hm.ANVIL, hm.program("hallmarkd"), hm.program("hallmarkctl"))
