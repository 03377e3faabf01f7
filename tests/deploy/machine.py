"""A Debian 12 that boots in a container of systemd's, with a network of its own that only loopback is in.

A root is made by debootstrap once (`cache` keeps the bare one as a tarball) and shared. Everything that is started ends
with the Place, by its own process id.
"""

import contextlib
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

SUITE = "bookworm"
# What a server has and a bare root has not. polkitd is what lets an agent hold back a sleep.
INIT = ("systemd", "systemd-sysv", "dbus", "libpam-systemd", "udev", "polkitd", "procps", "iproute2")
PATIENCE = 180  # seconds; not how long anything may take, but when it is given up on a busy machine
QUIET = {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
FOR_ANSIBLE = ("python3", "python3-apt")  # what Ansible needs on a machine that it manages


def run(*command, **options):
    """Its standard output; what it said is in the error if it fails."""
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", **options)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: exit status {done.returncode}\n{done.stdout[-4000:]}")
    return done.stdout


def mirror():
    found = run("apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Label: Debian",
                f"Codename: {SUITE}").split()
    if not found:
        raise SystemExit(f"error: no apt source of this machine is Debian's {SUITE}; add one to /etc/apt/sources.list")
    return found[0]


def in_root(root, *command):
    """Runs in a root that is not booted, with /proc."""
    script = 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"'
    return run("unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", script, root, *command,
               env={**QUIET, "PATH": PATH})


def bare_root(root, cache):
    root.mkdir(parents=True)
    if cache and cache.exists():
        run("tar", "-xpf", cache, "-C", root, "--numeric-owner")
    else:
        run("debootstrap", "--variant=minbase", SUITE, root, mirror())
        if cache:
            run("tar", "-cpf", f"{cache}.part", "-C", root, "--numeric-owner", "--one-file-system", ".")
            os.rename(f"{cache}.part", cache)
    shutil.copy("/etc/resolv.conf", root / "etc" / "resolv.conf")
    # The root is thrown away: nothing in it needs to survive a power cut. A configuration that is there is kept.
    (root / "etc" / "dpkg" / "dpkg.cfg.d" / "throw-away").write_text("force-unsafe-io\nforce-confold\n")
    settings = [line for line in run("apt-config", "dump").splitlines()
                if line.startswith("Acquire::") and any(word in line for word in ("Proxy", "Check-Valid-Until", "Check-Date"))]
    (root / "etc" / "apt" / "apt.conf.d" / "90machine").write_text("\n".join(settings) + "\n")
    in_root(root, "apt-get", "-qq", "update")


def bootable_root(root, cache, packages):
    """With an init, and with what `packages` depend on fetched, since a booted machine has no network."""
    bare_root(root, cache)
    in_root(root, "apt-get", "-qq", "install", "-y", "--no-install-recommends", *INIT)
    (root / "etc" / "machine-id").write_text("")
    (root / "packages").mkdir()
    for package in packages:
        shutil.copy(package, root / "packages")
    in_root(root, "apt-get", "-qq", "install", "-y", "--no-install-recommends", "--download-only",
            *(f"/packages/{package.name}" for package in packages), *FOR_ANSIBLE)


class Machine:
    """One booted root. Its name is its host name."""

    def __init__(self, name, root, network):
        self.name, self.root, self.network = name, root, network
        self.process = None
        self.log = root.parent / f"{name}.console"

    def boot(self):
        with open(self.log, "ab") as console:
            self.process = subprocess.Popen(
                ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--console=pipe",
                 f"--network-namespace-path=/run/netns/{self.network}", "--boot", "-D", self.root],
                stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT,
                env={"PATH": PATH, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"})
        return self.wait_until_up()

    def init(self):
        """Its first process; none while it does not run."""
        found = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True).stdout.split()
        return found[0] if found else None

    def wait_until_up(self, timeout=PATIENCE):
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self.init() and self.state() in ("running", "degraded"):
                return self
            if self.process.poll() is not None:
                break
            time.sleep(0.2)
        raise AssertionError(f"{self.name} does not boot:\n{self.log.read_text(errors='replace')[-3000:]}")

    def state(self):
        return self.try_run("systemctl", "is-system-running")[1].strip()

    def inside(self, *command):
        return ["nsenter", "--target", self.init(), "--all", "--", "env", "-i", f"PATH={PATH}",
                *(f"{name}={value}" for name, value in QUIET.items()), *map(str, command)]

    def try_run(self, *command):
        """Exit status and what it printed."""
        if not self.init():
            return 255, ""
        done = subprocess.run(self.inside(*command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace", timeout=300)
        return done.returncode, done.stdout

    def run(self, *command):
        status, output = self.try_run(*command)
        if status != 0:
            raise AssertionError(f"{self.name}: {' '.join(map(str, command))}: exit status {status}\n{output[-4000:]}")
        return output

    def shell(self, script):
        return self.run("sh", "-euc", script)

    def journal(self, unit, *options):
        return self.run("journalctl", "--no-pager", "-o", "cat", "-u", unit, *options)

    def wait_for(self, condition, what, timeout=PATIENCE, period=0.3):
        deadline = time.monotonic() + timeout
        while not (result := condition()):
            if time.monotonic() > deadline:
                raise AssertionError(f"{self.name}: not within {timeout} s: {what}\n"
                                     + self.try_run("journalctl", "--no-pager", "-n", "40")[1])
            time.sleep(period)
        return result

    def reboot(self):
        self.run("systemctl", "reboot")
        if (status := self.process.wait(PATIENCE)) != 133:  # systemd-nspawn leaves the reboot to us
            raise AssertionError(f"{self.name} ended with {status} instead of rebooting")
        self.boot()

    def power_off(self, timeout=PATIENCE):
        self.run("systemctl", "poweroff")
        self.process.wait(timeout)

    def close(self):
        if self.process and self.process.poll() is None:
            if init := self.init():
                subprocess.run(["kill", "-KILL", init], check=False)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Place(contextlib.ExitStack):
    """A folder for roots, and the network that the machines share."""

    def __init__(self, work=None):
        super().__init__()
        self.work = work

    def __enter__(self):
        super().__enter__()
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="sobriety-boot-", dir=self.work))
        self.callback(run, "rm", "-rf", "--one-file-system", self.directory)
        self.network = self.directory.name
        run("ip", "netns", "add", self.network)
        self.callback(run, "ip", "netns", "delete", self.network)
        run("ip", "-n", self.network, "link", "set", "lo", "up")
        return self

    def machine(self, name, root):
        """Boots what is in `root`, which stays as it is: what the machine writes lies above it."""
        copy, above, work = (self.directory / f"{name}{kind}" for kind in ("", ".above", ".work"))
        for directory in (copy, above, work):
            directory.mkdir(mode=0o755)
        run("mount", "-t", "overlay", "overlay", "-o", f"lowerdir={root},upperdir={above},workdir={work}", copy)
        self.callback(run, "umount", copy)
        (copy / "etc" / "hostname").write_text(f"{name}\n")
        machine = Machine(name, copy, self.network)
        self.callback(machine.close)
        return machine.boot()
