#!/bin/bash
# iproute2 6.1.0 (Debian 12's iproute2 6.1.0-3): without a family, `ip route show table all` lists the
# routes of both families and `ip rule show` lists the rules of IPv4 alone, also in one -batch. Whoever
# reads both to compare them with what should be there takes every IPv6 rule for missing.
# Output seen on 2026-11-27:
#   families of routes: 4 6
#   families of rules: 4
#   rules with -6: 1
# Needs Debian 12's archive in the sources of apt, and a kernel that lets unshare make a user namespace.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -qq download iproute2=6.1.0-3 libbpf1 libelf1 libmnl0 libxtables12 libcap2 libbsd0 2>/dev/null
for deb in ./*.deb; do dpkg-deb -x "$deb" root; done
export LD_LIBRARY_PATH="$folder/root/usr/lib/$(uname -m)-linux-gnu:$folder/root/lib/$(uname -m)-linux-gnu"
cat > inside.sh <<'INSIDE'
ip=$1
"$ip" link set lo up
"$ip" link add name va type veth peer name vb
"$ip" link set va up; "$ip" link set vb up
"$ip" addr add 192.0.2.1/24 dev va; "$ip" addr add 2001:db8::1/64 dev va nodad
"$ip" rule add from 192.0.2.1 lookup 100; "$ip" -6 rule add from 2001:db8::1 lookup 100
families() { tr '{' '\n' | grep -oE "\"(dst|src)\":\"(192\.0\.2\.|2001:db8:)" | grep -oE "192|2001" | sed 's/192/4/; s/2001/6/' | sort -u | tr '\n' ' ' | sed 's/ $//'; }
echo "families of routes: $(echo 'route show table all' | "$ip" -json -batch - | families)"
echo "families of rules: $(echo 'rule show' | "$ip" -json -batch - | families)"
echo "rules with -6: $("$ip" -6 -json rule show | grep -o 2001:db8::1 | wc -l)"
INSIDE
seen=$(unshare --user --map-root-user --net bash inside.sh "$folder/root/bin/ip")
echo "$seen"
[ "$seen" = $'families of routes: 4 6\nfamilies of rules: 4\nrules with -6: 1' ] || { echo "changed"; exit 1; }
