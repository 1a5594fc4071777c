#!/usr/bin/env bash
# Hot reload of a Vite dev server through the gateway, in a real browser: a file is changed, and the page in Chromium
# takes the change without being loaded again.
#
#   tests/vite.sh [VITE]
#
# VITE: the program, such as node_modules/.bin/vite; without an argument the one in the path. Needs it, node and
# chromium, installs nothing, and says what it lacks. BYTEGLASS names the binary to run; else it is built. Loopback
# only; everything that it starts ends with it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
vite=${1:-vite}

lacking=()
for program in node chromium curl "$vite"; do
  [[ -n $(command -v "$program") ]] || lacking+=("$program")
done
if ((${#lacking[@]} > 0)); then
  printf 'vite.sh lacks: %s\n' "${lacking[*]}" >&2
  [[ ${lacking[*]} != *vite* ]] || printf 'npm install vite, and then: tests/vite.sh node_modules/.bin/vite\n' >&2
  exit 1
fi
vite=$(realpath "$(command -v "$vite")")
byteglass=${BYTEGLASS-}
if [[ -z $byteglass ]]; then
  cargo build --quiet --locked --no-default-features --bin byteglass
  byteglass=$(cargo metadata --format-version 1 --no-deps --offline |
    sed 's/.*"target_directory":"\([^"]*\)".*/\1/')/debug/byteglass
fi

scratch=$(mktemp -d)
pids=()
clean_up() {
  local pid
  for pid in "${pids[@]}"; do
    kill -TERM "$pid" 2>/dev/null || true
  done
  for pid in "${pids[@]}"; do
    wait "$pid" 2>/dev/null || true
  done
  rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# wait_for WHAT FILE REGEX: until a line of the file matches; prints the last part of it.
wait_for() {
  for _ in {1..300}; do
    if grep --only-matching --extended-regexp --max-count=1 "$3" "$2" 2>/dev/null; then
      return
    fi
    sleep 0.1
  done
  printf 'vite.sh: %s never happens:\n' "$1" >&2
  tail -n 30 "$scratch"/*.out >&2
  exit 1
}

mkdir "$scratch/site"
cat >"$scratch/site/index.html" <<'END'
<!doctype html><link rel=icon href=data:,><script type="module" src="/main.js"></script>
END
# The page tells which version it has by a request, which the capture shows.
version() {
  cat >"$scratch/site/main.js" <<END
export const version = $1
if (!window.version) fetch('/loaded-' + version)
window.version = version
import.meta.hot.accept(changed => fetch('/changed-to-' + changed.version))
END
}
version 1

start() {
  local name=$1
  shift
  env --default-signal=INT "$@" >"$scratch/$name.out" 2>&1 </dev/null &
  pids+=($!)
}
(cd "$scratch/site" && exec env --default-signal=INT NO_COLOR=1 "$vite" --host 127.0.0.1 --port 5191) \
  >"$scratch/vite.out" 2>&1 </dev/null &
pids+=($!)
backend=$(wait_for "Vite's start" "$scratch/vite.out" 'http://127\.0\.0\.1:[0-9]+')
start byteglass "$byteglass" --headless --port 0 --format json --proxy "$backend"
address=$(wait_for "byteglass's start" "$scratch/byteglass.out" 'http://127\.0\.0\.1:[0-9]+')
start chromium chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run \
  --no-proxy-server --disable-background-networking --remote-debugging-port=0 \
  --user-data-dir="$scratch/profile" "$address/"

wait_for 'the first version' "$scratch/byteglass.out" 'GET /loaded-1 ' >/dev/null
wait_for 'the WebSocket' "$scratch/byteglass.out" '"event":"frame","direction":"sent".*connected' >/dev/null
version 2
wait_for 'the message about the change' "$scratch/byteglass.out" '"event":"frame","direction":"sent".*main\.js' >/dev/null
wait_for 'the change' "$scratch/byteglass.out" 'GET /changed-to-2 ' >/dev/null
if grep --quiet 'GET /loaded-2 ' "$scratch/byteglass.out"; then
  echo 'vite.sh: the page was loaded again' >&2
  exit 1
fi
echo "vite.sh: the page took the change through the gateway ($("$vite" --version))"
