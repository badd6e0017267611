#!/bin/bash
# Makes the image debian:bookworm-slim out of Debian's packages, for machines that reach a Debian
# mirror but no registry. Where apt of this machine has Debian 12 from, and through which proxy, goes
# into the image, so that what is built from it finds the packages in the same way.
set -euo pipefail
readonly IMAGE=debian:bookworm-slim

options=(--quiet --variant=minbase
    # usr-merged from the start: else perl comes in to merge it
    --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr --include=usr-is-merged
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/info/*'
    --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/man/*'
    --aptopt='Dir::Cache::pkgcache ""' --aptopt='Dir::Cache::srcpkgcache ""'
    --aptopt='DPkg::Post-Invoke {"rm -f /var/cache/apt/archives/*.deb || true"}'
    --aptopt='Acquire::Languages "none"' --aptopt='Acquire::GzipIndexes "true"'
    # as in Docker's own image: no package starts its service while images are built
    --skip=chroot/policy-rc.d
    --customize-hook='printf "#!/bin/sh\nexit 101\n" >"$1/usr/sbin/policy-rc.d"'
    --customize-hook='chmod 755 "$1/usr/sbin/policy-rc.d"')

sources=()
if command -v apt-get >/dev/null; then
    mapfile -t sources < <(apt-get indextargets --format '$(ORIGIN) deb $(REPO_URI) $(RELEASE) $(COMPONENT)' \
        'Created-By: Packages' | sed -n 's/^Debian \(deb .* bookworm\(-updates\|-security\)\? main\)$/\1/p' | sort -u)
    while read -r line; do
        options+=(--aptopt="$line")
    done < <(apt-config dump | grep -E '^Acquire::(https?::Proxy|Check-Date|Check-Valid-Until) ')
fi
[[ " ${sources[*]} " != *" https:"* ]] || options+=(--include=ca-certificates)

mmdebstrap "${options[@]}" bookworm - "${sources[@]}" | docker import --change 'CMD ["bash"]' - "$IMAGE" >/dev/null
