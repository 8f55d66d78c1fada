#!/bin/sh
# One supervisor stands beside each engine process: it keeps its exit code, and ends it when its lease is over or when
# it is told to, with or without the process that started it. POSIX sh (dash, busybox, bash); Linux for /proc.
#
#   supervisor.sh bare RUN COMMAND [ARGUMENT...]    runs the engine
#   supervisor.sh bwrap RUN COMMAND [ARGUMENT...]   runs a bwrap that reports on descriptor 3, and the engine in it
#   supervisor.sh again RUN                         watches over a run whose watcher was killed
#
# `bare` and `bwrap` start nothing before the word on stdin, one line: `go`, and what is to be added to the arguments. When
# stdin ends without it, whoever wanted the run has ended or thought better of it, and nothing was begun.
#
# It is two processes: the supervisor waits for the command and records its exit code, the watcher looks at lease and
# stop file and sends the signals. Either goes on without the other: a watcher whose supervisor was killed records the
# end, and for one that was killed another is started (`again`).
#
# Files of RUN. Written before the start: `terms` (the boot's id, then POLL GRACE STEP END SILENCE, see read_terms) and
# `lease` (deadline in seconds since boot). Written by others: `lease` again, and `stop` (`soft` or `hard`). Written
# here: `out` (what the command prints), `pids` (rows ROLE PID START, the last of a role counts), `rungs` (rungs
# reached), `sandbox` (what bwrap reports) and `exit` (the exit code). Nothing is renamed here: a mv costs as much as all
# the rest, so that readers look whether what they find is whole.
#
# Everything is inside functions and the last line leaves at once, so that a shell in the middle of an hour-long apply
# never reads on in a script that an upgrade has replaced.

main() {
  set -f
  trap '' INT TERM HUP
  mode=$1 run=$2
  shift 2
  if [ "$mode" != again ]; then
    read -r word more && [ "$word" = go ] || exit 0
    exec </dev/null
  fi
  read_terms
  deadline=
  read_lease
  if [ "$mode" = again ]; then
    watch_again
  else
    # Words, not patterns: set -f.
    supervise "$@" $more
  fi
}

supervise() {
  if [ -z "$deadline" ]; then
    echo 'the supervisor found no lease: nothing was started' >>"$run/out"
    leave 125
  fi
  start_of "$$"
  supervisor=$$ supervisor_start=$start
  # First of all: who finds no row knows that nothing was started.
  record supervisor "$supervisor" "$supervisor_start"

  # In a session and group of its own: a signal to that group spares the supervisor. setsid does not fork here, so that
  # $! is the command itself.
  if [ "$mode" = bwrap ]; then
    setsid "$@" </dev/null >>"$run/out" 2>&1 3>"$run/sandbox" &
  else
    setsid "$@" </dev/null >>"$run/out" 2>&1 &
  fi
  child=$!
  start_of "$child"
  child_start=$start
  record child "$child" "$child_start"
  engine= engine_start=
  if [ "$mode" = bare ]; then
    engine=$child engine_start=$child_start
    record engine "$engine" "$engine_start"
  fi

  rung=0
  watch </dev/null >/dev/null 2>&1 &
  watcher=$!
  start_of "$watcher"
  record watcher "$watcher" "$start"

  # Nothing but wait: it sees the end at once, and the exit code cannot be taken by another command.
  wait "$child"
  code=$?
  [ "$mode" = bare ] || outlast_sandbox
  end_watcher
  kill -KILL "-$child"
  leave "$code"
}

# A bwrap that was killed leaves its engine running: `exit` is never written before that has ended. What bwrap reported
# is then the exit code; without a report it is unknown, unless the sandbox was never ready.
outlast_sandbox() {
  find_engine || return 0
  while lives "$engine" "$engine_start"; do sleep "$poll"; done
  read_exit_code || [ "$code" -lt 128 ] || code=none
}

