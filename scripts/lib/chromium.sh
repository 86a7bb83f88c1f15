# Sourced by scripts/test (POSIX sh): is there a Chromium for the browser tests?
# shellcheck shell=sh

# Say so where Chromium is neither here nor to be had: the browser tests are skipped then.
bring_chromium() {
    for name in chromium chromium-browser google-chrome; do
        command -v "$name" >/dev/null 2>&1 && return 0
    done
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
        say "Browser tests will be skipped: there is no Chromium here (as root: apt-get install chromium)."
        return 0
    fi
    say "Installing Chromium for the browser tests."
    export DEBIAN_FRONTEND=noninteractive
    if apt-get install -qq -y --no-install-recommends chromium >/dev/null 2>&1 </dev/null; then return 0; fi
    if apt-get update -qq >/dev/null 2>&1 </dev/null &&
        apt-get install -qq -y --no-install-recommends chromium >/dev/null 2>&1 </dev/null; then return 0; fi
    say "Browser tests will be skipped: apt-get could not install chromium."
}
