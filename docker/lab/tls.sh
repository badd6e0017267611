#!/bin/bash
# A certificate authority of the lab's own, and a certificate for each server: into docker/lab/tls,
# where git does not look. What is there is kept, unless it ends within a day or is older than this
# script. Prints a line when there are new ones.
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

if [[ tls/ejabberd.crt -nt tls.sh ]] && openssl x509 -checkend 86400 -noout -in tls/ejabberd.crt >/dev/null; then
    exit 0
fi
echo "new certificates"
rm -rf new
trap 'rm -rf new' EXIT
mkdir -p new tls
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -subj "/CN=shunt lab" \
    -addext keyUsage=critical,keyCertSign -keyout new/ca.key -out new/ca.crt 2>/dev/null
certificate prosody1 lab.example '*.lab.example' one.example '*.one.example'
certificate prosody2 lab.example '*.lab.example' two.example '*.two.example' public.example
certificate ejabberd ejabberd.example '*.ejabberd.example' direct.example
chmod 644 new/*.crt new/*.key # the servers run as users of their own
mv new/ca.crt new/ca.key new/prosody*.crt new/prosody*.key tls # the folder stays: containers have it mounted
mv new/ejabberd.key new/ejabberd.crt tls
