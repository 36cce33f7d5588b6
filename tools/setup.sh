#!/bin/sh
# Installs uv, the Python packages of uv.lock and the Pulumi CLI. Prints nothing if all of them are installed.
set -eu
cd "$(dirname "$0")/.."
cache="${XDG_CACHE_HOME:-$HOME/.cache}/groundwork"

say() { printf 'setup: %s\n' "$*" >&2; }
fail() { printf 'error: %s\nhint: %s\n' "$1" "$2" >&2; exit 1; }

# Prints the path of a program on this machine. Skips the links that this script creates and the programs of the twin.
of_machine() (
    IFS=:
    for folder in $PATH; do
        case "$folder" in "$PWD/.venv/bin" | "${GROUNDWORK_TWIN:-/dev/null}/bin") continue ;; esac
        if [ -x "$folder/$1" ]; then printf '%s\n' "$folder/$1"; exit 0; fi
    done
    exit 1
)

case "$PWD" in *:*) fail "the path $PWD contains a colon (path-invalid)" "move the checkout: a directory in PATH cannot contain a colon" ;; esac
command -v git >/dev/null || fail "git is not installed (git-missing)" "install git; the twin creates its repositories with it"

# Python packages: the versions of uv.lock, with a Python of this machine.
if ! uv=$(of_machine uv); then
    uv="$cache/uv/bin/uv"
    if [ ! -x "$uv" ]; then
        command -v python3 >/dev/null || fail "python3 is not installed (python-missing)" "install Python 3.11, 3.12 or 3.13"
        say "installing uv for this project ($cache/uv)"
        python3 -m venv "$cache/uv" && "$cache/uv/bin/pip" install --quiet --disable-pip-version-check "uv>=0.9" ||
            fail "uv could not be installed (uv-missing)" "install uv (https://docs.astral.sh/uv) and run this script again"
    fi
fi
[ -d .venv ] || say "installing the packages of uv.lock into .venv (the first time: about a minute)"
# No time limit for bytecode compilation: uv's default of a minute is too short on a busy machine.
UV_COMPILE_BYTECODE_TIMEOUT=0 UV_PYTHON_DOWNLOADS=never "$uv" sync --locked --quiet --compile-bytecode || fail "the packages of uv.lock could not be installed (packages-missing)" "install Python 3.11, 3.12 or 3.13, check the network connection, and run this script again"
ln -sf "$uv" .venv/bin/uv
# Python decodes the path of the checkout with the encoding of the locale.
.venv/bin/python -P -c 'import groundwork' 2>/dev/null ||
    fail "Python cannot import the installed packages from $PWD with LC_ALL=${LC_ALL-} and LANG=${LANG-} (locale-invalid)" "export LC_ALL=C.UTF-8 and run this script again; if this fails too, delete .venv first"

# Pulumi CLI: the installed one if it is new enough, else built once and kept outside the checkout.
version=$(sed -n "s|.*github.com/pulumi/pulumi/pkg/v3 \(v[0-9.]*\).*|\1|p" tools/go.mod)
official="install the official Pulumi CLI, $version or newer: https://www.pulumi.com/docs/install"
newest() { printf '%s\n%s\n' "$1" "$2" | sort -V | tail -n 1; }
if pulumi=$(of_machine pulumi) && found=$("$pulumi" version 2>/dev/null) && [ "$(newest "$found" "$version")" = "$found" ]; then
    ln -sf "$pulumi" .venv/bin/pulumi
    # An official CLI includes the language host for Python; a CLI built from its Go module does not and needs ours.
    beside=$(dirname "$(readlink -f "$pulumi")")
    if [ ! -x "$beside/pulumi-language-python" ] && ! of_machine pulumi-language-python >/dev/null; then
        for file in pulumi-language-python language_host.py; do ln -sf "$PWD/tools/$file" ".venv/bin/$file"; done
    fi
    exit 0
fi
built="$cache/pulumi/$version"
if [ ! -x "$built/pulumi" ]; then
    command -v go >/dev/null || fail "neither the Pulumi CLI $version or newer nor Go is installed (pulumi-missing)" "$official; or install Go 1.26 and run this script again, which then builds the CLI"
    say "building the Pulumi CLI $version from tools/go.mod into $built (once, about 5 minutes)"
    mkdir -p "$built"
    # Do not change these flags: each change causes a full rebuild on every machine. The Automation API refuses a CLI without a version.
    (cd tools && CGO_ENABLED=0 go build -mod=readonly \
        -ldflags "-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=$version" \
        -o "$built/pulumi.$$" github.com/pulumi/pulumi/pkg/v3/cmd/pulumi) || fail "the Pulumi CLI could not be built (pulumi-missing)" "$official"
    mv "$built/pulumi.$$" "$built/pulumi"
fi
# A CLI built from its Go module has no language host for Python. Put ours next to it, where the engine looks first.
for file in pulumi-language-python language_host.py; do
    cmp -s "tools/$file" "$built/$file" || { cp "tools/$file" "$built/$file.$$" && mv "$built/$file.$$" "$built/$file"; }
done
ln -sf "$built/pulumi" .venv/bin/pulumi
