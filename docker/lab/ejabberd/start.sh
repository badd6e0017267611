#!/bin/bash
# ejabberd, and the accounts user1 to user5, password "secret", on both of its hosts. They are made
# over its HTTP API: `ejabberdctl register` takes two seconds for each.
set -eu
hosts=(ejabberd.example direct.example)
rm -f /tmp/ready

# register USER HOST; fails while ejabberd does not listen yet.
register() {
    local body="{\"user\":\"$1\",\"host\":\"$2\",\"password\":\"secret\"}" status
    exec 3<>/dev/tcp/127.0.0.1/5280 || return 1
    printf 'POST /api/register HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s' \
        "${#body}" "$body" >&3
    read -r -t 10 status <&3
    exec 3<&- 3>&-
    [[ $status == *" 200 "* || $status == *" 409 "* ]]
}

accounts() {
    local host user
    for host in "${hosts[@]}"; do
        for user in user1 user2 user3 user4 user5; do
            until register "$user" "$host" 2>/dev/null; do
                sleep 0.2 # the health check's patience bounds this
            done
        done
    done
    touch /tmp/ready
}

accounts &
exec ejabberdctl foreground
