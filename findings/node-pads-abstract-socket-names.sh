#!/bin/bash
# Node.js 20.20.2: a server that listens on an abstract Unix socket ('\0name') binds the name padded with
# zero bytes to all 107 bytes of sun_path. Abstract names are compared with their length, so a client in
# C that connects to the name alone (mbim-proxy's or qmi-proxy's clients, X11, D-Bus) does not find it.
# Output seen on 2026-11-27:
#   v20.20.2 binds 107 bytes for a name of 7
#   connect to the 7 bytes: ECONNREFUSED
# Needs npm's registry and python3.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . node@20.20.2 >/dev/null
cat > listen.cjs <<'JS'
const { readFileSync } = require('node:fs');
const { execFileSync } = require('node:child_process');
const server = require('node:net').createServer().listen('\0finding', () => {
  const bound = readFileSync('/proc/net/unix', 'utf8').split('\n').find((line) => line.includes('@finding')).split(' ').at(-1);
  console.log(`${process.version} binds ${bound.length - 1} bytes for a name of ${'finding'.length}`);
  console.log(`connect to the 7 bytes: ${execFileSync('python3', ['connect.py'], { encoding: 'utf8' }).trim()}`);
  server.close();
});
JS
cat > connect.py <<'PY'
import errno, socket
try:
    socket.socket(socket.AF_UNIX).connect(b'\0finding')
    print('connected')
except OSError as error:
    print(errno.errorcode[error.errno])
PY
seen=$(unshare --user --map-root-user --net ./node_modules/node/bin/node listen.cjs)
echo "$seen"
[ "$seen" = $'v20.20.2 binds 107 bytes for a name of 7\nconnect to the 7 bytes: ECONNREFUSED' ] || { echo "changed"; exit 1; }
