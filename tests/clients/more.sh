#!/usr/bin/env bash
# Plays clients that are not on every machine, and says which it lacks: aria2, ffmpeg, git, node, and haproxy and nginx
# in front. Installs nothing, and writes to standard output.
# tests/clients/more.sh BYTEGLASS
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/clients/steps
source tests/clients/steps
begin "${1:?the program}" -

head -c 3000000 /dev/urandom > "$site/big.bin"
printf 'abcdefghijklmnopqrstuvwxyz' > "$site/a.txt"
serve first "$site"

if command -v aria2c > /dev/null; then
  try "aria2 $(aria2c --version | sed -n '1s/.* //p')" "a file over four connections" same "$site/big.bin" \
    bash -c "aria2c -q -x4 -s4 -k 500K -d '$work' -o aria '$first/big.bin' && cat '$work/aria'"
else
  lacks aria2
fi
if command -v node > /dev/null; then
  try "node $(node --version)" "fetch with raw characters" text 26 \
    node -e "fetch('$first/a.txt?q={x}|^').then(r => r.text()).then(t => process.stdout.write(String(t.length)))"
else
  lacks node
fi
if command -v git > /dev/null; then
  git init -q --bare "$site/repo" 2> /dev/null
  (cd "$(mktemp -d -p "$work")" && git init -q . && git -c user.name=a -c user.email=a@b commit -q --allow-empty -m a &&
    git push -q "$site/repo" HEAD:refs/heads/main)
  git -C "$site/repo" symbolic-ref HEAD refs/heads/main
  git -C "$site/repo" update-server-info
  try "$(git --version | cut -d' ' -f1,3)" "cloning a repository over plain HTTP" text a \
    bash -c "git clone -q '$first/repo' '$work/clone' && git -C '$work/clone' log --format=%s"
else
  lacks git
fi
if command -v ffprobe > /dev/null && command -v ffmpeg > /dev/null; then
  ffmpeg -v error -f lavfi -i testsrc=d=2 -y "$site/film.mp4"
  try "ffmpeg" "seeking in a film" text 2.000000 \
    ffprobe -v error -show_entries format=duration -of csv=p=0 "$first/film.mp4"
else
  lacks ffmpeg
fi
if command -v nginx > /dev/null; then
  port=$((20000 + RANDOM % 20000))
  printf 'daemon off; pid %s; error_log stderr; events {} http { access_log off; client_body_temp_path %s; proxy_temp_path %s; fastcgi_temp_path %s; uwsgi_temp_path %s; scgi_temp_path %s; server { listen 127.0.0.1:%s; location /x/ { proxy_pass %s/; proxy_http_version 1.1; } } }' \
    "$work/nginx.pid" "$work/n1" "$work/n2" "$work/n3" "$work/n4" "$work/n5" "$port" "$first" > "$work/nginx.conf"
  nginx -c "$work/nginx.conf" 2> "$work/nginx.errors" &
  pids+=($!)
  for _ in $(seq 100); do curl -s -o /dev/null "http://127.0.0.1:$port/" && break; sleep 0.05; done
  mkdir -p "$site/dir" && printf 'page' > "$site/dir/index.html"
  try "$(nginx -v 2>&1 | sed 's/.*: //')" "in front, with a prefix: a redirect to a folder" text page \
    curl -sL "http://127.0.0.1:$port/x/dir"
else
  lacks nginx
fi
if command -v haproxy > /dev/null; then
  port=$((20000 + RANDOM % 20000))
  printf 'defaults\n mode http\n timeout connect 5s\n timeout client 5s\n timeout server 5s\nlisten a\n bind 127.0.0.1:%s\n server s %s check\n' \
    "$port" "${first#http://}" > "$work/haproxy.cfg"
  haproxy -q -f "$work/haproxy.cfg" 2> "$work/haproxy.errors" &
  pids+=($!)
  for _ in $(seq 100); do curl -s -o /dev/null "http://127.0.0.1:$port/" && break; sleep 0.05; done
  try "haproxy" "in front, with checks" same "$site/a.txt" curl -s "http://127.0.0.1:$port/a.txt"
else
  lacks haproxy
fi
finish
