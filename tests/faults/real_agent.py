"""A real agent process beside the simulated ones. Its truth is what its spool says, read from FORMAT.md's words."""

import signal

import harness
import rig
import spool_reader

INTERVAL = 1   # seconds between its samples
WATTS = 100.0  # of its simulated meter


class RealAgent:
    def __init__(self, it, number, environment=None, batch=5):
        self.name = f"real-{number}"
        self._it = it
        self._environment = environment
        directory = it.directory / self.name
        self.state = directory / "state"
        self.state.mkdir(parents=True)
        self._config = directory / "agent.yaml"
        self._config.write_text(f"collector: {{endpoint: '127.0.0.1:{it.port}', plain: true}}\n"
                                f"host: {{name: {self.name}, state_directory: '{self.state}'}}\n"
                                f"sampling: {{interval: {INTERVAL}s, batch: {batch}}}\n"
                                f"sources: {{simulated_watts: {WATTS}}}\n")
        self.start()

    def start(self):
        self.program = self._it.keep(harness.Program(
            [rig.PROGRAMS / "sobriety-agent", "run", "--config.file", self._config], self._environment))

    def kill(self):
        self.program.send(signal.SIGKILL)
        self.program.wait()

    def stop(self):
        code = self.program.stop()
        if code != 0:
            self._it.oracle.violated(f"{self.name} did not stop cleanly: status {code}: {self.program.log()[-500:]}")

    def truth(self):
        return spool_reader.read(self.state)
