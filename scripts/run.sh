#!/usr/bin/env bash
# Runs the DAG `corpus` once through Airflow: on the three seeds, or on the folder, file or URL in $INPUT.
# What the run did goes to the terminal, what Airflow says on the way to .airflow/logs/.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/airflow_env.sh
. scripts/airflow_env.sh

log="$AIRFLOW_HOME/logs/make-run.log"

# A database is migrated once for each version of Airflow: asking Airflow itself takes five seconds.
migrate() {
  local stamp="$AIRFLOW_HOME/migrated" version
  version=$(grep -m 1 '^apache-airflow==' requirements.txt)
  exec 9>"$AIRFLOW_HOME/migrate.lock"
  if command -v flock >/dev/null; then flock 9; fi
  if [[ ! -f $AIRFLOW_HOME/airflow.db || ! -f $stamp || $(<"$stamp") != "$version" ]]; then
    echo "Preparing Airflow's database in .airflow"
    airflow db migrate >"$log" 2>&1 9>&- || return
    echo "$version" >"$stamp"
  fi
  exec 9>&-
}

source_name=seeds
if [[ -n ${INPUT:-} ]]; then source_name=input; fi

if ! (migrate); then
  echo "Preparing Airflow's database failed; the end of its log:" >&2
  tail -n 25 "$log" | sed 's/^/  | /' >&2
  echo "  the whole log: ${log#"$PWD"/}" >&2
  echo "  next:  read it; \`make clean-all\` starts anew and keeps the lake" >&2
  exit 1
fi
exec .venv/bin/python scripts/run_corpus.py --source "$source_name" --log "$log" ${APPROVE:+--approve "$APPROVE"}
