"""Certificates for tests, by the openssl command: an authority and what it issues."""

import dataclasses
import datetime
import pathlib
import subprocess

CONFIG = """
[ca]
default_ca = authority
[authority]
database = {index}
new_certs_dir = {directory}
certificate = {certificate}
private_key = {key}
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any
[any]
commonName = supplied
"""
NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


def openssl(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, f"openssl {arguments}: {done.stderr}"


def host_name(uuid):
    """The name that makes a certificate an agent's."""
    return f"URI:sobriety://host/{uuid}"


@dataclasses.dataclass
class Issued:
    certificate: pathlib.Path
    key: pathlib.Path


class Authority:
    """Its own certificate is `bundle`, DIRECTORY/NAME.pem, its key `key`; what it issues lies beside them."""

    def __init__(self, directory, name="authority"):
        self.directory = pathlib.Path(directory)
        self.bundle = self.directory / f"{name}.pem"
        self.key = self.directory / f"{name}.key"
        self._config = self.directory / f"{name}.cnf"
        index = self.directory / f"{name}.index"
        index.touch()
        self._config.write_text(CONFIG.format(
            index=index, directory=self.directory, certificate=self.bundle, key=self.key))
        openssl("req", "-x509", *NEW_KEY, "-subj", f"/CN={name}", "-days", 3650, "-keyout", self.key, "-out",
                self.bundle, "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def issue(self, name, usage, *names, starts=-1.0, days=30.0):
        """A certificate for `usage` (clientAuth or serverAuth) that is valid from `starts` days from now to `days`
        from now."""
        issued = Issued(self.directory / f"{name}.pem", self.directory / f"{name}.key")
        request, extensions = self.directory / f"{name}.csr", self.directory / f"{name}.ext"
        openssl("req", "-new", *NEW_KEY, "-subj", f"/CN={name}", "-keyout", issued.key, "-out", request)
        extensions.write_text("basicConstraints=critical,CA:FALSE\n" f"extendedKeyUsage={usage}\n"
                              + (f"subjectAltName={','.join(names)}\n" if names else ""))
        now = datetime.datetime.now(datetime.timezone.utc)
        start, end = ((now + datetime.timedelta(days=day)).strftime("%Y%m%d%H%M%SZ") for day in (starts, days))
        openssl("ca", "-config", self._config, "-batch", "-notext", "-in", request, "-out", issued.certificate,
                "-extfile", extensions, "-startdate", start, "-enddate", end)
        return issued

    def server(self, name="server", **options):
        return self.issue(name, "serverAuth", "IP:127.0.0.1", "DNS:localhost", **options)

    def agent(self, uuid, name=None, **options):
        return self.issue(name or uuid, "clientAuth", host_name(uuid), **options)
