# What the guest does with its meters. Its findings go to the console, each below a line "@@ NAME".
parameters=/sys/module/fakerapl/parameters

section() { printf '\n@@ %s\n' "$1"; }  # the kernel may have begun a line
as() { su -s /bin/sh "$1" -c "$2"; }

metrics() { wget -q -O - http://127.0.0.1:18551/metrics; }

energy() { cat /sys/class/powercap/intel-rapl:0/energy_uj; }

uptime_of() { echo "$1" | grep '^sobriety_host_uptime_seconds'; }

# A page on which every family is of one sample: the next page still shows its uptime.
page=
steady_page() {
  for attempt in 1 2 3 4 5 6 7 8 9; do
    page=$(metrics | grep -E '^sobriety_host_(uptime|energy|component_energy|discontinuities)')
    [ "$(uptime_of "$page")" != "$(uptime_of "$(metrics)")" ] || return
  done
}

# The same zones as another program sees them (cat as root), and as the collector shows them.
take() {
  section "$1.zones"
  for zone in /sys/class/powercap/*:*; do
    echo "${zone##*/} $(cut -d' ' -f1 /proc/uptime) $(cat $zone/energy_uj) $(cat $zone/name)"
  done
  steady_page
  section "$1.metrics"
  echo "$page"
  section rest
}

mkdir /tmp/agent
chown sobriety-agent /tmp/agent
cat >/tmp/agent.yaml <<YAML
collector: {endpoint: "127.0.0.1:18550", plain: true}
host: {name: guest, state_directory: /tmp/agent}
sampling: {interval: 2s, batch: 1}
sources: {rapl_in_guest: true}
YAML
cat >/tmp/collector.yaml <<YAML
telemetry: {plain: true}
web: {listen: "127.0.0.1:18551"}
store: {path: /tmp/collector/sobriety.db}
YAML
mkdir /tmp/collector
chown stranger /tmp/collector

section modes
ls -lL /sys/class/powercap/*:*/energy_uj
section probe
as sobriety-agent "sobriety-agent probe --config.file /tmp/agent.yaml"
section probe.stranger
as stranger "sobriety-agent probe --config.file /tmp/agent.yaml"
section programs
as stranger "sobriety-collector run --config.file /tmp/collector.yaml" &
as sobriety-agent "sobriety-agent run --config.file /tmp/agent.yaml" &
tries=0
until metrics 2>/dev/null | grep -q '^sobriety_host_component_energy_joules_total'; do
  tries=$((tries + 1))
  [ $tries -lt 60 ] || { echo "no energy on /metrics"; metrics; return; }
  sleep 1
done
section identity
grep -E '^(Uid|Groups|CapEff)' /proc/"$(pidof sobriety-agent | cut -d' ' -f1)"/status

sleep 2
first=$(energy)
section sensors
sensors -u 2>/dev/null
take begin
sleep 8
take steady

# A step, from a reading on: the counters take the new power from their last reading.
energy >/dev/null
echo 90000 >$parameters/pkg_mw
sleep 5 # two samples, so that the page is of one that was taken behind the step
take step
tries=0
until [ $tries -ge 8 ] && { [ "$(energy)" -lt "$first" ] || [ $tries -ge 60 ]; }; do
  tries=$((tries + 1))
  sleep 1
done
take wrapped
section done
