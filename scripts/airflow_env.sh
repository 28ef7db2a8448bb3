# shellcheck shell=sh
# The Airflow that lives in this checkout. Sourced from the project's root by everything that starts Airflow,
# so that `make run`, `make ui` and a person at a prompt mean the same database, DAGs and port:
#   . scripts/airflow_env.sh

export AIRFLOW_HOME="${SAAF_AIRFLOW_HOME:-$PWD/.airflow}"
export PATH="$PWD/.venv/bin:$PATH"

# What another project left in the shell must not lead here to its database.
unset AIRFLOW_CONFIG AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_CMD AIRFLOW__CORE__SQL_ALCHEMY_CONN PYTHONHOME PYTHONPATH
export AIRFLOW__DATABASE__SQL_ALCHEMY_CONN="sqlite:///$AIRFLOW_HOME/airflow.db"

export AIRFLOW__CORE__DAGS_FOLDER="$PWD/dags"
export AIRFLOW__CORE__PLUGINS_FOLDER="$PWD/plugins"
export AIRFLOW__CORE__LOAD_EXAMPLES=False
# The default forks 32 workers of about 140 MB each.
export AIRFLOW__CORE__PARALLELISM=4
# A new DAG file shows up after seconds, not after five minutes.
export AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL=10

# The default host is 0.0.0.0. Port and URLs go together: tasks report to the execution API.
SAAF_PORT="${PORT:-8080}"
export SAAF_PORT
export AIRFLOW__API__HOST=127.0.0.1
export AIRFLOW__API__PORT="$SAAF_PORT"
export AIRFLOW__API__BASE_URL="http://127.0.0.1:$SAAF_PORT"
export AIRFLOW__CORE__EXECUTION_API_SERVER_URL="http://127.0.0.1:$SAAF_PORT/execution/"
# A proxy must not be asked for this machine.
export NO_PROXY="127.0.0.1,localhost${NO_PROXY:+,$NO_PROXY}"
export no_proxy="$NO_PROXY"

# INPUT, as people give it to make, is where the source `input` of include/corpus.yaml reads.
case ${INPUT:-} in
  '') ;;
  *://* | /* | '~'*) export SAAF_INPUT="$INPUT" ;;
  *) export SAAF_INPUT="$PWD/$INPUT" ;;
esac

export GX_ANALYTICS_ENABLED=false
# Without compiled bytecode an import of Great Expectations takes 15 s instead of 5.
unset PYTHONDONTWRITEBYTECODE

mkdir -p -m 700 "$AIRFLOW_HOME"
mkdir -p "$AIRFLOW_HOME/logs"
