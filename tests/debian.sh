# debian.sh - CPython of another Debian release or architecture in a root folder of its own; of a
# foreign architecture run by qemu-user without binfmt_misc. Sourced by the run of wheels, versions, emulated.

# In an emulator: the tests of values; conftest.py names what ran.
EMULATED_TESTS=${ARGS:-$(echo tests/test_{kernels,ufunc,training_{values,sums,streaming},bias_{prelu,shapes},bool_gate}.py)}

# Roots are kept for the next time, here; remove a folder to have newer packages.
roots=${XDG_CACHE_HOME:-$HOME/.cache}/leakyc

# apt_state FOLDER ARCHITECTURE SUITE: fills `options` for an apt that knows nothing but this suite, and
# changes nothing of the machine's.
apt_state() {
    local state=$1 arch=$2 suite=$3 mirror
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' | head -n 1)
    mkdir -p "$state"/{lists/partial,archives/partial}
    : >"$state/status"
    printf "%s [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror:-http://deb.debian.org/debian} $suite main\n" \
        deb deb-src >"$state/sources.list"
    options=(-o "APT::Architecture=$arch" -o "APT::Architectures=$arch" -o Dir::State::Lists="$state/lists"
        -o Dir::State::status="$state/status" -o Dir::Cache="$state" -o Dir::Etc::SourceList="$state/sources.list"
        -o Dir::Etc::SourceParts=/dev/null -o APT::Install-Recommends=false -o APT::Sandbox::User=root)
    apt_log apt-get "${options[@]}" update || skip "no Debian $suite for $arch"
}

