#!/bin/sh
# Makes a root from a registry and one unpacked from Debian's packages alike: a user, and iptables where asked for.
set -eu

# Packages that were only unpacked left no list of users.
for list in passwd group; do
  [ -s "/etc/$list" ] || cp "/usr/share/base-passwd/$list.master" "/etc/$list"
done
echo 'shop:x:10001:10001::/shop:/usr/sbin/nologin' >>/etc/passwd
echo 'shop:x:10001:' >>/etc/group
chmod 1777 /tmp

if [ "${1:-}" = packet-filter ]; then
  [ ! -x /usr/sbin/xtables-nft-multi ] || ln -sf xtables-nft-multi /usr/sbin/iptables
  [ -x /usr/sbin/iptables ] || { apt-get update && apt-get install -y --no-install-recommends iptables; }
  rm -rf /var/lib/apt/lists
fi
