#!/usr/bin/env bash
# Requests a second beside nginx (and lighttpd, and mitmproxy in front of nginx, where they are there):
# client and server on one core, the servers in turn, medians and ratios at the end.
# Installs nothing; says what it lacks. Loopback only; everything it starts ends with it.
#
#   benches/compare.sh [ROUNDS] [SECONDS] [CASE...]
#
# ROUNDS: how often each server has its turn, 5 without an argument. SECONDS: how long a turn takes, 3.
# CASE: keep-alive, pipelined, 100kb, 10mb, close, million, gateway or websocket; all without an argument. CORE=N
# picks the core. SITE=FOLDER serves a folder with 1kb.bin, 100kb.bin and 10mb.bin. Without it one is made, and left alone
# for a minute: until then byteglass reads a file again in each turn of its loop, since a program may write through a map.
#
# Two figures for each: requests a second as wrk counts them, and requests for each second of CPU time
# that server and client used together. On a core of their own the two are the same; on a machine that
# is busy with other things only the second one holds still. The ratios are of the second one, each
# taken within one round.
#
# In the case gateway each stands in front of the same nginx, whose CPU time counts too: it is a part of what a
# request costs. A second ratio has the time of the gateways alone.
#
# In the case websocket, 64 connections each send a small text message as soon as the last one is back; the other
# server is made with tungstenite (examples/websocket_echo).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

