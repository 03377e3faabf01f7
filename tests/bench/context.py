"""Where a run finds its programs and keeps its files."""

import pathlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Context:
    here: pathlib.Path
    build: pathlib.Path
    bench_build: pathlib.Path
    tools: pathlib.Path
    scratch: pathlib.Path

    @property
    def have_ours(self):
        return all((self.build / name).exists() for name in ("sobriety-agent", "sobriety-collector", "sobriety-fleet"))

    def folder(self, name):
        made = self.scratch / name
        made.mkdir(parents=True, exist_ok=True)
        return made
