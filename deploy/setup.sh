#!/bin/sh
# Installs what Duchenne needs: Debian packages (as root or with passwordless sudo, else it prints the one line to run
# and stops) and a virtual environment in .venv. Does nothing where nothing has changed.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }

python=
for candidate in python3.11 python3.12 python3; do
    if command -v "$candidate" >/dev/null 2>&1 &&
        "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
[ -n "$python" ] || { say "setup: Python 3.11 or 3.12 is needed and none was found. Debian 12: apt-get install python3"; exit 1; }

packages=$(sed 's/#.*//' deploy/debian-packages.txt)
# Debian keeps the part of Python that makes virtual environments in a package of its own.
"$python" -c 'import ensurepip' 2>/dev/null || packages="$packages python3-venv"
missing=
for package in $packages; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] || missing="$missing $package"
done
if [ -n "$missing" ]; then
    install="apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends$missing"
    if [ "$(id -u)" = 0 ]; then
        as_root="sh -c"
    elif sudo -n true 2>/dev/null; then
        as_root="sudo -n sh -c"
    else
        say "setup: Debian packages are missing. Run this once, then the same make again:"
        say "    sudo sh -c '$install'"
        exit 1
    fi
    say "setup: installing Debian packages:$missing"
    log=$(mktemp)
    if ! $as_root "$install" >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        say "setup: the Debian packages could not be installed (see above, whole log: $log)"
        exit 1
    fi
    rm -f "$log"
fi

# The stamp holds what .venv was installed from: a changed file there means installing again.
wanted=$(cat pyproject.toml constraints.txt deploy/setup.sh | sha256sum)
if [ "$(cat .venv/installed-from 2>/dev/null || true)" != "$wanted" ]; then
    say "setup: installing Python packages into .venv (a few minutes the first time) …"
    [ -x .venv/bin/python ] || "$python" -m venv .venv
    .venv/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt \
        -e '.[collect,simulate,server,model,test]'
    .venv/bin/python -m pip check >&2
fi
.venv/bin/duchenne networks >/dev/null
printf '%s\n' "$wanted" >.venv/installed-from
