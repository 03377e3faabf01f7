#!/usr/bin/env bash
# Writes the dashboards, rules and alerts of the mixin as files that Grafana and Prometheus take as they are.
# usage: render.sh [DIRECTORY] (default: rendered/ beside this script); needs Debian's jsonnet.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=${1:-$here/rendered}
command -v jsonnet >/dev/null || {
  echo "render.sh: jsonnet is not here: apt-get install --no-install-recommends jsonnet" >&2
  exit 1
}
mkdir -p "$out"/{prometheus,grafana/en,grafana/fr}
jsonnet -S -m "$out/prometheus" "$here/prometheus.jsonnet" >/dev/null
jsonnet -m "$out/grafana" "$here/grafana.jsonnet" >/dev/null
