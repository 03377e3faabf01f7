"""The HTML report in a browser: nothing for axe-core to say, in both languages, in the light and in the dark,
and a clean PDF on A4.

Chromium and pdfinfo are those of the PATH, axe-core that of $SOBRIETY_TOOLS/../../axe-core (deploy/lib/packages.sh fetches
it); without them the tests are skipped. The pages are those that the unit tests compare with the program's.
"""

import html
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import harness

CHROMIUM = shutil.which("chromium")
PDFINFO = shutil.which("pdfinfo")
AXE = pathlib.Path(os.environ.get("SOBRIETY_TOOLS", harness.SOURCE_ROOT / "build/tools/usr/bin")).parents[1] / "axe-core" / "axe.min.js"
PAGES = {language: harness.SOURCE_ROOT / "tests/golden/report" / f"town.{language}.html" for language in ("en", "fr")}
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')

# Runs every rule of WCAG 2.0 to 2.2, A and AA, and of good practice; what it found becomes text of the page.
RUNNER = """<script>%s</script><script>
axe.run(document, {resultTypes: ["violations", "incomplete", "passes"]}).then(
  found => found, problem => ({problem: String(problem)})).then(found => {
    const out = document.createElement("pre");
    out.id = "axe-found";
    out.textContent = JSON.stringify(found.problem ? found : {
      passes: found.passes.length,
      violations: found.violations.map(v => [v.id, v.help, v.nodes.map(n => n.html.slice(0, 200))]),
    });
    document.body.appendChild(out);
  });
</script>"""


class Browser(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def chromium(self, *arguments):
        command = [CHROMIUM, "--headless", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND",
                   "--disable-background-networking", f"--user-data-dir={self.directory / 'profile'}", *arguments]
        if os.geteuid() == 0:
            command.insert(1, "--no-sandbox")  # it has none for root
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def axe(self, page, *arguments):
        """What axe-core says of a page: the number of rules that hold, and the violations."""
        page, replaced = POLICY.subn("", page)  # it lets no script run, ours neither
        self.assertEqual(replaced, 1)
        file = self.directory / "page.html"
        file.write_text(page.replace("</body>", RUNNER % AXE.read_text() + "</body>"))
        shown = self.chromium("--virtual-time-budget=60000", "--window-size=1280,2000", *arguments, "--dump-dom",
                              file.as_uri())
        found = re.search(r'<pre id="axe-found">(.*?)</pre>', shown, re.S)
        self.assertIsNotNone(found, "axe-core did not come to an end")
        return json.loads(html.unescape(found.group(1)))

    def test_axe_has_nothing_to_say(self):
        for language, page in PAGES.items():
            for scheme, value in (("light", 1), ("dark", 0)):
                with self.subTest(language=language, scheme=scheme):
                    found = self.axe(page.read_text(), f"--blink-settings=preferredColorScheme={value}")
                    self.assertEqual(found["violations"], [])
                    self.assertGreater(found["passes"], 20)

    def test_axe_sees_what_is_wrong(self):
        page = PAGES["en"].read_text().replace("--text:#1c2126", "--text:#bbb").replace('<html lang="en">', "<html>")
        seen = {violation[0] for violation in self.axe(page, "--blink-settings=preferredColorScheme=1")["violations"]}
        self.assertLessEqual({"color-contrast", "html-has-lang"}, seen)

    def test_prints_on_a4_with_every_column(self):
        for language, page in PAGES.items():
            with self.subTest(language=language):
                file = self.directory / "report.pdf"
                self.chromium("--no-pdf-header-footer", f"--print-to-pdf={file}", page.as_uri())
                about = subprocess.run([PDFINFO, file], capture_output=True, text=True, check=True).stdout
                self.assertRegex(about, r"Page size:\s+59[45].* x 84[12].* pts \(A4\)")
                self.assertIn(int(re.search(r"Pages:\s+(\d+)", about).group(1)), range(2, 7))
                # What is beyond the edge of the paper is not in the box that is read.
                text = subprocess.run(["pdftotext", "-layout", "-x", "0", "-y", "0", "-W", "595", "-H", "842", file, "-"],
                                      capture_output=True, text=True, check=True).stdout
                for words in (("In short", "Change", "weekends", "Price of a", "Method version 1"),
                              ("L’essentiel", "Évolution", "Week-", "Évitable", "Méthode version 1"))[language == "fr"]:
                    self.assertIn(words, " ".join(text.split()))


if __name__ == "__main__":
    lacking = [name for name, there in (("chromium", CHROMIUM), ("pdfinfo", PDFINFO), (str(AXE), AXE.exists())) if not there]
    if lacking:
        print("skipped: " + ", ".join(lacking) + " not found; tests/run.sh fetches them")
        sys.exit(harness.SKIPPED)
    harness.main()
