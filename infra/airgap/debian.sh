# shellcheck shell=bash
# What the scripts here and in infra/ci know about the Debian machine they run on. Sourced, never run.
# Mirrors come from the machine's own apt sources, so that no mirror is named in this repository.

say() { printf '%s: %s\n' "$SCRIPT" "$*"; }

fail() {
  printf '%s: %s\n' "$SCRIPT" "$*" >&2
  exit 1
}

need_debian_root() {
  [[ -e /etc/debian_version ]] || fail "this machine is not Debian. Install Docker Engine, Compose and Buildx by hand: https://docs.docker.com/engine/install/"
  [[ $EUID -eq 0 ]] || fail "root is needed to $1. Run it again with: sudo $0"
}

# Waits for other apt processes instead of failing on their lock; its words appear only when it fails.
apt_get() {
  local log
  log=$(DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 "$@" 2>&1) ||
    fail "apt-get $* failed. Its last words: $(tail -n 5 <<<"$log")"
}

install_packages() {
  local package missing=()
  for package in "$@"; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  say "installing ${missing[*]}"
  apt_get update
  apt_get install --yes --no-install-recommends "${missing[@]}"
}

# The machine's Debian sources as lines of sources.list; other vendors' sources are left out.
debian_sources() {
  local sources
  # shellcheck disable=SC2016 # these are apt's fields
  list_sources() {
    apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Identifier: Packages' 'Origin: Debian'
  }
  sources=$(list_sources)
  [[ -n $sources ]] || { apt_get update && sources=$(list_sources); }
  [[ -n $sources ]] || fail "apt has no Debian source. Add one to /etc/apt/sources.list and run apt-get update"
  sort --unique <<<"$sources"
}

# shellcheck disable=SC1091
debian_release() (. /etc/os-release && printf '%s' "$VERSION_CODENAME")

# The archive that holds the machine's own release: where other releases are, too.
debian_mirror() {
  debian_sources | awk -v suite="$(debian_release)" '$3 == suite && $4 == "main" { print $2; exit }'
}
