#!/usr/bin/env bash
# base.sh RELEASE MIRROR SOURCES_LIST ROOT: a small Debian in the directory ROOT, for docker import.
set -euo pipefail
release=$1 mirror=$2 sources=$3 root=$4

# libatomic1: Node 26 is linked with it. ca-certificates: npm and curl speak TLS.
debootstrap --variant=minbase --include=libatomic1,ca-certificates "$release" "$root" "$mirror"

# Packages installed later come from the same mirrors as the machine's, and trust the same authorities.
cp "$sources" "$root/etc/apt/sources.list"
if compgen -G '/usr/local/share/ca-certificates/*.crt' >/dev/null; then
  cp /usr/local/share/ca-certificates/*.crt "$root/usr/local/share/ca-certificates/"
  chroot "$root" update-ca-certificates
fi

# What the official slim images do: no daemon starts at installation, no package archives, manuals and translations.
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod +x "$root/usr/sbin/policy-rc.d"
cat >"$root/etc/apt/apt.conf.d/slim" <<'CONF'
APT::Install-Recommends "false";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb || true"; };
CONF
cat >"$root/etc/dpkg/dpkg.cfg.d/slim" <<'CONF'
path-exclude /usr/share/doc/*
path-include /usr/share/doc/*/copyright
path-exclude /usr/share/man/*
path-exclude /usr/share/info/*
path-exclude /usr/share/locale/*
CONF
find "$root/usr/share/doc" -depth -type f ! -name copyright -delete
rm -rf "$root"/usr/share/{man,info,locale}/* "$root"/var/cache/apt/*.bin "$root"/var/cache/apt/archives/*.deb \
  "$root"/var/cache/debconf/*-old "$root"/var/lib/apt/lists/* "$root"/var/log/{bootstrap.log,dpkg.log,apt/*} "${root:?}"/dev/*
