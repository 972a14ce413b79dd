#!/usr/bin/env bash
# Builds the lab's two base images from Debian packages where no registry answers, and writes their names to .env.
# Manual page: README.md beside this file.
set -euo pipefail

SCRIPT=airgap
OFFICIAL_IMAGES=(node:26-bookworm-slim redis:8-bookworm)
BASE_IMAGE=topdown/debian
NPM_VERSION=11.19.1
REGISTRY_TIMEOUT_S=15

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/topdown-airgap
scratch=
force=false
[[ ${1:-} != --force ]] || force=true

# shellcheck source=infra/airgap/debian.sh
. "$here/debian.sh"

need_engine() {
  docker info >/dev/null 2>&1 || fail "no Docker engine answers. Start one, or run infra/ci/docker.sh"
  docker buildx version >/dev/null 2>&1 || fail "docker has no buildx. Install it, or run infra/ci/docker.sh"
}

is_official_image_at_hand() {
  docker image inspect "$1" >/dev/null 2>&1 || timeout "$REGISTRY_TIMEOUT_S" docker manifest inspect "$1" >/dev/null 2>&1
}

are_official_images_at_hand() {
  local image
  for image in "${OFFICIAL_IMAGES[@]}"; do
    is_official_image_at_hand "$image" || return 1
  done
}

# set_images [NAME=VALUE ...]: .env with these images in place of the ones an earlier run wrote; other lines stay.
set_images() {
  local kept=
  [[ ! -e $root/.env ]] || kept=$(grep -vE '^(NODE_IMAGE|REDIS_IMAGE)=' "$root/.env" || true)
  { [[ -z $kept ]] || printf '%s\n' "$kept"; (($# == 0)) || printf '%s\n' "$@"; } >"$root/.env.new"
  mv "$root/.env.new" "$root/.env"
}

forget_our_images() {
  ! grep -qsE '^(NODE_IMAGE|REDIS_IMAGE)=topdown/' "$root/.env" || set_images
}

# What the base image is made of; an image with the same recipe is used again.
base_recipe() {
  { cat "$here/base.sh"; debian_sources; cat /usr/local/share/ca-certificates/*.crt 2>/dev/null || true; } | sha256sum | cut -c 1-16
}

make_base_image() {
  local recipe
  recipe=$(base_recipe)
  if [[ $(docker image inspect -f '{{index .Config.Labels "topdown.recipe"}}' "$BASE_IMAGE" 2>/dev/null) == "$recipe" ]]; then
    return
  fi
  need_debian_root "run debootstrap"
  install_packages debootstrap
  say "building $BASE_IMAGE with debootstrap, about 40 s"
  scratch=$(mktemp -d)
  trap 'rm -rf --one-file-system "$scratch"' EXIT
  debian_sources >"$scratch/sources.list"
  "$here/base.sh" "$(debian_release)" "$(debian_mirror)" "$scratch/sources.list" "$scratch/root" >"$scratch/log" 2>&1 ||
    fail "debootstrap failed. Its last words: $(tail -n 5 "$scratch/log")"
  tar -C "$scratch/root" -c . |
    docker import --change "LABEL topdown.recipe=$recipe" --change 'CMD ["bash"]' - "$BASE_IMAGE" >/dev/null
}

# The build context: Node as pinned in package.json, npm as an official image has it, and the entry point of Redis.
stage_context() {
  local node=$root/node_modules/node/bin/node npm=$cache/context/npm
  [[ -x $node ]] || fail "$node is missing. Run npm ci first: the Node of the image is the one pinned in package.json"
  mkdir -p "$cache/context/bin"
  cmp -s "$node" "$cache/context/bin/node" || cp "$node" "$cache/context/bin/node"
  cp "$here/redis-entrypoint" "$cache/context/"
  if ! grep -qsF "\"version\": \"$NPM_VERSION\"" "$npm/lib/node_modules/npm/package.json"; then
    npm install --global --silent --prefix "$npm" "npm@$NPM_VERSION" || fail "npm@$NPM_VERSION cannot be installed from the npm registry"
  fi
}

build_image() {
  docker buildx build --quiet --file "$here/Dockerfile" --target "$1" --tag "$2" "$cache/context" >/dev/null ||
    fail "$2 cannot be built. See the whole log with: docker buildx build --progress plain --file $here/Dockerfile --target $1 $cache/context"
}

need_engine
if ! $force && are_official_images_at_hand; then
  forget_our_images
  say "not needed: ${OFFICIAL_IMAGES[*]} are here or in a registry that answers. Build anyway with: $0 --force"
  exit 0
fi
stage_context
make_base_image
node_image=topdown/node:$("$cache/context/bin/node" --version | tr -d v)
redis_image=topdown/redis:debian
build_image node "$node_image"
build_image redis "$redis_image"
set_images "NODE_IMAGE=$node_image" "REDIS_IMAGE=$redis_image"
say "ready in $SECONDS s: $node_image and $redis_image, named in .env"
