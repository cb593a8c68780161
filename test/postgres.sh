#!/bin/sh
# Makes sure that PostgreSQL's server programs are there, which the tests start
# themselves (internal/pgtest), and installs them where it may.
set -eu
if command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then
  exit 0
fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "test: PostgreSQL's server programs (initdb, postgres) are not there; install the package postgresql" >&2
  exit 1
fi
apt-get update -qq
# A cluster of the machine's own is not wanted.
mkdir -p /etc/postgresql-common
[ -e /etc/postgresql-common/createcluster.conf ] || echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql >/dev/null