# Sets what the run was started with: `poll`, seconds between two looks, as sleep takes them; in hundredths of a second
# `grace`, from the first SIGINT until the plugins are killed, and `step`, between two of the later rungs; `end`, when
# the run may go on no longer, in hundredths since boot; `silence`, for how long it may print nothing. The last two may
# be `-`, for ever.
read_terms() {
  { read -r _ && read -r poll grace step end silence; } <"$run/terms"
}

# record ROLE PID START
record() {
  echo "$1 $2 $3" >>"$run/pids"
}

# Sets `start` to the start time of a process (field 22 of its stat, counted after the name, which may hold anything);
# fails when it has ended. A zombie has.
start_of() {
  start=
  read -r stat 2>/dev/null <"/proc/$1/stat" || return 1
  set -- ${stat##*) }
  start=${20}
  case $1 in Z | X) return 1 ;; esac
}

# lives PID START: a process of that number which started at another time is a stranger.
lives() {
  [ -n "$1" ] && start_of "$1" && [ "$start" = "$2" ]
}

# The process to signal. In a sandbox bwrap says which one that is, as soon as it is made.
find_engine() {
  [ -z "$engine" ] || return 0
  line=
  read -r line 2>/dev/null <"$run/sandbox" || return 1
  case $line in *'"child-pid": '[1-9]*) ;; *) return 1 ;; esac
  engine=${line#*'"child-pid": '}
  engine=${engine%%[!0-9]*}
  start_of "$engine"
  engine_start=$start
}

# Sets `code` to the engine's exit code, if bwrap has reported it.
read_exit_code() {
  line=
  { read -r _ && read -r line; } 2>/dev/null <"$run/sandbox" || return 1
  case $line in *'"exit-code": '[0-9]*) ;; *) return 1 ;; esac
  line=${line#*'"exit-code": '}
  code=${line%%[!0-9]*}
}

# Sets `now`: hundredths of a second since boot, a clock that no one sets and that counts suspended time. The fraction
# has two digits and may start with 0, which arithmetic would read as octal.
read_clock() {
  read -r now _ </proc/uptime
  now=$((${now%.*} * 100 + 1${now#*.} - 100))
}

# Sets `deadline`, in seconds since boot; what is missing, empty or no number leaves the last one that was read.
read_lease() {
  lease=
  read -r lease 2>/dev/null <"$run/lease"
  case $lease in
    '' | *[!0-9]* | ????????????*) ;;
    *) deadline=$lease ;;
  esac
}

# Looks at lease, stop file and limits until the engine ends, and climbs the ladder. `since` is when the last rung was
# reached, `rung` which one it was.
watch() {
  if [ -z "$engine" ]; then
    while ! find_engine; do
      # It came to nothing before there was an engine.
      lives "$child" "$child_start" || return
      sleep 0.02
    done
    record engine "$engine" "$engine_start"
  fi
  position= heard=
  while lives "$engine" "$engine_start"; do
    sleep "$poll" || sleep 1
    lives "$engine" "$engine_start" || break
    read_clock
    read_lease
    [ "$silence" = - ] || listen
    stop=
    read -r stop 2>/dev/null <"$run/stop"
    climb
  done
  finish
}

# Takes the place of a watcher that was killed, on the rung that it had reached.
watch_again() {
  supervisor= supervisor_start= child= child_start= engine= engine_start=
  while read -r role pid start; do
    case $role in
      supervisor) supervisor=$pid supervisor_start=$start ;;
      child) child=$pid child_start=$start ;;
      engine) engine=$pid engine_start=$start ;;
    esac
  done <"$run/pids"
  mode=bare
  [ ! -e "$run/sandbox" ] || mode=bwrap
  rung=0 interrupted=
  while read -r name first second; do
    case $name in
      interrupt) rung=1 since=$second ;;
      sent) interrupted=yes ;;
      plugins) rung=2 since=$first ;;
      interrupt_again) rung=3 since=$first ;;
      kill) rung=4 since=$first ;;
    esac
  done 2>/dev/null <"$run/rungs"
  watch
}

