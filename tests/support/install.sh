# SPDX-License-Identifier: MIT
# Sourced by tests/run.sh and examples/demo.sh: install_missing PACKAGE...
# Installs the Debian packages that are missing, in one call; without the right to do so it prints the line and ends with 77. No
# network when nothing is missing. install_stopped PACKAGE... is the same, and keeps services of these packages from starting.

install_missing() {
    command -v dpkg-query >/dev/null 2>&1 || {
        echo "This is no Debian. README.md lists what is needed under other distributions' names; going on without a check." >&2
        return 0
    }
    missing=
    for package in "$@"; do
        # ninja-build, git and so on may be there from elsewhere, but dpkg knows best what this script may rely on
        dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    as_root=
    if [ "$(id -u)" -ne 0 ]; then
        if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
            as_root=sudo
        else
            echo "Missing packages. Run as root, then try again:" >&2
            echo "    apt-get install --no-install-recommends$missing" >&2
            exit 77
        fi
    fi
    echo "Installing:$missing" >&2
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086 # the packages are words
    { $as_root apt-get update && $as_root apt-get install -y --no-install-recommends $missing; } >&2 </dev/null
}

with_rights() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

# Debian asks /usr/sbin/policy-rc.d before a package starts a service; 101 is no. One that is there already stays.
install_stopped() {
    policy=/usr/sbin/policy-rc.d
    if [ -e "$policy" ] || ! with_rights true 2>/dev/null; then
        install_missing "$@"
        return
    fi
    trap 'with_rights rm -f "$policy"' EXIT INT TERM
    printf '#!/bin/sh\nexit 101\n' | with_rights tee "$policy" >/dev/null
    with_rights chmod 755 "$policy"
    install_missing "$@"
    with_rights rm -f "$policy"
    trap - EXIT INT TERM
}
