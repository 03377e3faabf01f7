# shellcheck shell=bash
# Runs long work with its output in a log file and a sign of life on the screen.
#
# Sourced by the scripts that people run. On a terminal the last line of the log is shown behind a
# spinner; elsewhere (a pipe, CI) plain lines are printed, one now and then, so that a log of the
# run stays readable. The caller must call progress_stop from its exit trap.

PROGRESS_PID=      # process group of the step that runs now, empty when none does
PROGRESS_GENTLE=   # set while that step must not be cut short (dpkg)

# On a terminal a spinner line is redrawn; otherwise a line is printed this often, in seconds.
PROGRESS_PLAIN_EVERY=15

say()  { printf '%s\n' "$*"; }
warn() { printf 'warning: %s\n' "$*" >&2; }
die()  { printf 'error: %s\n' "$*" >&2; exit 1; }

# The last line of a log that says something, without colours, cut to the given width.
progress_last_line() {
  local file=$1 width=$2
  tail -c 2000 "$file" 2>/dev/null | tr '\r' '\n' | sed -e 's/\x1b\[[0-9;]*[A-Za-z]//g' -e '/^[[:space:]]*$/d' |
    tail -n 1 | cut -c "1-$width" || true
}

progress_draw() {
  local title=$1 log=$2 tick=$3 seconds=$4
  local spinner=$'|/-\\' columns line
  columns=${COLUMNS:-$(tput cols 2>/dev/null || echo 80)}
  line="${spinner:tick%4:1} $title (${seconds} s)"
  local room=$((columns - ${#line} - 3))
  ((room > 10)) && line+="  $(progress_last_line "$log" "$room")"
  printf '\r\033[K%s' "$line"
}

# progress_wait TITLE LOG: shows signs of life until PROGRESS_PID ends.
progress_wait() {
  local title=$1 log=$2 start=$SECONDS last tick=0 next=$PROGRESS_PLAIN_EVERY
  while kill -0 "$PROGRESS_PID" 2>/dev/null; do
    local seconds=$((SECONDS - start))
    if [[ -t 1 ]]; then
      progress_draw "$title" "$log" "$tick" "$seconds"
    elif ((seconds >= next)); then
      last=$(progress_last_line "$log" 120)
      say "    ${seconds} s${last:+: $last}"
      next=$((seconds + PROGRESS_PLAIN_EVERY))
    fi
    tick=$((tick + 1))
    sleep 0.2
  done
}

# progress_run [--gentle] TITLE LOG COMMAND...
# Returns the command's status; on failure the end of the log and its path are printed.
# --gentle: when the script is told to stop, the step is waited for instead of ended.
progress_run() {
  PROGRESS_GENTLE=
  if [[ $1 == --gentle ]]; then PROGRESS_GENTLE=yes; shift; fi
  local title=$1 log=$2 status=0 start=$SECONDS
  shift 2
  mkdir -p "$(dirname "$log")"
  : >"$log"
  [[ -t 1 ]] || say "==> $title"

  # A session of its own makes the whole tree of the step one process group that can be ended at
  # once. Not for the gentle ones: sudo remembers the password by terminal.
  if [[ $PROGRESS_GENTLE ]]; then
    "$@" >"$log" 2>&1 </dev/null &
  else
    setsid "$@" >"$log" 2>&1 </dev/null &
  fi
  PROGRESS_PID=$!
  progress_wait "$title" "$log"
  wait "$PROGRESS_PID" || status=$?
  PROGRESS_PID=
  [[ ! -t 1 ]] || printf '\r\033[K'

  if ((status == 0)); then
    say "    done: $title ($((SECONDS - start)) s)"
  else
    say "    failed: $title (exit status $status); the end of its log:"
    tail -n 30 "$log" | sed 's/^/    | /'
    say "    full log: $log"
  fi
  return "$status"
}

# Ends the running step, if any. For exit traps.
progress_stop() {
  [[ $PROGRESS_PID ]] || return 0
  if [[ $PROGRESS_GENTLE ]]; then
    say ""
    say "waiting for the package manager: cutting it short would leave packages half installed"
  else
    kill -TERM -- "-$PROGRESS_PID" 2>/dev/null || true
    kill -CONT -- "-$PROGRESS_PID" 2>/dev/null || true  # one that somebody suspended ends too
  fi
  wait "$PROGRESS_PID" 2>/dev/null || true
  PROGRESS_PID=
}
