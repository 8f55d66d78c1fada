# The second half of `scripts/image smoke`, which sources this: builds an image, runs a coordinator and daemons of it as
# the README says, and has them make, change and delete a workspace of templates/scratch: one with the engine that the
# image holds, one with an engine that it installs itself.

runner="$(find_tool $(printf '%s\n' "${tools[@]}" | grep -v buildah))"
engine="$(command -v terraform || command -v tofu || cannot "neither terraform nor tofu is on PATH")"

# The name that it is built under belongs to this run.
tag="localhost/berth-smoke:$$"
container="berth-smoke-$$"
run_options=(--network host --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 --read-only --tmpfs /tmp)
releases=
finish() {
  local code=$? name
  for name in "$container-server" "$container-daemon" "$container-installing"; do
    if [[ $code -ne 0 && -s $scratch/image ]]; then "$runner" logs "$name" 2>&1 | tail -n 20 >&2 || true; fi
    "$runner" rm --force --volumes "$name" >/dev/null 2>&1 || true
  done
  [[ -z $releases ]] || kill "$releases" 2>/dev/null || true
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
  if [[ $runner == podman ]]; then global=(--runtime runc); fi
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
export BERTH_URL="$url" BERTH_SESSION_TOKEN="$token"
run --detach --name "$container-daemon" \
  -e BERTH_URL -e BERTH_SESSION_TOKEN "$tag" provisionerd start --tag made=smoke >/dev/null
# The release is signed with the key of this run, on a server of this machine.
mkdir "$scratch/release"
chmod 755 "$scratch" "$scratch/release"
node scripts/releaseServer.mjs "$scratch/release" "$engine" >"$scratch/releases" &
releases=$!
until grep -q . "$scratch/releases"; do
  kill -0 "$releases" 2>/dev/null || wrong "the release cannot be served"
  sleep 0.2
done
read -r release release_url key <"$scratch/releases"
chmod 644 "$key"
run --detach --name "$container-installing" -e BERTH_URL -e BERTH_SESSION_TOKEN -e BERTH_ENGINE_INSTALL="$release" \
  -e BERTH_ENGINE_RELEASE_URL="$release_url" -e BERTH_ENGINE_RELEASE_KEY=/key.asc -v "$key:/key.asc:ro" \
  "$tag" provisionerd start --name installing --tag made=installed >/dev/null
unset BERTH_URL BERTH_SESSION_TOKEN
for name in daemon installing; do await "$container-$name" 'successfully connected' >/dev/null; done
"$runner" logs "$container-installing" 2>&1 | grep -q "installing ${release%@*} ${release#*@}" || wrong "no engine was installed"
[[ $("$runner" exec "$container-daemon" cat /proc/1/comm) == tini ]] || wrong "its first process is no init"
berth provisioner list

for made in smoke installed; do
  berth templates push "$made" --directory templates/scratch --provisioner-tag "made=$made" --yes
  berth create "$made" --template "$made" --yes
  berth show "$made"
  berth stop "$made" --yes
  berth delete "$made" --yes
done

# The init passes the signal on, and the daemon takes its leave.
"$runner" stop --time 60 "$container-daemon" >/dev/null
ended="$("$runner" inspect --format '{{.State.ExitCode}}' "$container-daemon")"
[[ $ended == 0 ]] || wrong "the daemon ended with $ended"
echo "The image works: $(cat "$scratch/image")"