# Does what is the supervisor's to do, if that was killed. A process that is nobody's child takes its exit code with it.
finish() {
  ! lives "$supervisor" "$supervisor_start" || return 0
  recorded=
  read -r recorded 2>/dev/null <"$run/exit"
  case $recorded in [0-9]* | none) return 0 ;; esac
  code=none
  if [ "$mode" != bare ]; then
    while lives "$child" "$child_start"; do sleep 0.02; done
    read_exit_code
  fi
  # Time has passed since it ended: its number may be a stranger's now.
  start_of "$child"
  case $start in '' | "$child_start") kill -KILL "-$child" ;; esac
  leave "$code"
}

# Notes down when the output last grew: `position` is how far it is written, as the kernel says of the engine's stdout.
listen() {
  before=$position position=
  while read -r key position; do
    [ "$key" != pos: ] || break
  done 2>/dev/null <"/proc/$engine/fdinfo/1"
  if [ -z "$position" ] || [ "$position" != "$before" ]; then heard=$now; fi
}

# One step of the stop ladder, if one is due:
#   1  SIGINT: the engine finishes what it does and keeps the state
#   2  SIGKILL to its plugins: one that hangs hangs the engine through any number of SIGINTs
#   3  a second SIGINT: it no longer waits for its own writer, so that the state may be empty
#   4  SIGKILL
climb() {
  case $rung in
    0)
      find_cause || return 0
      reach 1 "interrupt $cause"
      interrupted=
      interrupt
      ;;
    1)
      interrupt
      if [ "$stop" = hard ] || [ $((now - since)) -ge "$grace" ]; then
        reach 2 plugins
        kill_plugins
      fi
      ;;
    2)
      kill_plugins
      if [ $((now - since)) -ge "$step" ]; then
        reach 3 interrupt_again
        kill -INT "$engine"
      fi
      ;;
    3)
      if [ $((now - since)) -ge "$step" ]; then
        reach 4 kill
        kill -KILL "$engine"
      fi
      ;;
    4) kill -KILL "$engine" ;;
  esac
}

# Sets `cause` to what begins the ladder; fails when there is nothing.
find_cause() {
  if [ -n "$stop" ]; then
    cause=$stop
  elif [ "$now" -ge $((deadline * 100)) ]; then
    cause=lease
  elif [ "$end" != - ] && [ "$now" -ge "$end" ]; then
    cause=build_timeout
  elif [ "$silence" != - ] && [ $((now - heard)) -ge "$silence" ]; then
    cause=no_output_timeout
  else
    return 1
  fi
}

# reach RUNG TEXT: what was reached is recorded before it acts.
reach() {
  rung=$1 since=$now
  echo "$2 $now" >>"$run/rungs"
}

# Sends the first SIGINT, once, as soon as the engine takes it: it starts with the signal ignored (it inherits that) and
# would never notice one that comes before it has set up its handler. Recorded before it is sent, so that no second
# watcher sends another.
interrupt() {
  [ -z "$interrupted" ] || return 0
  while read -r key mask; do
    [ "$key" = SigIgn: ] || continue
    # SIGINT is 2, the second lowest bit of the last digit.
    case $mask in *[2367abefABEF]) return 0 ;; esac
  done 2>/dev/null <"/proc/$engine/status"
  interrupted=yes
  echo sent >>"$run/rungs"
  kill -INT "$engine"
}

# The engine's children: plugins, and the shells of provisioners.
kill_plugins() {
  set +f
  for list in "/proc/$engine/task/"*/children; do
    # The list ends without a line break, which read reports as a failure.
    kids=
    read -r kids 2>/dev/null <"$list"
    for kid in $kids; do kill -KILL "$kid"; done
  done
  set -f
}

# Ends the watcher and the sleep it waits for, which would else live on for one interval.
end_watcher() {
  kids=
  read -r kids 2>/dev/null <"/proc/$watcher/task/$watcher/children"
  kill -KILL "$watcher"
  for kid in $kids; do kill -KILL "$kid"; done
}

# Records the exit code, or `none` where nobody knows it, and ends. The file has been there at its full size from the
# start, with dashes in it: a full disk takes what is written over it in place.
leave() {
  printf '%-4s\n' "$1" 1<>"$run/exit"
  exit 0
}

main "$@"; exit 1
