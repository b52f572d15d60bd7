# tools.sh - what the scripts in tests/*/run share: each runs items by name, and says of each whether
# it ran, failed, or was SKIPPED and why. Sourced, never run.
#
# An item is a function do_NAME; it installs what it needs. Root on Debian installs by apt; for anyone
# else, what is missing is a visible skip, never a pass. Everything is built in build/, which git ignores.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit 2
build=${LEAKYC_BUILD:-$root/build/checks}
mkdir -p "$build"
export OMP_WAIT_POLICY=passive PIP_DISABLE_PIP_VERSION_CHECK=1
includes=(-Isrc -Itests/c -Itests/fuzz)
strict=(-std=c11 -Wall -Wextra -Wpedantic -Werror -ffp-contract=off)

skip() {
    echo "SKIPPED: $*"
    exit 77
}

apt_log() { DEBIAN_FRONTEND=noninteractive "$@" >"$build/apt.log" 2>&1; }

# Bounded in time where the archive cannot be reached or something else installs.
apt_bounds=(-o Acquire::Retries=0 -o Acquire::http::Timeout=20 -o DPkg::Lock::Timeout=60)

# packages NAME...: Debian packages that an item needs.
packages() {
    local missing=() name
    for name in "$@"; do
        dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q ' installed' || missing+=("$name")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    command -v apt-get >/dev/null || skip "no apt-get to install ${missing[*]}"
    [ "$(id -u)" = 0 ] || skip "not root, so not installed: ${missing[*]}"
    local install=(apt-get "${apt_bounds[@]}" install -y --no-remove --no-install-recommends "${missing[@]}")
    apt_log "${install[@]}" ||
        { apt_log apt-get "${apt_bounds[@]}" update && apt_log "${install[@]}"; } ||
        skip "apt cannot install ${missing[*]}"
}

# virtualenv NAME PYTHON REQUIREMENT...: build/NAME, made once.
virtualenv() {
    local folder=$build/$1 python=$2
    shift 2
    [ -e "$folder/ready" ] && return
    "$python" -m venv "$folder" && "$folder/bin/pip" install -q "$@" && touch "$folder/ready"
}

# test_extra: what the extra `test` names, a requirement a line.
test_extra() {
    python3 -c "import tomllib
print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['optional-dependencies']['test'], sep='\n')"
}

# checkout FOLDER: what git tracks or would track, copied there anew.
checkout() {
    rm -rf "$1"
    mkdir -p "$1"
    git ls-files -z --cached --others --exclude-standard |
        xargs -0 sh -c 'for f; do [ ! -e "$f" ] || printf "%s\0" "$f"; done' sh |
        tar --null -T - -cf - | tar -C "$1" -xf -
}

# objects FOLDER CC FLAG...: the C core, compiled side by side; by way of ccache where that is here.
objects() {
    local folder=$1 compiler=("$2")
    shift 2
    command -v ccache >/dev/null && compiler=(ccache "${compiler[@]}")
    mkdir -p "$folder"
    rm -f "$folder"/*.o
    printf '%s\0' src/*.c src/threads/*.c | xargs -0 -P "$(nproc)" -n 1 bash -c '
        folder=$1 source=${@: -1}
        "${@:2:$#-2}" -c "$source" -o "$folder/$(basename "$source" .c).o"' \
        - "$folder" "${compiler[@]}" -O2 "${strict[@]}" "$@"
}

# core FOLDER CC FLAG...: the C test program and the fuzzer without libFuzzer, as FOLDER/core, /fuzz.
core() {
    local folder=$1 compiler=$2
    objects "$@"
    shift 2
    "$compiler" -O2 "${strict[@]}" "${includes[@]}" "$@" tests/c/test_{core,training,loops}.c "$folder"/*.o \
        -o "$folder/core" -lm -pthread
    "$compiler" -O2 "${strict[@]}" "${includes[@]}" "$@" -DFUZZ_MAIN tests/fuzz/fuzz_core.c \
        "$folder"/*.o -Wl,--wrap=leakyc_last_level_cache -o "$folder/fuzz" -lm -pthread
}

# passes WORDS COMMAND...: runs the C test program; it must say WORDS and that nothing is wrong.
passes() {
    local words=$1 said
    shift
    said=$(timeout 600 "$@" 2>"$build/stderr") ||
        { echo "$said"; tail -n 40 "$build/stderr"; return 1; }
    echo "$said" | sed 's/^/    /'
    grep -q "$words" <<<"$said" && ! grep -q '[1-9][0-9]* wrong' <<<"$said" && grep -q '\b0 wrong' <<<"$said"
}

# items DEFAULT ALL NAME...: runs the named items, those in DEFAULT without a name, ALL for `all`.
items() {
    local default=$1 all=$2 name status ran=() failed=() skipped=()
    shift 2
    [ $# -gt 0 ] || set -- $default
    [ "$*" != all ] || set -- $all
    for name in "$@"; do
        if ! declare -F "do_$name" >/dev/null; then
            echo "no such item: $name; there are: $all"
            exit 2
        fi
        printf '\n== %s (%d s)\n' "$name" "$SECONDS"
        (set -euo pipefail; "do_$name")
        status=$?
        case $status in
        0) ran+=("$name") ;;
        77) skipped+=("$name") ;;
        *) failed+=("$name") && echo "FAILED: $name" ;;
        esac
    done
    printf '\nran: %s\nSKIPPED: %s\nFAILED: %s\n' "${ran[*]:-none}" "${skipped[*]:-none}" \
        "${failed[*]:-none}"
    [ ${#failed[@]} = 0 ]
}
