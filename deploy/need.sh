# shellcheck shell=bash
# Sourced: names what is missing on this machine with the line that cures it.

missing=0

lacks() { # what, cure
  echo "Missing: $1. As root: $2" >&2
  missing=1
}

need() { # command, cure
  command -v "$1" >/dev/null || lacks "$1" "$2"
}

enough() { [ "$missing" = 0 ] || exit 1; }

# As root on Debian: installs the packages. Else: names the line and stops.
install_packages() { # package …
  [ $# -gt 0 ] || return 0
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    lacks "$*" "apt-get install $*"
    exit 1
  fi
  echo "Installing $* (apt-get) ..."
  apt-get update -qq
  # A server that starts by itself would be one that nobody asked for.
  DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# Debian 13 and later carry the compose plugin under the name docker-compose; in Debian 12 that is the old program in
# Python, which does not read our file.
docker_cure() {
  case $(. /etc/os-release 2>/dev/null && echo "$ID $VERSION_ID") in
    'debian 11' | 'debian 12')
      echo 'apt-get install docker-ce docker-compose-plugin docker-buildx-plugin (from https://docs.docker.com/engine/install/debian/)' ;;
    ubuntu*) echo 'apt-get install docker.io docker-compose-v2 docker-buildx' ;;
    *) echo 'apt-get install docker.io docker-compose docker-buildx' ;;
  esac
}

need_docker() {
  if ! command -v docker >/dev/null || ! docker compose version >/dev/null 2>&1; then
    lacks 'Docker with its compose plugin' "$(docker_cure)"
  elif ! docker info >/dev/null 2>&1; then
    if [ -S /var/run/docker.sock ] && [ ! -w /var/run/docker.sock ]; then
      lacks 'the right to use Docker' "adduser $(id -un) docker (then log in again)"
    else
      lacks 'an answer of the Docker engine' 'systemctl start docker'
    fi
  fi
}
