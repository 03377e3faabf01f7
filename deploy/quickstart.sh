#!/usr/bin/env bash
# Installs what is needed, builds, starts a collector and an agent on this machine and shows live
# figures. Leaves no process behind, however it ends.
set -euo pipefail

CALLED_FROM=$PWD
SOBRIETY_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export LC_ALL=C  # figures with a point, whatever the user's language

# shellcheck source=deploy/lib/progress.sh
. "$SOBRIETY_ROOT/deploy/lib/progress.sh"
# shellcheck source=deploy/lib/packages.sh
. "$SOBRIETY_ROOT/deploy/lib/packages.sh"
# shellcheck source=deploy/lib/build.sh
. "$SOBRIETY_ROOT/deploy/lib/build.sh"

LIB=$SOBRIETY_ROOT/deploy/lib
BIN=$SOBRIETY_ROOT/build/release
RUNS=$SOBRIETY_ROOT/build/quickstart

# The agent sends every REPORT_SECONDS, one sample a second, so that the table is alive.
SAMPLE_SECONDS=1
BATCH=2
REPORT_SECONDS=$((SAMPLE_SECONDS * BATCH))
REFRESH_SECONDS=2
READY_SECONDS=20    # the collector must answer within this time of its start
CHECK_SECONDS=55    # and --check must have decided within this time of the end of the build
STOP_SECONDS=15     # a program that has not stopped by then is killed

CHECK=''
DEMO=0
DEMO_RATE=60
PORT=''
WEB_PORT=''
INSTALL=yes

HOST=$(uname -n)
RUN=''              # this run's own directory: configurations, logs, state
STARTED=()          # names of what runs, in the order of starting
declare -A PID=()
CURSOR_HIDDEN=''
FAILED=''           # set when the run directory is to be kept
REASON=''           # what check_figures found

usage() {
  cat <<TEXT
Usage: deploy/quickstart.sh [--check] [--demo N] [options]

Installs what is needed, builds, starts a collector and an agent on this machine, and shows a live
table of power, energy, CPU and uptime. Ctrl-C stops what it started.

  --check           no terminal needed: exits 0 once the collector shows this machine with true
                    figures, within 60 s of the end of the build; otherwise says why and exits 1
  --demo N          adds N simulated machines, through the real protocol
  --demo-rate X     simulated seconds that pass for them in a second (default $DEMO_RATE)
  --port PORT       where agents connect (default 18550; --check picks a free one)
  --web-port PORT   where figures are read, over HTTP (default 18551; --check picks a free one)
  --no-install      installs nothing; what is missing makes the build fail
  --help            this text

Logs and state are kept below build/quickstart while it runs, and after a failure.
TEXT
}

require_number() {
  if [[ ! $2 =~ ^[1-9][0-9]{0,8}$ ]] || (($2 < $3 || $2 > $4)); then
    die "$1 wants a number from $3 to $4, not '$2'"
  fi
}

parse_arguments() {
  while (($#)); do
    case $1 in
      --check) CHECK=yes ;;
      --no-install) INSTALL= ;;
      --demo | --demo-rate | --port | --web-port)
        (($# >= 2)) || die "$1 wants a number; see --help"
        case $1 in
          --demo) require_number "$1" "$2" 1 100000; DEMO=$2 ;;
          --demo-rate) require_number "$1" "$2" 1 100000; DEMO_RATE=$2 ;;
          --port) require_number "$1" "$2" 1 65535; PORT=$2 ;;
          --web-port) require_number "$1" "$2" 1 65535; WEB_PORT=$2 ;;
        esac
        shift
        ;;
      -h | --help) usage; exit 0 ;;
      *) die "unknown argument '$1'; see deploy/quickstart.sh --help" ;;
    esac
    shift
  done
}

# --- ports -----------------------------------------------------------------------------------------

# Whether something listens on a TCP port, by the kernel's own list (ss may not be installed).
port_in_use() {
  local hex
  hex=$(printf ':%04X' "$1")
  { cat /proc/net/tcp; cat /proc/net/tcp6 2>/dev/null || true; } |
    awk -v port="$hex" '$4 == "0A" && $2 ~ port "$" {found = 1} END {exit !found}'
}

