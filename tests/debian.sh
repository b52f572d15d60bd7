# debian.sh - CPython of another Debian release or architecture in a root folder of its own; of a
# foreign architecture run by qemu-user without binfmt_misc. Sourced by versions/run, emulated/run.

# In an emulator: tests whose subprocesses would need binfmt_misc are left out; conftest.py names what ran.
EMULATED_TESTS="tests/test_kernels.py tests/test_ufunc.py tests/test_training_values.py \
tests/test_training_sums.py tests/test_training_streaming.py"

# Roots are kept for the next time, here; remove a folder to have newer packages.
roots=${XDG_CACHE_HOME:-$HOME/.cache}/leakyc

# debian_root NAME ARCHITECTURE SUITE PACKAGE...: unpacks packages into $roots/NAME, by an apt state of
# its own: nothing of the machine's changes.
debian_root() {
    local name=$1 arch=$2 suite=$3 folder=$roots/$1 state=$roots/$1-apt mirror file
    shift 3
    [ "$(id -u)" = 0 ] || skip "chroot needs root"
    [ -e "$folder/unpacked" ] && return
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' | head -n 1)
    mkdir -p "$folder" "$state"/{lists/partial,archives/partial}
    : >"$state/status"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror:-http://deb.debian.org/debian} $suite main" \
        >"$state/sources.list"
    local options=(-o "APT::Architecture=$arch" -o "APT::Architectures=$arch" -o Dir::State::Lists="$state/lists"
        -o Dir::State::status="$state/status" -o Dir::Cache="$state" -o Dir::Etc::SourceList="$state/sources.list"
        -o Dir::Etc::SourceParts=/dev/null -o APT::Install-Recommends=false -o APT::Sandbox::User=root)
    apt_log apt-get "${options[@]}" update || skip "no Debian $suite for $arch"
    apt_log apt-get "${options[@]}" install -y --download-only "$@" || skip "apt cannot download $*"
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

# in_root NAME COMMAND...: runs it there, with /proc and /dev, which vanish with it.
in_root() {
    unshare --mount sh -c 'mount --bind /proc "$0/proc" && mount --bind /dev "$0/dev" &&
        exec chroot "$0" env -i HOME=/root PATH=/usr/bin:/bin "$@"' "$roots/$1" "${@:2}"
}

# debian_emulated NAME ARCHITECTURE SUITE PACKAGE...: a root, and what runs it.
debian_emulated() {
    packages qemu-user-static "gcc-${1/_/-}-linux-gnu"
    debian_root "$@"
    cp "$(command -v "qemu-$1-static")" "$roots/$1/qemu"
}

# wheels FOLDER VERSION MACHINE PACKAGE...: installs wheels for another CPython into the folder.
wheels() {
    local folder=$1 version=$2 platform
    local platforms=(--platform any)
    for platform in manylinux_2_28 manylinux_2_27 manylinux2014; do
        platforms+=(--platform "${platform}_$3")
    done
    shift 3
    [ -e "$folder/pytest" ] && return
    virtualenv pip python3 'pip>=25.1' # older ones look for minutes
    timeout 300 "$build/pip/bin/pip" install -q --target "$folder" --only-binary=:all: --implementation cp \
        --python-version "$version" --abi "cp${version/./}" --abi abi3 --abi none "${platforms[@]}" "$@"
}

# debian_extension NAME PYTHON CC NUMPY_HEADERS: the package, its extension cross-compiled, in /work.
debian_extension() {
    local name=$1 python=$2 compiler=$3 numpy=$4 folder=$roots/$1 headers=$build/$1-headers
    virtualenv cython python3 cython numpy
    rm -rf "$folder/work" "$headers"
    mkdir -p "$folder/work" "$headers"
    cp -r leakyc src tests pyproject.toml README.md "$folder/work"
    rm -f "$folder"/work/leakyc/_core.c "$folder"/work/leakyc/*.so
    cp -r "$folder/usr/include/$python" "$headers"
    mkdir -p "$headers/$name-linux-gnu"
    cp -r "$folder/usr/include/$name-linux-gnu/$python" "$headers/$name-linux-gnu"
    (cd "$folder/work" && "$build/cython/bin/cython" -3 leakyc/_core.pyx -o leakyc/_core.c)
    (cd "$folder/work" && "$compiler" -shared -fPIC -O2 -std=c11 -ffp-contract=off -fopenmp \
        -DNPY_NO_DEPRECATED_API=NPY_2_0_API_VERSION -Isrc -I"$headers" -I"$headers/$python" -I"$numpy" \
        leakyc/_core.c $(find src -name '*.c') -o leakyc/_core.so -lm)
}

# debian_pytest NAME PYTHON WORDS: the suite; its summary must say WORDS.
debian_pytest() {
    local name=$1 python=$2 words=$3 folder=$roots/$1 said
    local lib=/usr/lib/$name-linux-gnu
    said=$build/$name-pytest.log
    timeout 3000 chroot "$folder" /qemu -cpu max -E PYTHONPATH=/work:/site -E OMP_NUM_THREADS=2 \
        -E OMP_WAIT_POLICY=passive -E LD_LIBRARY_PATH="$lib/blas:$lib/lapack" "/usr/bin/$python" -c "
import os, sys, pytest
os.chdir('/work')
sys.exit(pytest.main('-q -p no:cacheprovider --timeout 0 $EMULATED_TESTS'.split()))" >"$said" 2>&1 ||
        { tail -n 40 "$said"; return 1; }
    tail -n 12 "$said"
    grep -q "$words" "$said"
}
