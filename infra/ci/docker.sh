#!/usr/bin/env bash
# Installs and starts a Docker engine with Compose and Buildx on Debian 12 (as root); does nothing where they answer already.
# Engine: Debian's docker.io. Compose and Buildx: Debian 13's packages (bookworm has neither), which need nothing newer than bookworm's libc.
set -euo pipefail

SCRIPT=docker.sh
DOCKERD_LOG=/tmp/dockerd.log
START_TIMEOUT_S=60
PLUGINS_RELEASE=trixie
scratch=

# shellcheck source=infra/airgap/debian.sh
. "$(dirname "${BASH_SOURCE[0]}")/../airgap/debian.sh"

engine_answers() { docker info >/dev/null 2>&1; }
plugins_answer() { docker compose version >/dev/null 2>&1 && docker buildx version >/dev/null 2>&1; }

# bash remembers where it found a command, and this script installs one.
forget_commands() { hash -r; }

versions() {
  printf 'engine %s, client %s, compose %s, %s' \
    "$(docker version --format '{{.Server.Version}}')" "$(docker version --format '{{.Client.Version}}')" \
    "$(docker compose version --short)" "$(docker buildx version | awk '{ print "buildx " $2 }')"
}

# Asks a second, private apt configuration, so that the machine's own sources and package lists stay as they are.
install_plugins() {
  local mirror apt
  say "installing docker-compose and docker-buildx from Debian $PLUGINS_RELEASE"
  mirror=$(debian_mirror)
  [[ -n $mirror ]] || fail "no archive of this Debian release among apt's sources: docker-compose and docker-buildx cannot be found"
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  mkdir "$scratch/lists"
  printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' "$mirror" "$PLUGINS_RELEASE" >"$scratch/sources.list"
  apt=(-o "Dir::Etc::SourceList=$scratch/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o "Dir::State::Lists=$scratch/lists" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o APT::Sandbox::User=root)
  apt_get "${apt[@]}" update
  (cd "$scratch" && apt_get "${apt[@]}" download docker-compose docker-buildx)
  apt_get install --yes --no-install-recommends "$scratch"/*.deb
}

# A process that was killed may stay in the table for a while; it runs no more.
is_running() { pgrep -x --runstates D,I,R,S dockerd >/dev/null; }

start_engine() {
  if [[ -d /run/systemd/system ]]; then
    systemctl start docker || fail "systemd cannot start docker. Read: journalctl -u docker"
  elif ! is_running; then
    say "starting dockerd (log: $DOCKERD_LOG)"
    # What a killed engine left behind: nothing runs, whatever the file says.
    rm -f /var/run/docker.pid
    setsid dockerd >"$DOCKERD_LOG" 2>&1 </dev/null &
    sleep 0.5
  fi
}

# An engine that was about to end when we looked is started a second time.
wait_for_engine() {
  local deadline=$((SECONDS + START_TIMEOUT_S)) starts=1
  until engine_answers; do
    sleep 0.5
    if ! is_running && ((starts++ < 2)); then start_engine; fi
    if ((SECONDS >= deadline)) || ! is_running; then
      tail -n 15 "$DOCKERD_LOG" >&2 2>/dev/null || true
      fail "no Docker engine answers. The last lines of $DOCKERD_LOG are above; 'docker info' says: $(docker info 2>&1 | tail -n 1)"
    fi
  done
}

if engine_answers && plugins_answer; then
  say "nothing to do: $(versions)"
  exit 0
fi

need_debian_root "install or start a Docker engine"
if ! engine_answers; then
  install_packages docker.io iptables procps
  forget_commands
  start_engine
  wait_for_engine
fi
plugins_answer || install_plugins
plugins_answer || fail "$(command -v docker) does not find its plugins in /usr/libexec/docker/cli-plugins. Put /usr/bin first in PATH"
say "ready: $(versions)"