rounds=${1:-5}
seconds=${2:-3}
cases=("${@:3}")
if ((${#cases[@]} == 0)); then
  cases=(keep-alive pipelined 100kb 10mb close million gateway websocket)
fi
core=${CORE:-0}

lacking=()
for program in cargo curl nginx taskset wrk; do
  [[ -n $(command -v "$program") ]] || lacking+=("$program")
done
if ((${#lacking[@]} > 0)); then
  printf 'compare.sh lacks: %s\n' "${lacking[*]}" >&2
  exit 1
fi
for program in lighttpd mitmdump; do
  [[ -n $(command -v "$program") ]] || printf '%s is not here: left out\n' "$program"
done

cargo build --quiet --release --locked --no-default-features --bin byteglass --example record_without_window \
  --example websocket_echo
binaries=$(cargo metadata --format-version 1 --no-deps --offline |
  sed 's/.*"target_directory":"\([^"]*\)".*/\1/')/release

scratch=$(mktemp -d)
# behind: the server that a gateway forwards to.
declare -A pid=() port=() address=() behind=()
clean_up() {
  for name in "${!pid[@]}"; do
    # What a script runs in the background ignores SIGINT.
    kill -TERM "${pid[$name]}" 2>/dev/null || true
  done
  wait
  tail -q -n 1 "$scratch"/{recorded,session,million,recorded-gw,session-gw}.out 2>/dev/null || true
  rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

site=${SITE-}
if [[ -z $site ]]; then
  site=$scratch/site
  mkdir "$site"
  for file in 1kb:1024 100kb:102400 10mb:10485760; do
    head -c "${file#*:}" /dev/urandom >"$site/${file%:*}.bin"
  done
  sleep 61
fi
chmod -R a+rX "$scratch"

# start NAME PORT COMMAND...: on the one core, until it answers.
start() {
  local name=$1
  port[$name]=$2
  address[$name]=http://127.0.0.1:$2
  shift 2
  # The shell makes what it starts in the background deaf to Ctrl-C; it shall hear it.
  env --default-signal=INT taskset -c "$core" "$@" >"$scratch/$name.out" 2>"$scratch/$name.err" </dev/null &
  pid[$name]=$!
  for _ in {1..100}; do
    if curl --silent --fail --output /dev/null "${address[$name]}/1kb.bin"; then
      return
    fi
    sleep 0.1
  done
  printf '%s does not answer:\n' "$name" >&2
  cat "$scratch/$name.err" >&2
  exit 1
}

nginx_config() {
  mkdir "$scratch/$1"
  cat >"$scratch/$1.conf" <<END
daemon off; worker_processes 1; pid $scratch/$1/pid; error_log $scratch/$1/error.log;
events { worker_connections 1024; }
http {
  access_log off; sendfile on; keepalive_requests 1000000000; $3
  client_body_temp_path $scratch/$1/a; proxy_temp_path $scratch/$1/b; fastcgi_temp_path $scratch/$1/c;
  uwsgi_temp_path $scratch/$1/d; scgi_temp_path $scratch/$1/e;
  server {
    listen 127.0.0.1:$2; root $site;
    # Each way is the faster one for its files.
    ${4-"location = /1kb.bin { tcp_nopush on; }"}
  }
}
END
}

base=${PORT:-18200}
nginx_config nginx $((base)) ""
start nginx $((base)) nginx -c "$scratch/nginx.conf"
# What nginx gains by keeping files open without looking at each request whether they changed.
nginx_config nginx-cache $((base + 1)) "open_file_cache max=100;"
start nginx-cache $((base + 1)) nginx -c "$scratch/nginx-cache.conf"
# Everything is captured in memory, by the recorder of the window.
start recorded $((base + 2)) "$binaries/examples/record_without_window" $((base + 2)) "$site"
# The same, and in a session file on disk besides: soon most of it is only there.
mkdir "$scratch/sessions"
start session $((base + 6)) "$binaries/examples/record_without_window" $((base + 6)) "$site" "$scratch/sessions"
start no-capture $((base + 3)) "$binaries/byteglass" --headless --quiet --no-capture --port $((base + 3)) "$site"
servers=(nginx recorded session no-capture nginx-cache)
if [[ -n $(command -v lighttpd) ]]; then
  cat >"$scratch/lighttpd.conf" <<END
server.document-root = "$site"
server.port = $((base + 4))
server.bind = "127.0.0.1"
server.max-keep-alive-requests = 65535
END
  start lighttpd $((base + 4)) lighttpd -D -f "$scratch/lighttpd.conf"
  servers+=(lighttpd)
fi
if [[ -n $(command -v mitmdump) ]]; then
  start mitmproxy $((base + 5)) mitmdump --quiet --mode "reverse:http://127.0.0.1:$base" --listen-port $((base + 5))
  servers+=(mitmproxy)
fi

cat >"$scratch/pipelined.lua" <<'END'
init = function(args)
  local one = wrk.format("GET", "/1kb.bin")
  local all = {}
  for i = 1, 16 do all[i] = one end
  requests = table.concat(all)
end
request = function() return requests end
END

# Nanoseconds of CPU time of a process, its threads and its children.
cpu_nanos() {
  local task sum=0
  for task in $(cat "/proc/$1"/task/*/children); do
    sum=$((sum + $(cpu_nanos "$task")))
  done
  for task in "/proc/$1"/task/*/schedstat; do
    sum=$((sum + $(cut -d' ' -f1 "$task")))
  done
  echo "$sum"
}

# turn NAME WRK-ARGUMENTS...: "requests/s requests/CPU-second" of one run, and the second one for the server alone.
turn() {
  local name=$1 other=${behind[$1]-} before after client other_before=0 other_after=0
  shift
  [[ -z $other ]] || other_before=$(cpu_nanos "${pid[$other]}")
  before=$(cpu_nanos "${pid[$name]}")
  TIMEFORMAT='%3U %3S'
  { time taskset -c "$core" wrk -t1 -d"${seconds}s" "$@" >"$scratch/wrk" 2>&1; } 2>"$scratch/time"
  after=$(cpu_nanos "${pid[$name]}")
  [[ -z $other ]] || other_after=$(cpu_nanos "${pid[$other]}")
  client=$(awk '{ print $1 + $2 }' "$scratch/time")
  if grep -E 'Non-2xx|Socket errors' "$scratch/wrk" >&2; then
    printf '  (%s)\n' "$name" >&2
  fi
  awk -v server=$((after - before)) -v other=$((other_after - other_before)) -v client="$client" '
    /requests in/ { requests = $1 }
    /^Requests\/sec/ { rate = $2 }
    END { printf "%.0f %.0f %.0f\n", rate, requests / ((server + other) / 1e9 + client), requests / (server / 1e9) }
  ' "$scratch/wrk"
}

median() { sort -n | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

run_case() {
  local case=$1 name round
  local -a arguments
  case $case in
    keep-alive) arguments=(-c64 /1kb.bin) ;;
    pipelined) arguments=(-c64 -s "$scratch/pipelined.lua" /) ;;
    100kb) arguments=(-c64 /100kb.bin) ;;
    10mb) arguments=(-c8 /10mb.bin) ;;
    close) arguments=(-c64 -H "Connection: close" /1kb.bin) ;;
    *) printf 'there is no case %s\n' "$case" >&2; exit 2 ;;
  esac
  local path=${arguments[-1]}
  unset 'arguments[-1]'
  for name in "${servers[@]}"; do
    : >"$scratch/$case.$name"
  done
  for ((round = 0; round < rounds; round++)); do
    for name in "${servers[@]}"; do
      turn "$name" "${arguments[@]}" "${address[$name]}$path" >>"$scratch/$case.$name"
    done
  done
  printf '\n%s (median of %s)\n' "$case" "$rounds"
  printf '  %-12s %12s %14s %9s\n' "" "requests/s" "per CPU second" "x nginx"
  for name in "${servers[@]}"; do
    printf '  %-12s %12.0f %14.0f %9.2f\n' "$name" \
      "$(cut -d' ' -f1 "$scratch/$case.$name" | median)" \
      "$(cut -d' ' -f2 "$scratch/$case.$name" | median)" \
      "$(ratio "$case" "$name" nginx 2)"
  done
  printf '  capture on / off: %.2f\n' "$(ratio "$case" recorded no-capture 2)"
}

# ratio CASE ONE OTHER COLUMN: the median of the rounds' ratios.
ratio() {
  paste -d' ' "$scratch/$1.$2" "$scratch/$1.$3" | awk -v at="$4" '{ print $at / $(at + 3) }' | median
}

# Until a capture has as much memory as it may have, it takes new pages from the system, which costs more than anything
# else about it. The first ten seconds of the servers that capture are printed by themselves.
fill_up() {
  local name
  turn nginx -c64 "${address[nginx]}/1kb.bin" >"$scratch/fill.nginx"
  printf '\n1 KiB file, while the memory of the capture is being filled\n'
  for name in recorded session; do
    seconds=10 turn "$name" -c64 "${address[$name]}/1kb.bin" >"$scratch/fill.$name"
    printf '  %-12s %12.0f per CPU second %9.2f x nginx\n' "$name" "$(cut -d' ' -f2 "$scratch/fill.$name")" \
      "$(ratio fill "$name" nginx 2)"
  done
}

# 1 KiB from nginx, through nginx and through byteglass, with kept connections on both sides.
run_gateway() {
  local name round
  local -a gateways=(nginx-proxy recorded-gw session-gw no-capture-gw)
  nginx_config nginx-proxy $((base + 8)) "upstream backend { server 127.0.0.1:$base; keepalive 64;
    keepalive_requests 1000000000; }" "location / { proxy_pass http://backend; proxy_http_version 1.1;
    proxy_set_header Connection \"\"; proxy_set_header X-Forwarded-For \$proxy_add_x_forwarded_for; }"
  start nginx-proxy $((base + 8)) nginx -c "$scratch/nginx-proxy.conf"
  mkdir "$scratch/gateway-sessions"
  start recorded-gw $((base + 9)) "$binaries/examples/record_without_window" $((base + 9)) "${address[nginx]}"
  start session-gw $((base + 10)) "$binaries/examples/record_without_window" $((base + 10)) "${address[nginx]}" \
    "$scratch/gateway-sessions"
  start no-capture-gw $((base + 11)) "$binaries/byteglass" --headless --quiet --no-capture --port $((base + 11)) \
    --proxy "${address[nginx]}"
  for name in "${gateways[@]}"; do
    behind[$name]=nginx
    : >"$scratch/gateway.$name"
  done
  # Not counted: until the capture has as much memory as it may have, it takes new pages from the system.
  for name in "${gateways[@]}"; do
    seconds=10 turn "$name" -c64 "${address[$name]}/1kb.bin" >/dev/null
  done
  for ((round = 0; round < rounds; round++)); do
    for name in "${gateways[@]}"; do
      turn "$name" -c64 "${address[$name]}/1kb.bin" >>"$scratch/gateway.$name"
    done
  done
  printf '\ngateway: 1 KiB from nginx (median of %s)\n' "$rounds"
  printf '  %-14s %12s %14s %9s %14s %9s\n' "" "requests/s" "per CPU second" "x nginx" "gateway alone" "x nginx"
  for name in "${gateways[@]}"; do
    printf '  %-14s %12.0f %14.0f %9.2f %14.0f %9.2f\n' "$name" \
      "$(cut -d' ' -f1 "$scratch/gateway.$name" | median)" \
      "$(cut -d' ' -f2 "$scratch/gateway.$name" | median)" "$(ratio gateway "$name" nginx-proxy 2)" \
      "$(cut -d' ' -f3 "$scratch/gateway.$name" | median)" "$(ratio gateway "$name" nginx-proxy 3)"
  done
  printf '  capture on / off: %.2f; gateway alone: %.2f\n' \
    "$(ratio gateway recorded-gw no-capture-gw 2)" "$(ratio gateway recorded-gw no-capture-gw 3)"
}

# echo_turn NAME: as turn, with echoes of WebSocket messages.
echo_turn() {
  local before after
  before=$(cpu_nanos "${pid[$1]}")
  TIMEFORMAT='%3U %3S'
  { time taskset -c "$core" "$binaries/examples/websocket_echo" ask "${port[$1]}" 64 "$seconds" >"$scratch/echoes"; } \
    2>"$scratch/time"
  after=$(cpu_nanos "${pid[$1]}")
  awk -v server=$((after - before)) -v client="$(awk '{ print $1 + $2 }' "$scratch/time")" '
    { printf "%.0f %.0f %.0f\n", $1 * 1000 / $4, $1 / (server / 1e9 + client), $1 / (server / 1e9) }' "$scratch/echoes"
}

# Echoes of small text messages, beside a server made with tungstenite.
run_websocket() {
  local name round
  local -a echoes=(tungstenite no-capture recorded session)
  port[tungstenite]=$((base + 12))
  taskset -c "$core" "$binaries/examples/websocket_echo" serve $((base + 12)) 2>"$scratch/tungstenite.err" &
  pid[tungstenite]=$!
  for _ in {1..100}; do
    ! (: <"/dev/tcp/127.0.0.1/$((base + 12))") 2>/dev/null || break
    sleep 0.1
  done
  for name in "${echoes[@]}"; do
    : >"$scratch/websocket.$name"
    # Not counted: until the capture has as much memory as it may have, it takes new pages from the system.
    echo_turn "$name" >/dev/null
  done
  for ((round = 0; round < rounds; round++)); do
    for name in "${echoes[@]}"; do
      echo_turn "$name" >>"$scratch/websocket.$name"
    done
  done
  printf '\nwebsocket: echoes of small messages over 64 connections (median of %s)\n' "$rounds"
  printf '  %-12s %12s %14s %14s %14s %9s\n' "" "echoes/s" "per CPU second" "x tungstenite" "server alone" "x"
  for name in "${echoes[@]}"; do
    printf '  %-12s %12.0f %14.0f %14.2f %14.0f %9.2f\n' "$name" \
      "$(cut -d' ' -f1 "$scratch/websocket.$name" | median)" \
      "$(cut -d' ' -f2 "$scratch/websocket.$name" | median)" "$(ratio websocket "$name" tungstenite 2)" \
      "$(cut -d' ' -f3 "$scratch/websocket.$name" | median)" "$(ratio websocket "$name" tungstenite 3)"
  done
}

# Ten turns of a server that records to disk from its first exchange on, each beside one of nginx: whether the
# last is as quick as the first.
run_million() {
  local tenth name
  mkdir "$scratch/million"
  start million $((base + 7)) "$binaries/examples/record_without_window" $((base + 7)) "$site" "$scratch/million"
  printf '\nmillion: a server that records to disk, from its start on, in ten turns\n'
  printf '  %-12s %14s %9s\n' "" "per CPU second" "x nginx"
  for tenth in {1..10}; do
    for name in million nginx; do
      turn "$name" -c64 "${address[$name]}/1kb.bin" >"$scratch/turn.$name"
    done
    paste -d' ' "$scratch/turn.million" "$scratch/turn.nginx" | awk -v tenth="$tenth" '
      { printf "  %-12s %14.0f %9.2f\n", tenth, $2, $2 / $5 }' | tee -a "$scratch/tenths"
  done
  awk '{ v[NR] = $3 } END { printf "  last / first: %.2f; the last three / the first three: %.2f\n",
    v[NR] / v[1], (v[NR] + v[NR - 1] + v[NR - 2]) / (v[1] + v[2] + v[3]) }' "$scratch/tenths"
}

printf 'one core, %s rounds of %s s; load average before: %s\n' "$rounds" "$seconds" "$(cut -d' ' -f1-3 /proc/loadavg)"
fill_up
for case in "${cases[@]}"; do
  case $case in
    million) run_million ;;
    gateway) run_gateway ;;
    websocket) run_websocket ;;
    *) run_case "$case" ;;
  esac
done
printf '\nload average after: %s\n' "$(cut -d' ' -f1-3 /proc/loadavg)"
