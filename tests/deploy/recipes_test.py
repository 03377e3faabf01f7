"""What is for many machines at once: the Ansible role and the cloud-init snippet, by the tools that read them."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from harness import BIN, SOURCE_ROOT, main  # noqa: E402

DEPLOY = SOURCE_ROOT / "deploy"
TOOLS = pathlib.Path(os.environ.get("SOBRIETY_TOOLS", SOURCE_ROOT / "build" / "tools" / "usr" / "bin"))
CLOUD_SCHEMA = TOOLS.parent / "lib/python3/dist-packages/cloudinit/config/schemas/schema-cloud-config-v1.json"
DEBIAN_PYTHON = "/usr/bin/python3"  # the one that Debian's python3-jsonschema and python3-yaml are for

VALIDATE = """
import json, sys, jsonschema, yaml
schema = json.load(open(sys.argv[1]))
document = yaml.safe_load(open(sys.argv[2]))
jsonschema.Draft4Validator(schema).validate(document)
print(json.dumps(document))
"""


def check_config(text):
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(text)
        file.flush()
        return subprocess.run([BIN / "sobriety-agent", "check-config", "--config.file", file.name],
                              capture_output=True, text=True)


class CloudInit(unittest.TestCase):
    def test_the_snippet_is_what_cloud_init_takes_and_its_configuration_what_the_agent_takes(self):
        if not CLOUD_SCHEMA.exists():
            self.skipTest(f"cloud-init's schema is not unpacked: {CLOUD_SCHEMA}")
        snippet = DEPLOY / "cloud-init" / "user-data.yaml"
        self.assertTrue(snippet.read_text().startswith("#cloud-config\n"))
        valid = subprocess.run([DEBIAN_PYTHON, "-c", VALIDATE, CLOUD_SCHEMA, snippet], capture_output=True, text=True)
        self.assertEqual(valid.returncode, 0, valid.stderr)
        files = {file["path"]: file for file in json.loads(valid.stdout)["write_files"]}
        self.assertEqual(files["/etc/sobriety/token"]["permissions"], "0600")
        checked = check_config(files["/etc/sobriety/agent.yaml"]["content"])
        self.assertEqual(checked.returncode, 0, checked.stderr)
        self.assertIn("collector.example.org:18550", checked.stdout)


class Ansible(unittest.TestCase):
    def setUp(self):
        if not shutil.which("ansible-playbook"):
            self.skipTest("no ansible-playbook")

    def test_the_playbook_is_sound(self):
        checked = subprocess.run(["ansible-playbook", "--syntax-check", "-i", "localhost,", DEPLOY / "ansible" / "site.yml"],
                                 capture_output=True, text=True, env={**os.environ, "LC_ALL": "C.UTF-8"})
        self.assertEqual(checked.returncode, 0, checked.stderr)


if __name__ == "__main__":
    main()
