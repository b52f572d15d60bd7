# musl.sh - wheels for musl, and CPython 3.11 for musl to try them: Debian's source, compiled by zig, over
# Debian's musl, in a root folder of its own. Sourced by run.

# musl_wheel MACHINE: into dist/; its compiler is $build/musl-MACHINE/cc.
musl_wheel() {
    local machine=$1 folder=$build/musl-$1 series
    series=$("$python" -c 'import sys; print("%d%d" % sys.version_info[:2])')
    sdist "$folder"
    printf '#!/bin/sh\nexec %s -m ziglang cc -target %s-linux-musl -dynamic "$@"\n' "$tools/python" "$machine" >"$folder/cc"
    chmod +x "$folder/cc"
    CC=$folder/cc LDSHARED="$folder/cc -shared -s" LEAKYC_OPENMP=0 _PYTHON_HOST_PLATFORM=linux-$machine \
        SETUPTOOLS_EXT_SUFFIX=.cpython-$series-$machine-linux-musl.so \
        "$tools/python" -m build -q --wheel --no-isolation --outdir "$folder/raw" "$folder"/leakyc-*/ >"$folder/log" 2>&1 ||
        { tail -n 40 "$folder/log"; return 1; }
    "$tools/wheel" tags --remove --platform-tag "musllinux_1_2_$machine" "$folder"/raw/*.whl
    # The tag asks for musl by the name that Alpine gives it; zig's is another.
    "$tools/wheel" unpack -d "$folder/unpacked" "$folder"/raw/*.whl
    patchelf --replace-needed libc.so "libc.musl-$machine.so.1" "$folder"/unpacked/*/leakyc/_core*.so
    "$tools/wheel" pack -d "$folder" "$folder"/unpacked/leakyc-*
    auditwheel show "$folder"/*.whl 2>"$folder/log" | grep "\"musllinux_1_2_$machine\"" || { cat "$folder/log"; return 1; }
    "$tools/python" tests/wheels/contents.py "$folder"/*.whl
    mkdir -p dist && cp "$folder"/*.whl dist
}

# musl_core MACHINE: the C core's own tests, static.
musl_core() {
    local folder=$build/musl-$1 run=()
    [ "$1" = "$(uname -m)" ] || run=("qemu-$1-static" -cpu max)
    core "$folder/c" "$folder/cc" -static
    passes 'baseline: ran' "${run[@]}" "$folder/c/core"
}

# musl_root MACHINE: the wheel and what the tests need, in the root's /site; the tests in its /work. Of what
# the extra `test` names, ml_dtypes has no wheel for musl.
musl_root() {
    local folder=$roots/musl-$1 platforms_of="musllinux_1_2 musllinux_1_1"
    wheels "$folder/site" 3.11 "$1" numpy $(test_extra | grep -v ml_dtypes)
    rm -rf "$folder/site"/leakyc* "$folder/work" && mkdir "$folder/work"
    "$tools/python" -m zipfile -e "$build/musl-$1"/*.whl "$folder/site"
    cp -r tests examples docs README.md CONTRIBUTING.md pyproject.toml "$folder/work"
}

# musl_suite MACHINE: the tests against the wheel, by qemu EMULATED_TESTS alone.
musl_suite() {
    if [ "$1" != "$(uname -m)" ]; then
        by_qemu "musl-$1" "$1" /usr/bin/python3.11
        debian_pytest "musl-$1" python3.11 '[1-9][0-9]* passed'
        return
    fi
    in_root "musl-$1" env PYTHONPATH=/site sh -c 'cd /work && python3.11 -m leakyc check --quick &&
        python3.11 -m pytest -q -p no:cacheprovider "$@"' sh ${ARGS:-} >"$build/musl-$1/suite" 2>&1 ||
        { tail -n 40 "$build/musl-$1/suite"; return 1; }
    grep ' results compared' "$build/musl-$1/suite"
    tail -n 25 "$build/musl-$1/suite"
}

# musl_python MACHINE ARCHITECTURE: into $roots/musl-MACHINE; some minutes the first time.
musl_python() {
    local machine=$1 folder=$roots/musl-$1 work=$build/musl-python-$1 compiler=$build/musl-$1/cc
    debian_root "musl-$machine" "$2" trixie musl busybox-static
    [ -e "$folder/ready" ] && return
    packages make binutils pkg-config
    debian_source "$work" bookworm libffi zlib python3.11
    musl_libraries "$work" "$machine" "$compiler" >"$work/log" 2>&1 &&
        musl_interpreter "$work" "$machine" "$compiler" >>"$work/log" 2>&1 &&
        make -s -C "$work/python3.11" install "DESTDIR=$folder" >>"$work/log" 2>&1 ||
        { tail -n 40 "$work/log"; return 1; }
    ln -sf busybox "$folder/usr/bin/sh"
    ln -sf busybox "$folder/usr/bin/env"
    touch "$folder/ready"
}

# Named a build on another machine, configure runs nothing of what it compiles.
musl_cross() { echo "-q --host=$1-linux-musl --build=i686-linux-musl AR=/usr/bin/ar READELF=/usr/bin/readelf"; }

# musl_libraries WORK MACHINE CC: what ctypes and hypothesis need, static, into WORK/made.
musl_libraries() {
    (cd "$1/libffi" && ./configure $(musl_cross "$2") CC="$3" --prefix="$1/made" --disable-shared --with-pic \
        --disable-docs --disable-exec-static-tramp && make -s install) &&
        (cd "$1/zlib" && CC=$3 CFLAGS='-O2 -fPIC' ./configure --static --prefix="$1/made" && make -s install)
}

# musl_interpreter WORK MACHINE CC. zig dislikes __DATE__; asked for its include folders, it names glibc's.
musl_interpreter() (
    cd "$1/python3.11" || exit
    sed -i 's/^\( *\)self\.add_cross_compiling_paths()/\1pass/' setup.py
    PKG_CONFIG_LIBDIR=$1/made/lib/pkgconfig ./configure $(musl_cross "$2") CC="$3" CFLAGS=-Wno-date-time \
        CPPFLAGS="-I$1/made/include" LDFLAGS="-L$1/made/lib" --prefix=/usr --without-ensurepip \
        --with-build-python="$("$python" -c 'import sys; print(sys.executable)')" --disable-test-modules --disable-ipv6 \
        ac_cv_file__dev_ptmx=yes ac_cv_file__dev_ptc=no &&
        make -s "-j$(nproc)"
)
