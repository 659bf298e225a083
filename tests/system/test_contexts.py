"""The generator of the embedded contexts: a wrong digest, a missing file or a bad index stops the build."""
import hashlib
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

CONTEXTS = Path(__file__).resolve().parents[2] / "config/contexts"


class EmbedTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = Path(self.folder.name)
        self.output = self.root / "out.h"

    def file(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return hashlib.sha256(text.encode()).hexdigest()

    def embed(self, index):
        (self.root / "index").write_text(index)
        return subprocess.run([sys.executable, "-B", CONTEXTS / "embed.py", self.root / "index", self.output],
                              capture_output=True, text=True)

    def assert_refused(self, index, message):
        done = self.embed(index)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(message, done.stderr)
        self.assertFalse(self.output.exists())

    def test_the_real_index_is_sound(self):
        index = CONTEXTS / "index"
        done = subprocess.run([sys.executable, "-B", CONTEXTS / "embed.py", index, self.output],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("https://www.w3.org/ns/credentials/v2", self.output.read_text())

    def test_only_the_context_is_embedded(self):
        sha256 = self.file("a.jsonld", '{"@context": {"a": "urn:a"}, "comment": "hidden"}')
        done = self.embed(f"urn:u\n  {sha256} only MIT own:a.jsonld\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(r'{\"@context\":{\"a\":\"urn:a\"}}', self.output.read_text())
        self.assertNotIn("hidden", self.output.read_text())

    def test_an_object_literal_of_a_package_becomes_json(self):
        sha256 = self.file("node_modules/p/c.js", "'use strict';\n/* it's */ module.exports = {\n  '@context': {\n"
                           "    a: 'urn:a', // a \"term\"\n    b: {'@id': 'urn:b', \"@protected\": true,},\n  }\n};\n")
        done = self.embed(f"urn:u\n  {sha256} only MIT npm:p/c.js\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(r'\"b\":{\"@id\":\"urn:b\",\"@protected\":true}', self.output.read_text())

    def test_code_in_a_package_is_not_data(self):
        sha256 = self.file("node_modules/p/c.js", "module.exports = {'@context': f()};\n")
        self.assert_refused(f"urn:u\n  {sha256} only MIT npm:p/c.js\n", "not plain data")

    def test_a_wrong_digest_is_refused_with_the_right_one(self):
        sha256 = self.file("a.jsonld", '{"@context": {}}')
        self.assert_refused(f"urn:u\n  {'0' * 64} only MIT own:a.jsonld\n", sha256)

    def test_a_missing_file_says_what_to_do(self):
        self.assert_refused(f"urn:u\n  {'0' * 64} only MIT npm:p/c.json\n", "run scripts/setup")

    def test_a_url_stands_once(self):
        sha256 = self.file("a.jsonld", '{"@context": {}}')
        line = f"  {sha256} only MIT own:a.jsonld\n"
        self.assert_refused(f"urn:u\n{line}\nurn:u\n{line}", "stands twice")

    def test_a_line_out_of_place_is_named(self):
        self.assert_refused("urn:u\n  only MIT own:a.jsonld\n", "index:2")
        self.assert_refused(f"  {'0' * 64} only MIT own:a.jsonld\n", "index:1")


if __name__ == "__main__":
    unittest.main()
