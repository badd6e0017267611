#!/bin/sh
# NSD does not log queries. tcpdump writes a line for each, to this container's log; it begins before
# NSD does, so that none is missed.
set -eu
rm -f /run/witness
mkfifo /run/witness
tcpdump -i eth0 --immediate-mode -l -n -tttt 'dst host 172.30.53.2 and dst port 53' 2>/run/witness &
while read -r line; do
    echo "$line" >&2
    case $line in *"listening on"*) break ;; esac
done </run/witness
[ "${line#*listening on}" != "$line" ]
exec nsd -d -c /etc/nsd/nsd.conf