# Below the range that the kernel gives out by itself, so that no client takes it in between.
free_port() {
  local port attempt
  for ((attempt = 0; attempt < 200; attempt++)); do
    port=$((20000 + RANDOM % 12000))
    if [[ $port != "$PORT" ]] && ! port_in_use "$port"; then printf '%s\n' "$port"; return 0; fi
  done
  die "no free TCP port found between 20000 and 32000"
}

require_free_port() {
  local port=$1 option=$2 owner=
  port_in_use "$port" || return 0
  if command -v ss >/dev/null; then
    owner=$(ss -Hltnp "sport = :$port" 2>/dev/null | sed -n 's/.*users:((\("[^"]*",pid=[0-9]*\).*/ by \1/p' | head -n 1)
  fi
  die "TCP port $port is in use${owner}. Stop that program, or choose another port with $option."
}

choose_ports() {
  if [[ $CHECK ]]; then
    PORT=${PORT:-$(free_port)}
    WEB_PORT=${WEB_PORT:-$(free_port)}
  fi
  PORT=${PORT:-18550} WEB_PORT=${WEB_PORT:-18551}
  [[ $PORT != "$WEB_PORT" ]] || die "--port and --web-port are both $PORT; they must differ"
  require_free_port "$PORT" --port
  require_free_port "$WEB_PORT" --web-port
}

# --- programs --------------------------------------------------------------------------------------

# start NAME COMMAND...: in a session of its own, so that Ctrl-C reaches this script alone, which
# then stops the programs in order. Should this script be killed outright, the kernel ends them.
start() {
  local name=$1
  shift
  setsid setpriv --pdeathsig TERM -- "$@" >"$RUN/$name.log" 2>&1 </dev/null &
  PID[$name]=$!
  STARTED+=("$name")
}

alive() { kill -0 "${PID[$1]}" 2>/dev/null; }

# First program that has ended although nobody stopped it; fails when all run.
find_dead() {
  local name
  for name in "${STARTED[@]}"; do
    alive "$name" || { printf '%s\n' "$name"; return 0; }
  done
  return 1
}

stop() {
  local name=$1 pid=${PID[$1]} tenths
  kill -TERM "$pid" 2>/dev/null || true
  for ((tenths = 0; tenths < STOP_SECONDS * 10; tenths++)); do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  if kill -KILL "$pid" 2>/dev/null; then
    warn "$name (pid $pid) did not stop within $STOP_SECONDS s and was killed"
  fi
  wait "$pid" 2>/dev/null || true
}

