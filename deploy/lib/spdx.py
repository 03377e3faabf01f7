#!/usr/bin/env python3
"""Writes an SPDX 2.3 document of packages: what they are, their digests, and the libraries that their programs are linked with.

  spdx.py NAME VERSION COMMIT DATE FILE...    FILE: .deb or .rpm; DATE: seconds since 1970; prints JSON

Of a library: the name, version and source that Debian's own records give for what is installed here.
"""

import datetime
import hashlib
import json
import pathlib
import re
import subprocess
import sys

LICENSE = "Apache-2.0"


def identifier(*words):
    return "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", "-".join(words))


def output_of(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def facts_of(path):
    """Name, version and the names of what it depends on."""
    if path.suffix == ".deb":
        name, version, depends = (output_of("dpkg-deb", "-f", path, field).strip()
                                  for field in ("Package", "Version", "Depends"))
        return name, version, [re.split(r"[ |(]", each.strip(), maxsplit=1)[0] for each in depends.split(",") if each.strip()]
    name, version = output_of("rpm", "-qp", "--qf", "%{NAME} %{VERSION}-%{RELEASE}", path).split()
    return name, version, []


def library(name):
    """What is installed under that name; none for what is no package here."""
    found = subprocess.run(["dpkg-query", "-W", "-f", "${Version} ${source:Package} ${source:Version}", name],
                           capture_output=True, text=True)
    if found.returncode != 0 or len(found.stdout.split()) != 3:
        return None  # known, and not here
    version, source, source_version = found.stdout.split()
    return {
        "SPDXID": identifier("library", name), "name": name, "versionInfo": version,
        "sourceInfo": f"built by Debian from source package {source} {source_version}",
        "supplier": "Organization: Debian", "downloadLocation": "NOASSERTION", "filesAnalyzed": False,
        "licenseConcluded": "NOASSERTION", "licenseDeclared": "NOASSERTION", "copyrightText": "NOASSERTION",
        "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                          "referenceLocator": f"pkg:deb/debian/{name}@{version}?distro=bookworm"}],
    }


def document(name, version, commit, date, paths):
    packages, relations, libraries = [], [], {}
    for path in paths:
        package, package_version, depends = facts_of(path)
        own = identifier("package", path.name)
        packages.append({
            "SPDXID": own, "name": package, "versionInfo": package_version, "packageFileName": path.name,
            "supplier": "Organization: The sobriety authors", "downloadLocation": "NOASSERTION", "filesAnalyzed": False,
            "checksums": [{"algorithm": "SHA256", "checksumValue": hashlib.sha256(path.read_bytes()).hexdigest()}],
            "sourceInfo": f"built from commit {commit}",
            "licenseConcluded": LICENSE, "licenseDeclared": LICENSE, "copyrightText": "2026 the sobriety authors",
        })
        relations.append(("SPDXRef-DOCUMENT", "DESCRIBES", own))
        for needed in depends:
            if needed not in libraries:
                libraries[needed] = library(needed)
            if libraries[needed]:
                relations.append((own, "DEPENDS_ON", libraries[needed]["SPDXID"]))
    packages += [found for _, found in sorted(libraries.items()) if found]
    digest = hashlib.sha256(json.dumps(packages, sort_keys=True).encode()).hexdigest()
    return {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"{name}-{version}", "documentNamespace": f"https://sobriety.invalid/spdx/{name}-{version}-{digest[:32]}",
        "creationInfo": {"created": datetime.datetime.fromtimestamp(int(date), datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
                         "creators": ["Tool: sobriety-package", "Organization: The sobriety authors"]},
        "packages": packages,
        "relationships": [{"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}
                          for one, kind, other in relations],
    }


def main(arguments):
    if len(arguments) < 5:
        raise SystemExit(__doc__)
    name, version, commit, date, *files = arguments
    json.dump(document(name, version, commit, date, sorted(map(pathlib.Path, files))), sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main(sys.argv[1:])
