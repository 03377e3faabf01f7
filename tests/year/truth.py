"""What really was, by the definitions of collector/README.md ("The judge"), worked out a second time and in another way:
from the plan, not from samples.
"""
import bisect
import collections
import datetime

from plan import HOLIDAYS, MINUTE, PARIS

WINDOW = {True: 30, False: 60}  # minutes; of personal machines, and of others
NEEDED = {True: 29, False: 57}  # 95 % of them
WAKE = 3  # busy minutes of the last five
DAY = 86_400
# W off, asleep, idle, at full load of the kinds of machines, and RAPL to wall of a desktop.
PROFILES = {"desktop": (0.5, 1.5, 25, 80), "laptop": (0.3, 0.6, 8, 28), "server": (8, 8, 110, 370)}
RAPL_A, RAPL_B = 15, 1.2


class WorkingHours:
    """Monday to Friday, 07:00 to 20:00 in Paris, but for public holidays: as instants between which it changes."""

    def __init__(self, first, last):
        self.changes = []  # begin of work, end of work, …
        day = datetime.datetime.fromtimestamp(first, PARIS).date() - datetime.timedelta(days=2)
        while not self.changes or self.changes[-1] < last + 2 * DAY:
            if day.weekday() < 5 and day not in HOLIDAYS:
                self.changes += [int(datetime.datetime(day.year, day.month, day.day, hour, tzinfo=PARIS).timestamp())
                                 for hour in (7, 20)]
            day += datetime.timedelta(days=1)

    def parts(self, begin, end):
        """(begin, end, whether out of hours) of [begin, end)."""
        at = bisect.bisect_right(self.changes, begin)
        while begin < end:
            stop = min(end, self.changes[at])
            yield begin, stop, at % 2 == 0
            begin, at = stop, at + 1


def states(host):
    """(begin, end, state, segment) of a host's life: the state that the judge must find."""
    window, needed = WINDOW[host.personal], NEEDED[host.personal]
    recent, idle = collections.deque(maxlen=window), False
    crashed = False  # and off since, without a word
    fresh = None  # the machine or its agent begins: the first minute's sample opens the account of minutes
    for s in host.segments:
        if s.what != "on":
            crashed = s.what == "crash" or (crashed and s.what == "off")
            yield s.begin, s.end, "lost" if crashed else {"sleep": "suspended", "off": "off", "dead": "on"}[s.what], s
            recent.clear()
            idle, fresh = False, s.what in ("off", "crash")
            continue
        crashed = False
        if fresh is None:
            fresh = True
        begin, at = s.begin, s.begin
        while at < s.end:
            before = idle
            at += MINUTE
            first_of_segment = at == s.begin + MINUTE
            came = host.personal and s.busy and first_of_segment and not fresh and here is False
            if came:
                recent.clear()
                idle = False
            if not fresh:
                recent.append(not s.busy)
                if idle:
                    idle = sum(1 for quiet in list(recent)[-5:] if not quiet) < WAKE
                else:
                    idle = len(recent) == window and sum(recent) >= needed
            fresh = False
            here = s.busy
            if idle != before:
                yield begin, at, "idle" if before else "active", s
                begin = at
            # The rest of a segment changes nothing more once the window is full of it.
            if idle and not s.busy and len(recent) == window and all(recent):
                at = s.end
            elif not idle and s.busy and len(recent) == window and not any(recent):
                at = s.end
        if begin < s.end:
            yield begin, s.end, "idle" if idle else "active", s


def watts(host, state, segment):
    """At the wall, as the ladder of the host's meters and the profile of its kind tell it."""
    off, asleep, least, most = PROFILES[host.chassis]
    if state == "off":
        return off
    if state == "suspended":
        return asleep
    if state == "lost":
        return 0
    if state == "on" and host.meter != "none":
        return 0 if host.meter == "machine" else RAPL_A  # its agent was away: nobody read the meter
    if host.meter == "machine":
        return segment.milliwatts / 1000
    if host.meter == "rapl":
        return RAPL_A + RAPL_B * segment.milliwatts / 1000
    return least + (most - least) * segment.load / 1000


class Truth:
    """Of one host: figures by month of UTC, and the verdict of each day of UTC."""

    def __init__(self, host, hours):
        self.months = collections.defaultdict(lambda: collections.Counter())
        self.left_on = collections.Counter()  # seconds by day
        self.days = {}  # day -> [minutes judged, quiet, known seconds]
        self.busy_days = set()
        first = host.segments[0].begin + MINUTE  # the first sample; nothing is known before it
        self.first_day = first // DAY
        for begin, end, state, segment in states(host):
            begin = max(begin, first)
            power = watts(host, state, segment)
            for at, until, out in hours.parts(begin, end):
                self._take(host, at, until, state, out, power, segment)
        self._judge(host)

    def _take(self, host, begin, end, state, out, power, segment):
        while begin < end:
            until = min(end, (begin // DAY + 1) * DAY)
            time = until - begin
            month = self.months[datetime.datetime.fromtimestamp(begin, datetime.timezone.utc).strftime("%Y-%m")]
            month["joules"] += power * time
            month["all"] += time
            if state in ("active", "idle", "on"):
                month["on"] += time
                if out:
                    month["on_out"] += time
            if state == "idle":
                month["idle"] += time
                if out:
                    month["idle_out"] += time
                    if host.personal:
                        self.left_on[begin // DAY] += time
            day = self.days.setdefault(begin // DAY, [0, 0, 0])
            if state in ("active", "idle"):
                day[0] += time / MINUTE
                day[1] += 0 if segment.busy else time / MINUTE
            day[2] += 0 if state == "lost" else time
            begin = until

    def _judge(self, host):
        """The verdict that holds during each day: of whole days before it."""
        self.verdicts, standing, left = {}, "unknown", -1
        for today in range(self.first_day, max(self.days) + 1):
            yesterday = self.days.get(today - 1)
            if yesterday and yesterday[0] and yesterday[1] < 0.9 * yesterday[0]:
                left, standing = today - 1, "none" if standing != "unknown" else standing
            age = today - self.first_day
            known = sum(self.days.get(day, (0, 0, 0))[2] for day in range(max(self.first_day, today - 7), today))
            if age < 5 or known < 0.8 * DAY * min(7, age):
                standing = "unknown"
            elif host.personal:
                standing = "none"
            elif self._quiet(today, 180, 0.97, left):
                standing = "confirmed"
            elif self._quiet(today, 30, 0.97, left):
                standing = "confirmed" if standing == "confirmed" else "comatose"
            elif self._quiet(today, 7, 0.95, left):
                standing = standing if standing in ("underused", "comatose", "confirmed") else "underused"
            elif standing == "unknown":
                standing = "none"
            self.verdicts[today] = standing

    def _quiet(self, today, length, share, left):
        if today - self.first_day < length or left >= today - length:
            return False
        days = [self.days.get(day, (0, 0, 0)) for day in range(today - length, today)]
        minutes = sum(day[0] for day in days)
        return minutes > 0 and sum(day[1] for day in days) >= share * minutes

    def left_on_days(self):
        return {day for day, seconds in self.left_on.items()
                if seconds >= 1_800 and self.verdicts.get(day) != "unknown"}

    def verdict_days(self, verdict):
        return {day for day, found in self.verdicts.items() if found == verdict}
