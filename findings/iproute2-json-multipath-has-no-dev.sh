#!/bin/bash
# iproute2 6.1.0 (Debian 12's iproute2 6.1.0-3): in `ip -json route show`, a route with several next hops
# has neither `dev` nor `gateway` of its own; they stand in `nexthops` only. A program that looks for the
# interface of the default route in `dev` sees a host with two equal uplinks as a host without one.
# Output seen on 2026-11-27:
#   one next hop: dev gateway
#   two next hops: nexthops
# Needs Debian 12's archive in the sources of apt, and a kernel that lets unshare make a user namespace.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -qq download iproute2=6.1.0-3 libbpf1 libelf1 libmnl0 libxtables12 libcap2 libbsd0 2>/dev/null
for deb in ./*.deb; do dpkg-deb -x "$deb" root; done
export LD_LIBRARY_PATH="$folder/root/usr/lib/$(uname -m)-linux-gnu:$folder/root/lib/$(uname -m)-linux-gnu"
cat > inside.sh <<'INSIDE'
ip=$1
"$ip" link add name va type veth peer name vb
"$ip" link set va up; "$ip" link set vb up
"$ip" addr add 192.0.2.1/24 dev va; "$ip" addr add 198.51.100.1/24 dev vb
keys() { "$ip" -json route show default | sed 's/"nexthops":\[.*\]/"nexthops":0/' | grep -oE '"(dev|gateway|nexthops)"' | tr -d '"' | sort | tr '\n' ' ' | sed 's/ $//'; }
"$ip" route add default via 192.0.2.2
echo "one next hop: $(keys)"
"$ip" route replace default nexthop via 192.0.2.2 nexthop via 198.51.100.2
echo "two next hops: $(keys)"
INSIDE
seen=$(unshare --user --map-root-user --net bash inside.sh "$folder/root/bin/ip")
echo "$seen"
[ "$seen" = $'one next hop: dev gateway\ntwo next hops: nexthops' ] || { echo "changed"; exit 1; }
