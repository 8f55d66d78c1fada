# The second half of `scripts/image smoke`, which sources this: builds an image, runs a coordinator and a daemon of it as
# the README says, and has the daemon make, change and delete a workspace of templates/scratch.

runner="$(find_tool $(printf '%s\n' "${tools[@]}" | grep -v buildah))"
engine="$(command -v terraform || command -v tofu || cannot "neither terraform nor tofu is on PATH")"

# The name that it is built under belongs to this run.
tag="localhost/berth-smoke:$$"
container="berth-smoke-$$"
run_options=(--network host --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 --read-only --tmpfs /tmp)
finish() {
  local code=$? name
  for name in "$container-server" "$container-daemon"; do
    if [[ $code -ne 0 && -s $scratch/image ]]; then "$runner" logs "$name" 2>&1 | tail -n 20 >&2 || true; fi
    "$runner" rm --force --volumes "$name" >/dev/null 2>&1 || true
  done
  "$runner" rmi --force "$tag" >/dev/null 2>&1 || true
  rm -rf "$scratch"
  exit "$code"
}
trap finish EXIT

build "$runner" | tee "$scratch/image"
# Not every machine can run containers by podman's first choice.
works() { "$runner" "${global[@]}" run --rm "${run_options[@]}" "$tag" --version >"$scratch/try.log" 2>&1; }
global=()
if ! works; then
  global=(--runtime runc)
  works || cannot "$runner runs no container here: $(tail -n 1 "$scratch/try.log")"
fi
run() { "$runner" "${global[@]}" run "${run_options[@]}" "$@"; }

wrong() {
  echo "Wrong: $1" >&2
  exit 1
}
inside() { run --rm --entrypoint /bin/sh "$tag" -c "$1"; }
[[ $(inside 'id -u') -ne 0 ]] || wrong "it runs as root"
[[ -z $(inside 'command -v cc c++ gcc g++ clang make go python3 || true') ]] || wrong "a compiler is in it"
inside '! touch /opt/berth/x 2>/dev/null && touch /var/lib/berth/x /tmp/x' || wrong "what may be written to is not as said"

# Waits until the log of a container says something, as long as it runs.
await() {
  until "$runner" logs "$1" 2>&1 | grep -oE "$2" | head -n 1 | grep .; do
    [[ $("$runner" inspect --format '{{.State.Running}}' "$1") == true ]] || wrong "$1 has ended"
    sleep 0.2
  done
}
export BERTH_CONFIG_DIR="$scratch/config"
berth() { node bin/run.js "$@"; }
run --detach --name "$container-server" "$tag" server --address 127.0.0.1:0 --provisioner-daemons 0 >/dev/null
url="$(await "$container-server" 'http://127\.0\.0\.1:[0-9]+')"
BERTH_FIRST_USER_PASSWORD="$(head -c 12 /dev/urandom | od -An -tx1 | tr -d ' \n')" \
  berth login "$url" --first-user-username admin --first-user-email admin@example.com

token="$(berth tokens create smoke --json | node -p 'JSON.parse(require("fs").readFileSync(0, "utf8")).token')"
BERTH_URL="$url" BERTH_SESSION_TOKEN="$token" run --detach --name "$container-daemon" \
  -e BERTH_URL -e BERTH_SESSION_TOKEN "$tag" provisionerd start --tag made=smoke >/dev/null
await "$container-daemon" 'successfully connected' >/dev/null
berth provisioner list

berth templates push scratch --directory templates/scratch --provisioner-tag made=smoke --yes
berth create demo --template scratch --yes
berth show demo
berth stop demo --yes
berth delete demo --yes

# The init passes the signal on, and the daemon takes its leave.
"$runner" stop --time 60 "$container-daemon" >/dev/null
ended="$("$runner" inspect --format '{{.State.ExitCode}}' "$container-daemon")"
[[ $ended == 0 ]] || wrong "the daemon ended with $ended"
echo "The image works: $(cat "$scratch/image")"
