# The lab of containers, for ./dev, which reads this file: `./dev lab up|down|demo|test`.
# shellcheck shell=bash

readonly LAB=docker/lab LAB_LOG=build/lab
readonly LAB_BASE=debian:bookworm-slim
readonly LAB_SERVICES=(nsd shunt prosody1 prosody2 ejabberd client)
readonly LAB_SECONDS=120 # for containers to become healthy

lab_usage() {
    cat <<'END'
usage: ./dev lab COMMAND

  up            build the images, and start: shunt, an authoritative NSD, two Prosody servers,
                ejabberd, and a box of clients. Some minutes the first time, then some seconds
  demo          up, then an XMPP login moves from one server to the other and back, as shunt and
                as the client see it
  test [ARG...] up, then the tests of tests/lab; ARGs go to Python's unittest (-k NAME runs some)
  down          remove the containers, their networks and their data; the images stay
END
}

say() {
    echo "lab: $*"
}

# --- the engine -----------------------------------------------------------------------------------

# What the lab needs; an engine or a compose of another origin will do as well.
lab_need() {
    local packages=(openssl python3)
    command -v docker >/dev/null || packages+=(docker.io)
    docker compose version >/dev/null 2>&1 || command -v docker-compose >/dev/null || packages+=(docker-compose)
    need "${packages[@]}"
}

# compose SECONDS WORDS...: docker compose, or docker-compose, for so long.
compose() {
    local tool=(docker compose)
    docker compose version >/dev/null 2>&1 || tool=(docker-compose)
    timeout --foreground "$1" "${tool[@]}" --project-directory "$LAB" -f "$LAB/compose.yaml" "${@:2}"
}

lab_engine() {
    local answer start="systemctl start docker"
    answer=$(timeout 20 docker version --format '{{.Server.Version}}' 2>&1) && return
    [[ -d /run/systemd/system ]] || start="dockerd >/var/log/dockerd.log 2>&1 &"
    case $answer in
    *"permission denied"*)
        die "the Docker engine does not let $(id -un) in. Either type
    sudo usermod -aG docker $(id -un)     and log in again, or
    sudo ./dev lab ..." ;;
    *)
        die "no Docker engine answers here (${answer##*$'\n'}). As root, type:
    command -v dockerd || apt-get install -y docker.io
    $start" ;;
    esac
}

# --- images ---------------------------------------------------------------------------------------

# timed WORDS... -- COMMAND...: says WORDS before and the seconds after; what it prints goes to a log.
timed() {
    local what="" log begin=$SECONDS
    while [[ $1 != -- ]]; do
        what+="${what:+ }$1"
        shift
    done
    shift
    log=$LAB_LOG/${what//[^a-z0-9]/-}.log
    mkdir -p "$LAB_LOG"
    "$@" >"$log" 2>&1 </dev/null || {
        tail -n 30 "$log" >&2
        die "$what: failed; all of it is in $log"
    }
    say "$what: $((SECONDS - begin)) s"
}

lab_base() {
    docker image inspect "$LAB_BASE" >/dev/null 2>&1 && return
    say "image $LAB_BASE: from the registry, if one can be reached"
    timeout --foreground 120 docker pull -q "$LAB_BASE" 2>/dev/null && return
    say "none can: it is made here, from Debian's packages"
    need mmdebstrap
    timed "image $LAB_BASE" -- timeout --foreground 600 "$LAB/base.sh"
}

lab_build() {
    local service
    for service in "$@"; do
        timed "image of $service" -- compose 900 build "$service"
    done
}

# shunt is compiled while the packages of the others are fetched. Both go to their end.
lab_images() {
    local shunt failed=()
    lab_build shunt &
    shunt=$!
    (lab_build nsd prosody2 prosody1 ejabberd client) || failed+=(packages)
    wait "$shunt" || failed+=(shunt)
    [[ ${#failed[@]} -eq 0 ]] || exit 1 # it was said why
}

# --- containers -----------------------------------------------------------------------------------

lab_container() {
    echo "shunt-lab-$1"
}

# What is wrong, and what the container said last.
lab_failed() {
    docker logs --tail 25 "$(lab_container "$1")" >&2 || true
    die "$1 ${2:-is not well}; its last lines are above, all of them in: docker logs $(lab_container "$1")"
}

# running:healthy when all is well; a container without a health check yet is "starting".
lab_state() {
    docker inspect -f '{{.State.Status}}:{{.State.Health.Status}}' "$(lab_container "$1")" 2>/dev/null || echo absent
}

lab_wait() {
    local service state deadline=$((SECONDS + LAB_SECONDS))
    for service in "${LAB_SERVICES[@]}"; do
        until state=$(lab_state "$service") && [[ $state == running:healthy ]]; do
            case $state in exited:* | dead:* | absent | *:unhealthy) lab_failed "$service" "is $state" ;; esac
            [[ $SECONDS -lt $deadline ]] || lab_failed "$service" "is not healthy after $LAB_SECONDS s ($state)"
            sleep 0.2 # until it is asked again
        done
    done
}

# compose itself fails when a container is not well that others wait for: lab_wait says which.
lab_start() {
    local log=$LAB_LOG/up.log begin=$SECONDS
    mkdir -p "$LAB_LOG"
    compose 300 up -d --no-build "$@" >"$log" 2>&1 || {
        cat "$log" >&2
        lab_wait
        die "the containers did not start"
    }
    lab_wait
    say "containers: $((SECONDS - begin)) s, all of them healthy"
}

lab_up() {
    local begin=$SECONDS fresh=()
    lab_need
    lab_engine
    [[ -n $(docker images -q shunt-lab/client 2>/dev/null) ]] || say "the first time takes some minutes"
    lab_base
    lab_images
    chmod -R a+rX "$LAB" # users of the containers' own read it
    [[ -z $("$LAB/tls.sh") ]] || fresh=(--force-recreate) # the servers read certificates once
    lab_start "${fresh[@]}"
    say "up after $((SECONDS - begin)) s"
}

lab_hints() {
    say "to go on:
    ./dev lab demo                                         see a login move to another server
    docker exec shunt-lab-shunt shunt target list          the commands of shunt
    docker exec -it shunt-lab-client bash                  the box of clients: slixmpp, profanity, dig …
    ./dev lab test, ./dev lab down"
}

# A lab that runs is played in as it is: nothing is built anew.
lab_demo() {
    local service
    lab_need
    lab_engine
    for service in "${LAB_SERVICES[@]}"; do
        [[ $(lab_state "$service") == running:healthy ]] || {
            lab_up
            break
        }
    done
    python3 -B "$LAB/demo.py"
}

lab_down() {
    lab_need
    lab_engine
    timed "containers, networks and data removed" -- compose 120 down -v --remove-orphans
}

lab_test() {
    lab_up
    cd tests/lab
    python3 -B -m lib.run "$@"
}

lab() {
    local command=${1:-help}
    shift || true
    case $command in
    up)
        lab_up
        lab_hints
        ;;
    down) lab_down ;;
    demo) lab_demo ;;
    test) lab_test "$@" ;;
    help | -h | --help) lab_usage ;;
    *)
        lab_usage >&2
        echo "dev: no such command: lab $command" >&2
        exit 2
        ;;
    esac
}
