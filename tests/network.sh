#!/usr/bin/env bash
# Another machine comes by: a network namespace with an address of its own, from which a server that listens on every
# address is asked as an attacker's page would have a browser ask it. Nothing leaves this machine.
#
# `tests/network.sh [BYTEGLASS]`; without an argument the debug build. Ends with "network: held" and 0; with 77 if the
# system lacks what it needs, which is said; else with the first thing that does not hold.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

lacks() {
  printf 'network: not run: %s\n' "$1" >&2
  exit 77
}
fails() {
  printf 'network: %s\n' "$1" >&2
  exit 1
}

if [[ ${1-} != within ]]; then
  byteglass=${1:-${CARGO_TARGET_DIR:-target}/debug/byteglass}
  for program in unshare nsenter ip curl; do
    command -v "$program" >/dev/null || lacks "there is no $program"
  done
  [[ -x $byteglass ]] || lacks "there is no $byteglass"
  unshare --map-root-user --net true 2>/dev/null || lacks "this system lets nobody make a network namespace"
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  unshare --map-root-user --net "$BASH" tests/network.sh within "$(realpath "$byteglass")" "$scratch"
  exit
fi

byteglass=$2
scratch=$3
children=()
clean_up() {
  for child in "${children[@]}"; do
    kill "$child" 2>/dev/null || true
  done
}
trap clean_up EXIT

# This namespace is the machine of the user, the other one that of the attacker; a cable is between them.
unshare --net sleep 60 &
other=$!
children+=("$other")
for _ in {1..50}; do
  [[ $(readlink "/proc/$other/ns/net") != "$(readlink /proc/self/ns/net)" ]] && break
  sleep 0.1
done
ip link set lo up
ip link add here type veth peer name there || lacks "this system has no pairs of virtual interfaces (veth)"
ip link set there netns "$other"
ip address add 192.0.2.1/24 dev here
ip link set here up
from_there() {
  nsenter --net="/proc/$other/ns/net" "$@"
}
from_there ip address add 192.0.2.2/24 dev there
from_there ip link set there up

mkdir "$scratch/site"
echo secret >"$scratch/site/secret.txt"
export HOME=$scratch XDG_CONFIG_HOME=$scratch/config
start() {
  "$byteglass" --headless --quiet --port 8080 "$@" "$scratch/site" >"$scratch/out" 2>"$scratch/errors" &
  server=$!
  children+=("$server")
  for _ in {1..100}; do
    [[ -s $scratch/out ]] && return
    sleep 0.1
  done
  fails "byteglass does not start: $(cat "$scratch/errors")"
}
stop() {
  # A shell makes what it starts in the background deaf to Ctrl-C.
  kill -TERM "$server"
  wait "$server" || fails "byteglass ends with $?"
}
# status HOST: what the other machine gets for this Host.
status() {
  from_there curl --silent --max-time 5 --noproxy '*' --output "$scratch/body" --write-out '%{http_code}' \
    --header "Host: $1" http://192.0.2.1:8080/secret.txt || true
}

start --bind 0.0.0.0
grep -q 'Anyone on the network 192.0.2.0/24' "$scratch/errors" || fails "it does not say who can reach it"
grep -q 'http://192.0.2.1:8080' "$scratch/errors" || fails "it does not name the address for others"
for host in 192.0.2.1:8080 0.0.0.0:8080 localhost "$(uname -n)"; do
  [[ $(status "$host") == 200 ]] || fails "Host: $host is not answered"
done
for host in evil.example evil.example:8080 192.0.2.1.nip.io localhost.evil.example .localhost; do
  answer=$(status "$host")
  [[ $answer == 421 || $answer == 400 ]] || fails "Host: $host gets $answer"
  ! grep -q secret "$scratch/body" || fails "Host: $host reads the folder"
done
stop

start
[[ $(status 192.0.2.1:8080) == 000 ]] || fails "a server on loopback answers another machine"
[[ ! -s $scratch/errors ]] || fails "it warns on loopback: $(cat "$scratch/errors")"
stop

echo "network: held"
