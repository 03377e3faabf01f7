# Lays out the lines of hosts.awk for people. -v own=HOST is shown first; -v rows=N is the most
# machines that are listed (the last line sums up all of them).

function number(value, format, scale) { return value == "-" ? "-" : sprintf(format, value * scale) }

function duration(seconds,    days) {
  if (seconds == "-") return "-"
  days = int(seconds / 86400)
  seconds -= days * 86400
  return sprintf("%s%02d:%02d:%02d", days ? days "d " : "", seconds / 3600, seconds % 3600 / 60, seconds % 60)
}

function clip(text, width) { return length(text) > width ? substr(text, 1, width - 1) "~" : text }

function line(host, state, method, w, kwh, cpu, up) {
  printf "%-28s %-10s %-18s %9s %11s %7s %14s\n", clip(host, 28), clip(state, 10), clip(method, 18), w, kwh, cpu, up
}

function host_line(fields,    f) {
  split(fields, f, "\t")
  line(f[1], f[3], f[4] == "-" ? "none" : f[4], number(f[5], "%.1f", 1), number(f[6], "%.4f", 1 / 3600000), number(f[7], "%.1f", 100),
    duration(f[8]))
}

BEGIN { FS = "\t" }

{
  if ($1 == own) first = $0
  else other[++others] = $0
  if ($2) up_hosts++
  if ($5 != "-") watts += $5
  if ($6 != "-") joules += $6
}

END {
  line("HOST", "STATE", "METHOD", "W", "kWh", "CPU %", "UPTIME")
  if (first != "") host_line(first)
  listed = others < rows - 1 ? others : rows - 1
  for (i = 1; i <= listed; i++) host_line(other[i])
  if (listed < others) printf "... and %d more\n", others - listed
  if (others) line(NR " machines", up_hosts " up", "", sprintf("%.1f", watts), sprintf("%.4f", joules / 3600000), "", "")
}
