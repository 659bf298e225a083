"""/metrics: exactly the documented names, values that follow what happens; rules and dashboard use nothing else."""
import hashlib
import json
import re

import hm

MONITORING = hm.ROOT / "config" / "monitoring"


def documented():
    """name → type, from docs/metrics.md."""
    return dict(re.findall(r"^\| `(\w+)` \| (\w+) \|", (hm.ROOT / "docs" / "metrics.md").read_text(), re.M))


def parse(text):
    """(name → type, {series: value}) of a page of metrics; fails on a line that is neither."""
    types, values = {}, {}
    for line in text.splitlines():
        if match := re.fullmatch(r"# TYPE (\w+) (\w+)", line):
            types[match[1]] = match[2]
        elif match := re.fullmatch(r'([a-z_]+(?:\{[a-z]+="[^"]*"\})?) (\S+)', line):
            values[match[1]] = float(match[2])
        elif not line.startswith("# HELP hallmark_"):
            raise AssertionError(f"not a metric: {line!r}")
    return types, values


def used(text):
    return {re.sub(r"_(bucket|sum|count)$", "", name) for name in re.findall(r"\bhallmark_\w+", text)}


class MetricsTest(hm.Case):
    def test_live(self):
        chain, daemon = hm.world(self, settings={"batch.max_age": "1h"})
        daemon.start()
        target = hashlib.sha256(b"a").hexdigest()
        self.assertEqual(daemon.client.submit(target).status, 202)
        self.assertEqual(daemon.client.submit(target).status, 200)
        hm.until("a look at the chain", lambda: self.now(daemon)["hallmark_chain_reachable"] == 1)
        types, before = parse(daemon.client.get("/metrics").body.decode())
        self.assertEqual(types, documented())
        self.assertEqual((before["hallmark_accepted_total"], before["hallmark_duplicates_total"], before["hallmark_pending"]), (1, 1, 1))
        self.assertEqual(before["hallmark_ack_seconds_count"], 2)
        self.assertEqual(before['hallmark_ack_seconds_bucket{le="+Inf"}'], 2)
        self.assertEqual(before["hallmark_final_seconds_count"], 0)
        self.assertEqual(before["hallmark_balance_wei"], 10 * hm.ETHER)
        self.assertEqual(before['hallmark_fee_state{state="ok"}'], 1)
        self.assertEqual(before['hallmark_endpoint_agreement{state="agree"}'], 1)
        self.assertEqual(before[f'hallmark_endpoint_up{{endpoint="{chain.url}"}}'], 1)
        daemon.ctl_ok("flush")
        daemon.wait_final(target)
        after = hm.until("finality counted", lambda: (now := self.now(daemon))["hallmark_final_seconds_count"] == 1
                         and now["hallmark_in_flight"] == 0 and now)
        self.assertEqual((after["hallmark_pending"], after["hallmark_batches_total"]), (0, 1))
        self.assertEqual(after["hallmark_oldest_unanchored_seconds"], 0)
        self.assertGreaterEqual(after["hallmark_last_final_time_seconds"], after["hallmark_start_time_seconds"])
        self.assertGreater(after["hallmark_spent_today_wei"], 0)
        self.assertGreater(after['hallmark_store_bytes{part="tree"}'], 0)
        chain.stop()
        daemon.client.submit(hashlib.sha256(b"b").hexdigest())
        daemon.ctl_ok("flush")  # with work under way it looks at the chain often
        hm.until("the alarm", lambda: self.now(daemon)['hallmark_alarm_urgent{name="rpc-down"}'] == 1)
        late = self.now(daemon)
        self.assertEqual((late["hallmark_chain_reachable"], late['hallmark_endpoint_agreement{state="too-few"}']), (0, 1))

    def now(self, daemon):
        return parse(daemon.client.get("/metrics").body.decode())[1]

    def test_rules_and_dashboard_use_documented_names(self):
        names = set(documented())
        for file in ("hallmark.rules.yml", "hallmark.rules.test.yml", "dashboard.json"):
            text = (MONITORING / file).read_text()
            self.assertGreater(len(used(text)), 10, file)
            self.assertEqual(used(text) - names, set(), file)

    def test_the_dashboard_is_whole(self):
        board = json.loads((MONITORING / "dashboard.json").read_text())
        places = [(p["gridPos"]["x"], p["gridPos"]["y"]) for p in board["panels"]]
        self.assertEqual(len(places), len(set(places)), "no panel lies on another")
        for panel in board["panels"]:
            self.assertTrue(panel["title"] and panel["targets"])
            for target in panel["targets"]:
                self.assertIn('instance=~"$instance"', target["expr"])


if __name__ == "__main__":
    hm.main()
