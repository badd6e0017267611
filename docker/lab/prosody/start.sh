#!/bin/sh
# The accounts user1 to user5, password "secret", on each host that /etc/prosody/accounts names; then
# the server. `prosodyctl register` would make them as well, in a second each.
set -eu
while read -r host; do
    dir=/var/lib/prosody/$(echo "$host" | sed 's/\./%2e/g')/accounts
    mkdir -p "$dir"
    for user in user1 user2 user3 user4 user5; do
        echo 'return { ["password"] = "secret" };' >"$dir/$user.dat"
    done
done </etc/prosody/accounts
exec prosody -F
