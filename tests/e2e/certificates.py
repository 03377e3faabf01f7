"""Certificates for tests, made by the openssl command: an authority and what it issues."""

import dataclasses
import pathlib
import subprocess

CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


@dataclasses.dataclass(frozen=True)
class Issued:
    certificate: pathlib.Path
    key: pathlib.Path


def _openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=60)


class Authority:
    """Its own certificate is `bundle`, DIRECTORY/NAME.pem."""

    def __init__(self, directory, name):
        self.directory = pathlib.Path(directory)
        self.bundle = self.directory / f"{name}.pem"
        self._key = self.directory / f"{name}.key"
        _openssl("req", "-x509", *CURVE, "-keyout", self._key, "-out", self.bundle, "-days", 30, "-subj", f"/CN={name}",
                 "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def issue(self, name, usage, *names, days=10):
        """NAME.pem and NAME.key; `usage` as in clientAuth, `names` as in DNS:localhost, IP:127.0.0.1 or URI:…"""
        issued = Issued(self.directory / f"{name}.pem", self.directory / f"{name}.key")
        request, extensions = self.directory / f"{name}.csr", self.directory / f"{name}.ext"
        extensions.write_text(f"extendedKeyUsage={usage}\nbasicConstraints=CA:FALSE\n"
                              + (f"subjectAltName={','.join(names)}\n" if names else ""))
        _openssl("req", "-new", *CURVE, "-keyout", issued.key, "-out", request, "-subj", f"/CN={name}")
        _openssl("x509", "-req", "-in", request, "-CA", self.bundle, "-CAkey", self._key, "-days", days,
                 "-extfile", extensions, "-out", issued.certificate)
        return issued
