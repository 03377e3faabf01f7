"""A fleet of machines and what each of them does, minute by minute, over a year: made from a seed.

A plan is a list of hosts; a host's life is a list of segments without holes, on whole minutes of UTC:
on (busy or quiet), sleep, off (its agent says goodbye before), crash (off, nobody said so), dead (the machine runs,
its agent does not). Days are those of Paris: nobody works at weekends and on public holidays, clocks change in March
and October.
"""
import dataclasses
import datetime
import random
import zoneinfo

PARIS = zoneinfo.ZoneInfo("Europe/Paris")
MINUTE = 60
# service-public.fr: jours fériés en France, 2026 and 2027.
HOLIDAYS = {datetime.date.fromisoformat(day) for day in (
    "2026-01-01", "2026-04-06", "2026-05-01", "2026-05-08", "2026-05-14", "2026-05-25", "2026-07-14", "2026-08-15",
    "2026-11-01", "2026-11-11", "2026-12-25", "2027-01-01")}


@dataclasses.dataclass
class Segment:
    begin: int  # seconds since 1970
    end: int
    what: str  # on, sleep, off, crash, dead
    busy: bool = False
    load: int = 0  # of the processors, in 1/1000
    milliwatts: int = 0  # by the host's meter


@dataclasses.dataclass
class Host:
    name: str
    kind: str
    chassis: str
    meter: str  # machine, rapl or none
    segments: list
    more: str = ""  # words KEY=NUMBER for sobriety-replay

    @property
    def personal(self):
        return self.chassis != "server"


def instant(day, hours):
    """Seconds since 1970 of a time of day in Paris, in hours; rounded to minutes."""
    midnight = datetime.datetime.combine(day, datetime.time(), PARIS)
    whole = datetime.timedelta(minutes=round(hours * 60))
    return int((midnight.replace(tzinfo=None) + whole).replace(tzinfo=PARIS).timestamp()) // MINUTE * MINUTE


def is_workday(day):
    return day.weekday() < 5 and day not in HOLIDAYS


class Maker:
    """Appends to one host's life."""

    def __init__(self, seed, kind, number, chassis, meter):
        self.random = random.Random(f"{seed}/{kind}/{number}")
        self.host = Host(f"{kind}-{number:03}", kind, chassis, meter, [])

    def until(self, end, what, busy=False, load=None):
        begin = self.at
        if end <= begin:
            return
        load = load if load is not None else (self.random.randrange(200, 700) if busy else self.random.randrange(2, 20))
        self.host.segments.append(Segment(begin, end, what, busy, load, self.milliwatts(load)))
        self.at = end

    def milliwatts(self, load):
        idle, most = {"machine": (110_000, 370_000), "rapl": (4_000, 60_000), "none": (0, 0)}[self.host.meter]
        return idle + (most - idle) * load // 1000

    def work(self, end):
        """Busy and quiet by turns."""
        while self.at < end:
            self.until(min(end, self.at + MINUTE * self.random.randrange(15, 80)), "on", busy=True)
            self.until(min(end, self.at + MINUTE * self.random.randrange(3, 50)), "on")

    def quiet(self, end):
        """Nobody; a short job now and then."""
        while self.at < end:
            self.until(min(end, self.at + MINUTE * self.random.randrange(300, 420)), "on")
            self.until(min(end, self.at + 2 * MINUTE), "on", busy=not self.host.personal)


def desktop(seed, number, first, last, meter, nights_on):
    """Switched off in the evening, but for the nights on which it is forgotten; agents and mains fail at times."""
    make = Maker(seed, "desktop" if nights_on < 1 else "always-on", number, "desktop", meter)
    make.at = instant(first, 0)
    rest = "on"
    for day in days(first, last):
        if is_workday(day):
            leave(make, instant(day, 8 + make.random.random()), rest)
            make.work(instant(day, 12 + make.random.random() / 2))
            make.quiet(instant(day, 13.25 + make.random.random() / 2))
            make.work(instant(day, 17 + 2 * make.random.random()))
            rest = "on" if make.random.random() < nights_on else "off"
            if make.random.random() < 0.01:
                make.until(make.at + MINUTE * make.random.randrange(30, 400), "crash")
        leave(make, instant(day + datetime.timedelta(days=1), 0), rest)
    return make.host


def laptop(seed, number, first, last):
    """Sleeps whenever nobody sits before it, and is off over long weekends."""
    make = Maker(seed, "laptop", number, "laptop", "none")
    make.at = instant(first, 0)
    rest = "sleep"
    make.until(instant(first, 0.5), "on")
    for day in days(first, last):
        if is_workday(day):
            make.until(instant(day, 8.5 + make.random.random()), rest)
            make.work(instant(day, 12 + make.random.random() / 2))
            make.until(instant(day, 13.25 + make.random.random() / 2), "sleep")
            make.work(instant(day, 16.5 + 2 * make.random.random()))
            rest = "off" if make.random.random() < 0.1 else "sleep"
        make.until(instant(day + datetime.timedelta(days=1), 0), rest)
    return make.host


def leave(make, end, rest):
    if rest == "on":
        make.quiet(end)
    else:
        make.until(end, rest)


def server(seed, number, first, last):
    """Busy all year; its agent dies at times."""
    make = Maker(seed, "server", number, "server", "machine")
    make.at, end = instant(first, 0), instant(last, 0)
    while make.at < end:
        make.work(min(end, make.at + MINUTE * make.random.randrange(10_000, 60_000)))
        make.until(min(end, make.at + MINUTE * make.random.randrange(30, 3_000)), "dead")
    return make.host


def zombie(seed, number, first, last, used_again):
    """Quiet all year, but for one day of use where `used_again`."""
    make = Maker(seed, "zombie" if not used_again else "revenant", number, "server", "machine")
    make.at = instant(first, 0)
    if used_again:
        make.quiet(instant(first + datetime.timedelta(days=40 + make.random.randrange(100)), 9))
        make.until(make.at + MINUTE * 500, "on", busy=True)
    make.quiet(instant(last, 0))
    return make.host


def days(first, last):
    while first < last:
        yield first
        first += datetime.timedelta(days=1)


def fleet(seed, hosts, first, length):
    """Of ten hosts: three desktops, one that is always on, two laptops, two servers, a zombie and one that comes back."""
    last = first + datetime.timedelta(days=length)
    made = []
    for number in range(hosts):
        kind = number % 10
        meter = ("none", "rapl", "machine")[number // 10 % 3] if kind != 0 else "rapl"
        if kind < 3:
            made.append(desktop(seed, number, first, last, meter, (0, 0.1, 0.5)[kind]))
        elif kind == 3:
            made.append(desktop(seed, number, first, last, "none", 1))
        elif kind < 6:
            made.append(laptop(seed, number, first, last))
        elif kind < 8:
            made.append(server(seed, number, first, last))
        else:
            made.append(zombie(seed, number, first, last, kind == 9))
    for host in made:  # of what lies behind the last sample nobody can know
        while host.segments[-1].what in ("off", "crash"):
            host.segments.pop()
    return made


def write(hosts, file):
    for host in hosts:
        file.write(f"host {host.name} {host.chassis} {host.meter} {host.more}\n")
        for s in host.segments:
            file.write(f"{s.begin} {s.end} {s.what} {int(s.busy)} {s.load} {s.milliwatts}\n")
