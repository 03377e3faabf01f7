// Local time in PromQL, which knows UTC only.
{
  // Seconds since 1970 plus the difference of local time from UTC, for hour() and day_of_week().
  //
  // Summer time of the European Union runs from the last Sunday of March to the last Sunday of October, 01:00 UTC both
  // (directive 2000/84/EC). One hour earlier those are midnights, and the day of the month less the day of the week
  // (0 is Sunday) is the date of the Sunday before: beyond 24 in March it was the last.
  localSeconds(timezone)::
    local utc = 'vector(time() + 3600 * %d)' % timezone.winterHours;
    if !timezone.europeanSummerTime then utc else |||
      %(utc)s
        + 3600 * (
          (month(%(shifted)s) > bool 3) * (month(%(shifted)s) < bool 10)
            + (month(%(shifted)s) == bool 3) * (day_of_month(%(shifted)s) - day_of_week(%(shifted)s) > bool 24)
            + (month(%(shifted)s) == bool 10) * (day_of_month(%(shifted)s) - day_of_week(%(shifted)s) < bool 25)
        )
    ||| % { utc: utc, shifted: 'vector(time() - 3600)' },
}
