"""How true the energy is that /metrics shows: what a host's counters did, against what its zones really used.

Components are compared by socket: the dies of one socket are added up, on either side.

- An interval between two samples is *measured* where the counter moved. Energy that was read late, after some
  intervals in which the counter stood, is that of all of them where that fits better: no energy is lost then.
- *Unmeasured*: the counter stood while energy was used and did not come later, or a discontinuity was counted and less
  than the truth. Time of the machine, its sleep included.
- *error_ratio*: of the measured intervals, |counted - true| / true; of the socket and domain where it is largest.
- *invented_joules*: what was counted beyond what was used from `slack` before a measured stretch to `slack` behind it.
"""

import re
from dataclasses import dataclass, field

UPTIME = "sobriety_host_uptime_seconds"
ENERGY = "sobriety_host_component_energy_joules_total"
READS = "sobriety_host_source_reads_total"
DISCONTINUITIES = "sobriety_host_discontinuities_total"


@dataclass(frozen=True)
class Sample:
    uptime: float
    joules: dict  # by component
    discontinuities: float = 0


@dataclass
class Watch:
    """The samples of one host that were seen on /metrics.

    A page is written family by family, and a sample may come meanwhile: one is believed where the next page still shows
    its uptime.
    """

    host: str
    samples: list = field(default_factory=list)  # of Sample, by uptime
    _latest: Sample = None
    _reads: float = 0
    _restarts: int = 0

    def see(self, metrics):
        uptime = metrics.value(UPTIME, host=self.host)
        if uptime is None or (self.samples and uptime <= self.samples[-1].uptime):
            return
        if self._latest and uptime == self._latest.uptime:
            self.samples.append(self._latest)
        else:
            # An agent that was away did not measure: its energy goes on from where it was, the time between is a gap.
            reads = sum(metrics.all(READS, host=self.host).values())
            self._restarts += reads < self._reads
            self._reads = reads
            self._latest = Sample(uptime, metrics.by("component", ENERGY, host=self.host),
                                  sum(metrics.all(DISCONTINUITIES, host=self.host).values()) + self._restarts)


@dataclass(frozen=True)
class Verdict:
    error_ratio: float
    invented_joules: float
    unmeasured_seconds: float
    true_joules: float


def by_socket(component):
    return re.sub(r"-die-\d+", "", component)


def grouped(truth):
    """{component: [joules]} with the dies of a socket added up."""
    groups = {}
    for component, joules in truth.items():
        known = groups.setdefault(by_socket(component), [0.0] * len(joules))
        for index, value in enumerate(joules):
            known[index] += value
    return groups


def _counted(samples, group):
    """Joules counted in each interval. A counter that begins anew counts from 0, as Prometheus takes it; so does one that
    appears later, such as that of a die which was taken for the mirror of another: it tells what was counted since."""
    steps = []
    known = dict(samples[0].joules)
    for after in samples[1:]:
        step = 0.0
        for component, value in after.joules.items():
            if by_socket(component) == group:
                last = known.get(component, 0.0)
                step += value - last if value >= last else value
        known.update(after.joules)
        steps.append(step)
    return steps


def _judge_group(counted, broken, true, before, behind):
    """Measured and true joules, invented joules, unmeasured intervals of one group.

    `counted`, `broken`: of each interval, joules and whether a discontinuity was counted. `true`, `before`, `behind`: what
    was used by each sample, a little before it and a little behind it.
    """
    measured = used = invented = 0.0
    unmeasured = set()
    stood = 0  # how many intervals the counter has stood
    for index, step in enumerate(counted):
        own = true[index + 1] - true[index]
        if step <= 0 or (broken[index] and step < own):
            if own > 0:
                stood += 1
                unmeasured.add(index)
            continue
        first = index - stood
        late = true[index + 1] - true[first]
        if stood and abs(step - late) < abs(step - own):
            unmeasured -= set(range(first, index))
            own = late
        else:
            first = index
        measured += step
        used += own
        invented += max(0.0, step - (behind[index + 1] - before[first]))
        stood = 0
    return measured, used, invented, unmeasured


def judge(samples, truth, slack):
    """`truth`: from uptimes to {component: [joules]}, as Player.truth; `slack` in seconds."""
    times = [sample.uptime for sample in samples]
    count = len(times)
    broken = [before.discontinuities != after.discontinuities for before, after in zip(samples, samples[1:])]
    shown = grouped(truth(times + [time - slack for time in times] + [time + slack for time in times]))
    worst = total_invented = total = 0.0
    unmeasured = set()
    for group, joules in shown.items():
        measured, used, invented, lost = _judge_group(
            _counted(samples, group), broken, joules[:count], joules[count:2 * count], joules[2 * count:])
        worst = max(worst, abs(measured - used) / used if used else 1.0)
        total_invented += invented
        total += used
        unmeasured |= lost
    lost_time = sum(times[index + 1] - times[index] for index in unmeasured)
    return Verdict(worst, total_invented, lost_time, total)