stop_all() {
  local i
  for ((i = ${#STARTED[@]} - 1; i >= 0; i--)); do stop "${STARTED[i]}"; done
  STARTED=()
}

show_logs() {
  local log
  for log in "$RUN"/*.log; do
    [[ -s $log ]] || continue
    printf '%s\n' "--- the end of $log" >&2
    tail -n 20 "$log" >&2
  done
}

# fail REASON: says it with the ends of the logs, which are kept.
fail() {
  FAILED=yes
  show_cursor
  printf 'error: %s\n' "$1" >&2
  show_logs
  exit 1
}

fail_dead() {
  local status=0 how
  wait "${PID[$1]}" 2>/dev/null || status=$?
  how="exit status $status"
  if ((status > 128)); then how="killed by SIG$(kill -l "$status" 2>/dev/null || echo "NAL $((status - 128))")"; fi
  fail "sobriety-$1 ended by itself ($how); its log says why"
}

show_cursor() {
  [[ ! $CURSOR_HIDDEN ]] || printf '\033[?25h\n'
  CURSOR_HIDDEN=
}

clean_up() {
  trap '' INT TERM HUP PIPE
  set +e  # what can still be stopped must be, even if nobody reads the output any more
  progress_stop
  show_cursor
  stop_all
  if [[ $RUN && ! $FAILED ]]; then rm -rf -- "$RUN"; fi
}

# --- configuration ---------------------------------------------------------------------------------

# A directory of this run's own. Those that failed runs left are removed by the next one.
make_run_directory() {
  local old
  mkdir -p "$RUNS"
  for old in "$RUNS"/run.*; do
    [[ -d $old ]] || continue
    kill -0 "$(cat "$old/owner" 2>/dev/null || echo none)" 2>/dev/null || rm -rf -- "$old"
  done
  RUN=$(mktemp -d "$RUNS/run.XXXXXX")
  echo "$$" >"$RUN/owner"
}

# A YAML string that is taken as it is, whatever it contains.
yaml_string() { printf "'%s'" "${1//\'/\'\'}"; }

# The agent comes by its certificate as any other would. Simulated machines have none: with them beside
# it everybody does without TLS, on this machine alone.
enrols() { ((DEMO == 0)); }

write_configurations() {
  local plain=false identity=
  if enrols; then identity=$RUN/identity; else plain=true; fi
  cat >"$RUN/collector.yaml" <<YAML
telemetry:
  listen: 127.0.0.1:$PORT
  plain: $plain
identity:
  directory: $(yaml_string "$identity")
web:
  listen: 127.0.0.1:$WEB_PORT
store:
  path: $(yaml_string "$RUN/sobriety.db")
# One machine is a group of one: by default it would not be shown as a group.
privacy:
  min_group_size: 1
YAML
  cat >"$RUN/agent.yaml" <<YAML
collector:
  endpoint: 127.0.0.1:$PORT
  plain: $plain
host:
  name: $(yaml_string "$HOST")
  state_directory: $(yaml_string "$RUN/agent-state")
sampling:
  interval: ${SAMPLE_SECONDS}s
  batch: $BATCH
YAML
  mkdir -p "$RUN/agent-state"
}

make_authority() {
  "$BIN/sobriety-collector" ca init --config.file "$RUN/collector.yaml" --name 127.0.0.1 >"$RUN/authority.log" 2>&1 ||
    fail "the collector's authority could not be made"
}

# A token goes from the collector to the agent, which fetches its certificate with it.
enrol_agent() {
  "$BIN/sobriety-collector" token create --config.file "$RUN/collector.yaml" 2>"$RUN/token.log" |
    "$BIN/sobriety-agent" enrol --config.file "$RUN/agent.yaml" >"$RUN/enrolment.log" 2>&1 ||
    fail "the agent did not get a certificate"
}

http_get() { curl --noproxy '*' -fsS --max-time 5 "http://127.0.0.1:$WEB_PORT$1"; }

wait_for_collector() {
  local deadline=$((SECONDS + READY_SECONDS))
  until http_get /-/ready >/dev/null 2>&1; do
    alive collector || fail_dead collector
    ((SECONDS < deadline)) || fail "the collector does not answer at http://127.0.0.1:$WEB_PORT/-/ready"
    sleep 0.1
  done
}

start_programs() {
  make_run_directory
  write_configurations
  if enrols; then make_authority; fi
  start collector "$BIN/sobriety-collector" run --config.file "$RUN/collector.yaml"
  wait_for_collector
  if enrols; then enrol_agent; fi
  start agent "$BIN/sobriety-agent" run --config.file "$RUN/agent.yaml"
  if ((DEMO > 0)); then
    # People see desktops and laptops leave for the night; a check wants to count all of them.
    local days=(--days)
    [[ ! $CHECK ]] || days=()
    start fleet "$BIN/sobriety-fleet" --collector "127.0.0.1:$PORT" --hosts "$DEMO" --rate "$DEMO_RATE" --seed 1 \
      "${days[@]}"
  fi
}

# --- figures ---------------------------------------------------------------------------------------

# One line a machine, as hosts.awk describes it, into $RUN/hosts.
read_hosts() {
  http_get /metrics >"$RUN/metrics" 2>"$RUN/curl.err" || return 1
  awk -f "$LIB/hosts.awk" "$RUN/metrics" | sort >"$RUN/hosts"
}

# Processor seconds since boot, all modes of all processors, by the kernel's own count.
proc_cpu_seconds() {
  awk -v hertz="$(getconf CLK_TCK)" \
    '$1 == "cpu" {for (i = 2; i <= 9; i++) sum += $i; printf "%.2f\n", sum / hertz; exit}' /proc/stat
}

proc_uptime() { cut -d ' ' -f 1 /proc/uptime; }

# Sets REASON and fails unless the collector's figures for this machine agree with /proc.
check_figures() {
  local before after cpu row
  before=$(proc_uptime)
  REASON="the collector's /metrics cannot be read"
  read_hosts || return 1
  after=$(proc_uptime)
  cpu=$(proc_cpu_seconds)
  row=$(awk -F '\t' -v host="$HOST" '$1 == host' "$RUN/hosts")
  REASON="the collector does not show this machine ($HOST) yet"
  [[ $row ]] || return 1
  REASON=$(awk -F '\t' -v before="$before" -v after="$after" -v cpu="$cpu" -v report="$REPORT_SECONDS" \
    -v cpus="$(grep -c '^cpu[0-9]' /proc/stat)" -f "$LIB/check.awk" <<<"$row") || return 1
  check_demo
}

check_demo() {
  local shown
  ((DEMO > 0)) || return 0
  shown=$(awk -F '\t' '$2 == 1' "$RUN/hosts" | wc -l)
  if ((shown < DEMO + 1)); then
    REASON="the collector shows $shown machines that are up, not this one and the $DEMO simulated ones"
    return 1
  fi
}

run_check() {
  local deadline=$((SECONDS + CHECK_SECONDS)) dead
  start_programs
  until check_figures; do
    if dead=$(find_dead); then fail_dead "$dead"; fi
    ((SECONDS < deadline)) || fail "after $CHECK_SECONDS s still: $REASON"
    sleep 0.5
  done
  print_table 20
  say "ok: $REASON"
}

# --- live table ------------------------------------------------------------------------------------

print_table() { awk -v own="$HOST" -v rows="$1" -f "$LIB/table.awk" "$RUN/hosts"; }

# A path as the user would type it.
typed() { printf '%s' "${1#"$CALLED_FROM/"}"; }

print_header() {
  say "sobriety quickstart   $(date +%H:%M:%S)"
  say ""
  say "  figures for Prometheus   http://127.0.0.1:$WEB_PORT/metrics"
  say "  health, readiness        http://127.0.0.1:$WEB_PORT/-/healthy  http://127.0.0.1:$WEB_PORT/-/ready"
  say "  agents connect to        127.0.0.1:$PORT"
  say "  logs                     $(typed "$RUN")"
  say ""
}

print_hint() {
  local method
  method=$(awk -F '\t' -v host="$HOST" '$1 == host {print $4}' "$RUN/hosts")
  case $method in
    - | none | '')
      say ""
      say "No energy meter of this machine is read. To see why, for each source:"
      say "  $(typed "$BIN")/sobriety-agent probe --config.file $(typed "$RUN")/agent.yaml"
      ;;
  esac
}

print_screen() {
  print_header
  if [[ -s $RUN/hosts ]]; then
    print_table "$1"
    print_hint
  else
    say "waiting for the first figures ..."
  fi
  say ""
  say "Ctrl-C stops what was started here."
}

# Redraws in place: each line is cleared to its end, then what is left below.
draw_screen() {
  local lines
  lines=$(stty size 2>/dev/null | cut -d ' ' -f 1)
  ((${lines:-0} > 0)) || lines=24
  ((lines > 20)) || lines=20
  printf '\033[H'
  print_screen $((lines - 17)) | sed $'s/$/\033[K/'
  printf '\033[J'
}

run_live() {
  local dead every=$REFRESH_SECONDS terminal=
  [[ -t 1 && ${TERM:-dumb} != dumb ]] && terminal=yes
  start_programs
  if [[ $terminal ]]; then
    printf '\033[?25l\033[2J'
    CURSOR_HIDDEN=yes
  else
    every=10
  fi
  # From here on Ctrl-C is how people leave, not a failure.
  trap 'exit 0' INT
  while true; do
    if dead=$(find_dead); then fail_dead "$dead"; fi
    read_hosts || true
    if [[ $terminal ]]; then draw_screen; else print_screen 20; fi
    sleep "$every"
  done
}

require_writable_build() {
  mkdir -p "$SOBRIETY_ROOT/build" 2>/dev/null && [[ -w $SOBRIETY_ROOT/build ]] && return 0
  die "$SOBRIETY_ROOT/build is not writable; an earlier run as another user may have made it.
  Give it to yourself (sudo chown -R \$(id -u): build) or run this as that user."
}

main() {
  parse_arguments "$@"
  trap clean_up EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  trap 'exit 129' HUP
  cd "$SOBRIETY_ROOT"
  require_writable_build
  choose_ports
  if [[ $INSTALL ]]; then ensure_build_packages; fi
  build_preset release sobriety-agent sobriety-collector sobriety-fleet ||
    die "the build failed (the reason is above)"
  if [[ $CHECK ]]; then run_check; else run_live; fi
}

main "$@"