# debian_root NAME ARCHITECTURE SUITE PACKAGE...: unpacks packages into $roots/NAME.
debian_root() {
    local name=$1 arch=$2 suite=$3 folder=$roots/$1 state=$roots/$1-apt file
    shift 3
    [ "$(id -u)" = 0 ] || skip "chroot needs root"
    [ -e "$folder/unpacked" ] && return
    local options=()
    apt_state "$state" "$arch" "$suite"
    apt_log apt-get "${options[@]}" install -y --download-only "$@" || skip "apt cannot download $*"
    mkdir -p "$folder"
    # Where /bin and /lib are links into /usr, unpacking must not make them folders.
    for file in bin lib lib64 sbin; do
        mkdir -p "$folder/usr/$file"
        ln -sfn "usr/$file" "$folder/$file"
    done
    for file in "$state"/archives/*.deb; do
        dpkg-deb --fsys-tarfile "$file" | tar -C "$folder" --keep-directory-symlink -xf -
    done
    rm -rf "$state"
    mkdir -p "$folder"/{proc,dev,tmp,root,site,work}
    [ -e "$folder/usr/bin/sh" ] || ln -s bash "$folder/usr/bin/sh"
    chmod 1777 "$folder/tmp"
    printf 'root:x:0:0:root:/root:/bin/sh\n' >"$folder/etc/passwd"
    touch "$folder/unpacked"
}

# debian_source FOLDER SUITE PACKAGE...: the sources of packages, without Debian's patches, each in
# FOLDER/PACKAGE.
debian_source() {
    local folder=$1 suite=$2 options=() name
    packages dpkg-dev
    rm -rf "$folder" && mkdir -p "$folder/archives"
    apt_state "$folder/apt" "$(dpkg --print-architecture)" "$suite"
    for name in "${@:3}"; do
        (cd "$folder/archives" && apt_log apt-get "${options[@]}" source --download-only "$name") ||
            skip "apt cannot download the source of $name"
        dpkg-source --no-check --skip-patches -x "$folder"/archives/"$name"_*.dsc "$folder/$name" >"$folder/log"
    done
}

# in_root NAME VARIABLE=VALUE... COMMAND...: runs it there for at most 100 minutes, with
# /proc and /dev, which vanish with it.
in_root() {
    local folder=$roots/$1 variables=()
    shift
    while [[ $1 == *=* ]]; do
        variables+=("$1")
        shift
    done
    unshare --mount sh -c 'mount --bind /proc "$0/proc" && mount --bind /dev "$0/dev" &&
        exec env -i HOME=/root PATH=/usr/bin:/bin "$@"' \
        "$folder" "${variables[@]}" timeout 6000 /usr/sbin/chroot "$folder" "$@"
}

# caches FOLDER: as Linux tells of them, so small that a test's long array is soon longer than they are.
caches() {
    mkdir -p "$1"/index{0,1}
    echo 1 >"$1/index0/level"; echo 32K >"$1/index0/size"
    echo 2 >"$1/index1/level"; echo 256K >"$1/index1/size"
    echo Data | tee "$1/index0/type" >"$1/index1/type"
}

# debian_emulated NAME ARCHITECTURE SUITE PYTHON PACKAGE...: a root, and what runs its Python.
debian_emulated() {
    packages "gcc-${1/_/-}-linux-gnu"
    debian_root "$@"
    by_qemu "$1" "$1" "/usr/bin/$4"
}

# by_qemu NAME MACHINE PYTHON: what runs a root's Python, and a call of it, by qemu.
by_qemu() {
    local python=$3
    packages qemu-user-static gcc libc6-dev
    cp "$(command -v "qemu-$2-static")" "$roots/$1/qemu"
    [ -e "$roots/$1$python.foreign" ] || mv "$roots/$1$python" "$roots/$1$python.foreign"
    caches "$roots/$1/sys/devices/system/cpu/cpu0/cache"
    gcc "${strict[@]}" -O2 -static "-DPYTHON=\"$python\"" tests/emulated/python.c -o "$roots/$1$python"
}

# wheels FOLDER VERSION MACHINE PACKAGE...: installs wheels for another CPython into the folder, anew
# where others are wanted than are there; those for $platforms_of, which are glibc's unless set.
wheels() {
    local folder=$1 version=$2 platform wanted=$1/wanted
    local platforms=(--platform any)
    for platform in ${platforms_of:-manylinux_2_28 manylinux_2_27 manylinux2014}; do
        platforms+=(--platform "${platform}_$3")
    done
    shift 3
    [ "$(cat "$wanted" 2>/dev/null)" != "$*" ] || return 0
    virtualenv pip python3 'pip>=25.1' # older ones look for minutes
    rm -rf "$folder"
    timeout 300 "$build/pip/bin/pip" install -q --target "$folder" --only-binary=:all: --implementation cp \
        --python-version "$version" --abi "cp${version/./}" --abi abi3 --abi none "${platforms[@]}" "$@" &&
        echo "$*" >"$wanted"
}

# cross NAME PYTHON: in a subshell, setup.py builds for the Python of a root.
cross() {
    local folder=$roots/$1/usr headers=$build/$1-headers target=$1-linux-gnu
    rm -rf "$headers" && mkdir -p "$headers/$target" "$headers/data"
    cp -r "$folder/include/$2" "$headers"
    cp -r "$folder/include/$target/$2" "$headers/$target"
    cp "$folder/lib/$2/_sysconfigdata__$target.py" "$headers/data"
    export _PYTHON_HOST_PLATFORM=linux-$1 _PYTHON_SYSCONFIGDATA_NAME=_sysconfigdata__$target
    export PYTHONPATH=$headers/data CC=$target-gcc CPPFLAGS="-I$headers -I$headers/$2"
}

# debian_extension NAME PYTHON: a checkout in /work, its extension cross-compiled.
debian_extension() {
    local folder=$roots/$1/work
    virtualenv setup python3 'setuptools>=77' cython numpy
    checkout "$folder"
    (cross "$1" "$2" && cd "$folder" && LEAKYC_OPENMP=1 "$build/setup/bin/python" setup.py -q build_ext --inplace) \
        >"$build/$1-build.log" 2>&1 || { tail -n 40 "$build/$1-build.log"; return 1; }
}

# debian_pytest NAME PYTHON WORDS: the suite; its summary must say WORDS.
debian_pytest() {
    local name=$1 python=$2 words=$3 said=$build/$1-pytest.log
    local lib=/usr/lib/$name-linux-gnu
    in_root "$name" PYTHONPATH=/work:/site OMP_NUM_THREADS=2 OMP_WAIT_POLICY=passive LEAKYC_PATIENCE=20 \
        "LD_LIBRARY_PATH=$lib/blas:$lib/lapack" "/usr/bin/$python" -c "
import os, sys, pytest
os.chdir('/work')
sys.exit(pytest.main('-q -p no:cacheprovider --timeout 0 $EMULATED_TESTS'.split()))" >"$said" 2>&1 ||
        { tail -n 40 "$said"; return 1; }
    tail -n 20 "$said"
    grep -q "$words" "$said"
}
