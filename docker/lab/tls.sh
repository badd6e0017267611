#!/bin/sh
# A certificate authority of the lab's own, and a certificate for each server: into docker/lab/tls,
# where git does not look. What is there and holds for another day is kept.
set -eu
cd "$(dirname "$(readlink -f "$0")")"

# certificate NAME DOMAIN...: NAME.crt and NAME.key, signed by the authority.
certificate() {
    name=$1
    shift
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" \
        -keyout "new/$name.key" -out "new/$name.csr" 2>/dev/null
    printf 'subjectAltName=%s\n' "$(printf ',DNS:%s' "$@" | cut -c2-)" >"new/$name.ext"
    openssl x509 -req -in "new/$name.csr" -CA new/ca.crt -CAkey new/ca.key -CAcreateserial -days 365 \
        -extfile "new/$name.ext" -out "new/$name.crt" 2>/dev/null
}

if openssl x509 -checkend 86400 -noout -in tls/ejabberd.crt >/dev/null 2>&1; then
    exit 0
fi
rm -rf new tls
trap 'rm -rf new' EXIT
mkdir new
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -subj "/CN=shunt lab" \
    -addext keyUsage=critical,keyCertSign -keyout new/ca.key -out new/ca.crt 2>/dev/null
certificate prosody1 lab.example muc.lab.example rooms.lab.example one.example
certificate prosody2 lab.example two.example public.example
certificate ejabberd ejabberd.example direct.example
rm new/*.csr new/*.ext new/*.srl
chmod 644 new/* # the servers run as users of their own
mv new tls
