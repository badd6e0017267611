#!/bin/sh
# NSD answers its control socket, and the witness is there.
set -eu
nsd-control -c /etc/nsd/nsd.conf status >/dev/null
for comm in /proc/[0-9]*/comm; do
    [ "$(cat "$comm" 2>/dev/null)" != tcpdump ] || exit 0
done
exit 1
