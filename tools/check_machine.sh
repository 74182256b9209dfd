#!/bin/sh
# Says in one line what this machine lacks, with its cure, before anything is installed.
# Usage: tools/check_machine.sh <python>
set -u
python=${1:-python3}

refuse() {
    echo "cadencia: $1" >&2
    exit 1
}

command -v "$python" >/dev/null 2>&1 ||
    refuse "no '$python' on this machine. Cure: install Python 3.11 or newer (Debian/Ubuntu: apt install python3 python3-venv python3-dev), or name yours: make PYTHON=/path/to/python3.12"

"$python" -c 'import sys; raise SystemExit(sys.version_info < (3, 11))' ||
    refuse "$("$python" -c 'import sys; print("Python %d.%d" % sys.version_info[:2])') is too old, 3.11 or newer is needed. Cure: install it and name it: make PYTHON=python3.11"

"$python" -c 'import ensurepip, venv' 2>/dev/null ||
    refuse "this Python cannot make virtual environments. Cure: install its venv module (Debian/Ubuntu: apt install python3-venv)"

compiler=${CC:-cc}
for candidate in "$compiler" gcc clang; do
    command -v "${candidate%% *}" >/dev/null 2>&1 && found=$candidate && break
done
[ -n "${found:-}" ] ||
    refuse "no C compiler, and durable-rules ships no wheel. Cure: install one (Debian/Ubuntu: apt install gcc; Fedora: dnf install gcc; macOS: xcode-select --install)"

headers=$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')
[ -f "$headers/Python.h" ] ||
    refuse "no Python.h in $headers, and durable-rules is built against it. Cure: install the headers of this Python (Debian/Ubuntu: apt install python3-dev; Fedora: dnf install python3-devel)"
