# Reads the collector's /metrics; prints one line a host, tab-separated, "-" where there is no figure:
#   host up state method watts joules cpu_ratio uptime_seconds cpu_seconds
# Watts of several methods are summed, and the methods joined by "+". The method is that of the power
# now; where there is none, that of the energy so far.

# Takes the labels of a sample line apart into label[]; what is left of the line is its value.
function parse_labels(text,    name, value, c) {
  split("", label)
  while (text != "" && substr(text, 1, 1) != "}") {
    match(text, /^[A-Za-z_][A-Za-z0-9_]*="/)
    if (RLENGTH < 0) return ""
    name = substr(text, 1, RLENGTH - 2)
    text = substr(text, RLENGTH + 1)
    value = ""
    while ((c = substr(text, 1, 1)) != "\"") {
      if (c == "") return ""
      if (c == "\\") { text = substr(text, 2); c = substr(text, 1, 1) }
      value = value c
      text = substr(text, 2)
    }
    label[name] = value
    text = substr(text, 2)
    if (substr(text, 1, 1) == ",") text = substr(text, 2)
  }
  return substr(text, 3)
}

function joined(methods, method) { return methods == "" ? method : methods "+" method }

function shown(table, host) { return (host in table) && table[host] != "" ? table[host] : "-" }

!/^sobriety_host_(up|state|uptime_seconds|cpu_seconds_total|cpu_usage_ratio|energy_joules_total|power_watts)\{/ { next }

{
  brace = index($0, "{")
  name = substr($0, 15, brace - 15)  # without "sobriety_host_"
  value = parse_labels(substr($0, brace + 1))
  host = label["host"]
  if (host == "" || value == "") next
  if (name == "up") up[host] = value + 0
  else if (name == "state") { if (value + 0 == 1) state[host] = label["state"] }
  else if (name == "uptime_seconds") uptime[host] = value + 0
  else if (name == "cpu_usage_ratio") ratio[host] = value + 0
  else if (name == "energy_joules_total") {
    joules[host] += value
    energy_method[host] = joined(energy_method[host], label["method"])
  }
  else if (name == "power_watts") {
    watts[host] += value
    power_method[host] = joined(power_method[host], label["method"])
  }
  # The kernel counts guest time in user and nice already.
  else if (label["mode"] !~ /^guest/) cpu[host] += value
}

END {
  CONVFMT = OFMT = "%.9g"
  for (host in up) {
    if (!(host in state)) state[host] = up[host] ? "up" : "silent"
    method[host] = (host in power_method) ? power_method[host] : shown(energy_method, host)
    printf "%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", host, up[host], state[host], method[host],
      shown(watts, host), shown(joules, host), shown(ratio, host), shown(uptime, host), shown(cpu, host)
  }
}
