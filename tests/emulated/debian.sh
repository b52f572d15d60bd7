# debian.sh - CPython, NumPy and the test suite of a foreign architecture in a root folder of its own,
# run by qemu-user without binfmt_misc. Sourced by run.

# The tests whose subprocesses would need binfmt_misc are left out; conftest.py names what ran.
EMULATED_TESTS="tests/test_kernels.py tests/test_ufunc.py tests/test_training_values.py \
tests/test_training_sums.py tests/test_training_streaming.py"

# debian_root NAME ARCHITECTURE SUITE PACKAGE...: unpacks packages into build/NAME-root.
debian_root() {
    local name=$1 arch=$2 suite=$3 folder=$build/$1-root state=$build/$1-apt file
    shift 3
    packages qemu-user-static "gcc-${name/_/-}-linux-gnu"
    [ "$(id -u)" = 0 ] || skip "chroot needs root"
    [ -e "$folder/unpacked" ] && return
    mkdir -p "$folder" "$state"/{lists/partial,archives/partial}
    : >"$state/status"
    echo "deb http://deb.debian.org/debian $suite main" >"$state/sources.list"
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
    cp "$(command -v "qemu-$name-static")" "$folder/qemu"
    mkdir -p "$folder"/{proc,dev,tmp,site,work}
    touch "$folder/unpacked"
}

# debian_pip NAME VERSION PLATFORM PACKAGE...: wheels into the root's /site.
debian_pip() {
    local folder=$build/$1-root version=$2 platform=$3
    shift 3
    [ -e "$folder/site/pytest" ] && return
    python3 -m pip install -q --target "$folder/site" --only-binary=:all: --python-version "$version" \
        --abi "cp$version" --abi abi3 --abi none --platform "$platform" \
        --platform "${platform/_2_28_/2014_}" --platform any "$@"
}

# debian_extension NAME PYTHON CC NUMPY_HEADERS: the package, its extension cross-compiled, in /work.
debian_extension() {
    local name=$1 python=$2 compiler=$3 numpy=$4 folder=$build/$1-root headers=$build/$1-headers
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
        leakyc/_core.c src/*.c -o leakyc/_core.so -lm)
}

# debian_pytest NAME PYTHON WORDS: the suite; its summary must say WORDS.
debian_pytest() {
    local name=$1 python=$2 words=$3 folder=$build/$1-root said
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
