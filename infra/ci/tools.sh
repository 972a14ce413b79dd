#!/usr/bin/env bash
# Installs the tools of the field that the tests use as outside judges (as root, on Debian). A test whose tool is missing is
# skipped and counted as skipped; in CI none may be missing.
set -euo pipefail

SCRIPT=tools.sh
# shellcheck source=infra/airgap/debian.sh
. "$(dirname "${BASH_SOURCE[0]}")/../airgap/debian.sh"

need_debian_root 'install the tools that judge the lab'
install_packages bind9-dnsutils knot-dnsutils curl swaks aria2 tcpdump iproute2 netcat-openbsd nghttp2-client w3m wget redis-server python3 git shellcheck \
  fetchmail getmail6 isync libnet-ssleay-perl libsasl2-modules mpop msmtp mutt neomutt netbase offlineimap3 openssl \
  mktorrent opentracker python3-libtorrent qbittorrent-nox rtorrent transmission-cli
# Where Debian's services start by themselves this one would take the port of the lab's tracker, on every address.
systemctl disable --now opentracker 2>/dev/null || true
say 'ready'
