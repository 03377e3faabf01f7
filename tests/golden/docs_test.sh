#!/usr/bin/env bash
# The table of metrics in collector/README.md is what the program prints from the catalogue.
# usage: docs_test.sh COLLECTOR README; UPDATE_GOLDEN=1 writes it.
set -euo pipefail
collector=$1
readme=$2
begin='<!-- metrics: begin -->'
end='<!-- metrics: end -->'

if [[ ${UPDATE_GOLDEN:-} == 1 ]]; then
  table=$("$collector" metrics)
  awk -v begin="$begin" -v end="$end" -v table="$table" '
    $0 == end { inside = 0 }
    !inside { print }
    $0 == begin { inside = 1; print table }' "$readme" >"$readme.new"
  mv "$readme.new" "$readme"
fi
diff <(awk -v begin="$begin" -v end="$end" '$0 == end { inside = 0 } inside { print } $0 == begin { inside = 1 }' "$readme") \
  <("$collector" metrics) || {
  echo "collector/README.md is not what 'sobriety-collector metrics' prints; UPDATE_GOLDEN=1 mends it" >&2
  exit 1
}
