#!/bin/sh
# Sets a fresh machine up: uv, the Python packages of the lock, and the Pulumi CLI. Quiet when there is nothing to do.
set -eu
cd "$(dirname "$0")/.."
cache="${XDG_CACHE_HOME:-$HOME/.cache}/groundwork"

say() { printf 'setup: %s\n' "$*" >&2; }
fail() { printf 'error: %s\nhint: %s\n' "$1" "$2" >&2; exit 1; }

# Where a program of the machine is: neither the links that this script makes nor the twin's programs count.
of_machine() (
    IFS=:
    for folder in $PATH; do
        case "$folder" in "$PWD/.venv/bin" | "${GROUNDWORK_TWIN:-/dev/null}/bin") continue ;; esac
        if [ -x "$folder/$1" ]; then printf '%s\n' "$folder/$1"; exit 0; fi
    done
    exit 1
)

case "$PWD" in *:*) fail "a folder on the way to $PWD has a colon in its name (path-unfit)" "move the checkout: a PATH cannot hold a colon" ;; esac
command -v git >/dev/null || fail "git is not installed (git-missing)" "install git; the twin's repositories are made with it"

# Python packages: exactly those of the lock, with a Python that is here.
if ! uv=$(of_machine uv); then
    uv="$cache/uv/bin/uv"
    if [ ! -x "$uv" ]; then
        command -v python3 >/dev/null || fail "python3 is not installed (python-missing)" "install Python 3.11, 3.12 or 3.13"
        say "installing uv for this project ($cache/uv)"
        python3 -m venv "$cache/uv" && "$cache/uv/bin/pip" install --quiet --disable-pip-version-check "uv>=0.9" ||
            fail "uv could not be installed (uv-missing)" "install uv yourself (https://docs.astral.sh/uv) and run this again"
    fi
fi
[ -d .venv ] || say "installing the packages of uv.lock into .venv (about a minute the first time)"
# However long this machine takes to start a Python: the limit is a minute, and a busy machine needs more.
UV_COMPILE_BYTECODE_TIMEOUT=0 UV_PYTHON_DOWNLOADS=never "$uv" sync --locked --quiet --compile-bytecode || fail "the packages of uv.lock could not be installed (packages-missing)" "see above; Python 3.11, 3.12 or 3.13 is needed"
ln -sf "$uv" .venv/bin/uv
# Python reads the checkout's path in the locale's letters.
.venv/bin/python -P -c 'import groundwork' 2>/dev/null ||
    fail "the installed packages cannot be loaded from $PWD, with LC_ALL=${LC_ALL-} and LANG=${LANG-} (locale-unfit)" "export LC_ALL=C.UTF-8 and run this again; if that does not help, remove .venv"

# The Pulumi CLI: the machine's own when it is new enough, else built once and kept outside of the checkout.
version=$(sed -n "s|.*github.com/pulumi/pulumi/pkg/v3 \(v[0-9.]*\).*|\1|p" tools/go.mod)
official="install the official Pulumi CLI, $version or newer: https://www.pulumi.com/docs/install"
newest() { printf '%s\n%s\n' "$1" "$2" | sort -V | tail -n 1; }
if pulumi=$(of_machine pulumi) && found=$("$pulumi" version 2>/dev/null) && [ "$(newest "$found" "$version")" = "$found" ]; then
    ln -sf "$pulumi" .venv/bin/pulumi
    # An official one brings its host for Python programs along; beside one that was built from its module ours is needed.
    beside=$(dirname "$(readlink -f "$pulumi")")
    if [ ! -x "$beside/pulumi-language-python" ] && ! of_machine pulumi-language-python >/dev/null; then
        for file in pulumi-language-python language_host.py; do ln -sf "$PWD/tools/$file" ".venv/bin/$file"; done
    fi
    exit 0
fi
built="$cache/pulumi/$version"
if [ ! -x "$built/pulumi" ]; then
    command -v go >/dev/null || fail "there is no Pulumi CLI $version or newer, and no Go to build it with (pulumi-missing)" "$official; or install Go 1.26 and run this again"
    say "building the Pulumi CLI $version from tools/go.mod: about 5 minutes, once; kept in $built"
    mkdir -p "$built"
    # These flags are settled: others mean another full build for everybody. Without the version the Automation API refuses the CLI.
    (cd tools && CGO_ENABLED=0 go build -mod=readonly \
        -ldflags "-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=$version" \
        -o "$built/pulumi.$$" github.com/pulumi/pulumi/pkg/v3/cmd/pulumi) || fail "the Pulumi CLI could not be built (pulumi-missing)" "$official"
    mv "$built/pulumi.$$" "$built/pulumi"
fi
# A CLI that is built from its module has no host for Python programs: ours goes beside it, where the engine looks first.
for file in pulumi-language-python language_host.py; do
    cmp -s "tools/$file" "$built/$file" || { cp "tools/$file" "$built/$file.$$" && mv "$built/$file.$$" "$built/$file"; }
done
ln -sf "$built/pulumi" .venv/bin/pulumi
