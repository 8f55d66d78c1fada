#!/bin/sh
# One supervisor stands beside each engine process: it keeps its exit code, and ends it when its lease is over or when
# it is told to, with or without the process that started it. POSIX sh (dash, busybox, bash); Linux for /proc.
#
#   supervisor.sh RUN POLL GRACE STEP COMMAND [ARGUMENT...]
#
# RUN    folder of this run's files; `lease` is in it before the start
# POLL   seconds between two looks at `lease` and `stop`, as sleep(1) takes them
# GRACE  hundredths of a second from the first SIGINT until the plugins are killed
# STEP   hundredths of a second between two of the later rungs
#
# Files of RUN: `out` (what the command prints), `pids` (rows ROLE PID START, that of the engine last), `rungs` (rungs
# reached) and `exit` (the exit code) are written here; `lease` (deadline in seconds since boot) and `stop` (`soft` or
# `hard`) are read here. Nothing is renamed here: a mv costs as much as all the rest, so that readers look whether what
# they find is whole.
#
# Everything is inside a function and the last line leaves at once, so that a shell in the middle of an hour-long apply
# never reads on in a script that an upgrade has replaced.

main() {
  set -f
  trap '' INT TERM HUP
  run=$1 poll=$2 grace=$3 step=$4
  shift 4

  deadline=
  read_lease
  if [ -z "$deadline" ]; then
    echo 'the supervisor found no lease: nothing was started' >>"$run/out"
    leave 125
  fi

  # In a session and group of its own: a signal to that group spares the supervisor. setsid does not fork here, so that
  # $! is the command itself.
  setsid "$@" </dev/null >>"$run/out" 2>&1 &
  child=$!
  start_of "$child"
  child_start=$start
  find_engine

  watch </dev/null >/dev/null 2>&1 &
  watcher=$!
  start_of "$$"
  printf '%s\n' "supervisor $$ $start" "child $child $child_start" "engine $engine $engine_start" >"$run/pids"

  # Nothing but wait: it sees the end at once, and the exit code cannot be taken by another command.
  wait "$child"
  code=$?
  end_watcher
  kill -KILL "-$child"
  # Where the engine is not the child, it may outlive it; `exit` is never written before its end.
  while alive; do sleep "$poll"; done
  leave "$code"
}

# The process to signal. It is the process waited for, unless a sandbox stands between them.
find_engine() {
  engine=$child engine_start=$child_start
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

# Whether the engine still runs: a process of that number which started at another time is a stranger.
alive() {
  start_of "$engine" && [ "$start" = "$engine_start" ]
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

# Looks at lease and stop file until the engine ends, and climbs the ladder. `since` is when the last rung was reached.
watch() {
  rung=0
  while alive; do
    sleep "$poll" || sleep 1
    alive || return
    read_clock
    read_lease
    stop=
    read -r stop 2>/dev/null <"$run/stop"
    climb
  done
}

# One step of the stop ladder, if one is due:
#   1  SIGINT: the engine finishes what it does and keeps the state
#   2  SIGKILL to its plugins: one that hangs hangs the engine through any number of SIGINTs
#   3  a second SIGINT: it no longer waits for its own writer, so that the state may be empty
#   4  SIGKILL
climb() {
  case $rung in
    0)
      if [ -n "$stop" ]; then
        reach 1 "interrupt $stop"
      elif [ "$now" -ge $((deadline * 100)) ]; then
        reach 1 "interrupt lease"
      else
        return
      fi
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

# reach RUNG TEXT: what was reached is recorded before it acts.
reach() {
  rung=$1 since=$now
  echo "$2 $now" >>"$run/rungs"
}

# Sends the first SIGINT, once, as soon as the engine takes it: it starts with the signal ignored (it inherits that) and
# would never notice one that comes before it has set up its handler.
interrupt() {
  [ -z "$interrupted" ] || return 0
  while read -r key mask; do
    [ "$key" = SigIgn: ] || continue
    # SIGINT is 2, the second lowest bit of the last digit.
    case $mask in *[2367abefABEF]) return 0 ;; esac
  done 2>/dev/null <"/proc/$engine/status"
  interrupted=yes
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

# Records the exit code and ends. The file has been there at its full size from the start, with dashes in it: a full
# disk takes what is written over it in place.
leave() {
  printf '%-4s\n' "$1" 1<>"$run/exit"
  exit 0
}

main "$@"; exit 1
