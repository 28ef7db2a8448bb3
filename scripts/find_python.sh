#!/bin/sh
# Prints the Python that .venv is built with: $PYTHON where it is set, else the newest on PATH that fits.
# A name on PATH proves nothing (version managers leave stubs that fail), so each candidate is asked.
set -eu

probe='
import sys
if not (3, 11) <= sys.version_info[:2] < (3, 14):
    sys.exit(3)
try:
    import ensurepip, venv
except ImportError:
    sys.exit(4)
print(sys.executable)
'

seen=''
lacks_venv=''
for candidate in ${PYTHON:-python3.13 python3.12 python3.11 python3}; do
  command -v "$candidate" >/dev/null 2>&1 || continue
  status=0
  found=$("$candidate" -c "$probe" 2>/dev/null) || status=$?
  if [ "$status" -eq 0 ]; then
    printf '%s\n' "$found"
    exit 0
  fi
  version=$("$candidate" -c 'import platform; print(platform.python_version())' 2>/dev/null) || continue
  seen="$seen $candidate=$version"
  [ "$status" -eq 4 ] && lacks_venv=$candidate
done

{
  echo "Saaf needs Python 3.11, 3.12 or 3.13, with its venv module."
  if [ -n "$lacks_venv" ]; then
    echo "  $lacks_venv fits, but its venv module is not installed (on Debian and Ubuntu: apt-get install python3-venv)."
  elif [ -n "$seen" ]; then
    echo "  found:$seen"
  else
    echo "  found: none of ${PYTHON:-python3.13, python3.12, python3.11, python3}"
  fi
  echo "  next:  install one, or name it: make PYTHON=/path/to/python3.12 ..."
} >&2
exit 1
