# Sourced by scripts/run and scripts/test (POSIX sh): sets ROOT and VENV, and makes the virtual environment
# with its pinned packages where they are missing or changed.
# shellcheck shell=sh

say() { printf '%s\n' "$*" >&2; }

# Print the first Python of at least 3.11. PYTHON names another one to take.
find_python() {
    for candidate in "${PYTHON:-}" python3 python3.13 python3.12 python3.11 python3.14 python; do
        [ -n "$candidate" ] || continue
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return 0
        fi
    done
    say "Switchboard needs Python 3.11 or newer, and found none: apt-get install python3 python3-venv"
    return 1
}

# What the environment was made from: any change of it installs again.
fingerprint() {
    { printf '%s\n' "$ROOT"; cat "$ROOT/pyproject.toml" "$ROOT/constraints.txt"; } | cksum
}

# prepare KIND, where KIND is `run` or `dev`.
prepare() {
    VENV="$ROOT/.venv"
    export PIP_DISABLE_PIP_VERSION_CHECK=1
    stamp="$VENV/.switchboard-$1"
    wanted=$(fingerprint) || return 1
    if [ -x "$VENV/bin/python" ] && [ -r "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
        return 0
    fi
    python=$(find_python) || return 1
    "$python" "$ROOT/scripts/lib/prepare.py" "$1" "$wanted" >&2
}
