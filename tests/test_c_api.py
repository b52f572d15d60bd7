"""The public C API: headers, what is exported, programs in C and C++, an extension module, and a
Cython module, each built and run."""

import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import twin
from programs import printed

import leakyc
from leakyc import cython_leakyc

ROOT = pathlib.Path(__file__).parents[1]
EXAMPLES = ROOT / "examples" / "c"
INCLUDE = pathlib.Path(leakyc.get_include())
STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Werror"]
COMPILERS = {"gcc": "-std=c11", "clang": "-std=c11", "g++": "-std=c++17", "clang++": "-std=c++17"}
PYTHON_INCLUDE = "-I" + sysconfig.get_paths()["include"]


def done(*command, **options):
    """What a command printed; it has to succeed."""
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300, **options)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def need_compiler(compiler, folder, header="<stdint.h>", flags=()):
    """Skips where there is none, or none with a library."""
    if shutil.which(compiler) is None:
        pytest.skip(reason=f"{compiler} is not installed")
    probe = folder / ("probe.cpp" if "++" in compiler else "probe.c")
    probe.write_text(f"#include {header}\n")
    command = [compiler, *flags, "-fsyntax-only", probe]
    if subprocess.run(command, capture_output=True).returncode:
        pytest.skip(reason=f"{compiler} finds no {header}")


# ---- headers -----------------------------------------------------------------------------------


@pytest.mark.parametrize("header", ["leakyc.h", "leakyc_capi.h"])
@pytest.mark.parametrize("compiler", COMPILERS)
def test_a_header_stands_alone(compiler, header, tmp_path):
    need_compiler(compiler, tmp_path, "<Python.h>", [PYTHON_INCLUDE])
    source = tmp_path / ("user.cpp" if "++" in compiler else "user.c")
    source.write_text(f'#include "{header}"\n#include "{header}"\nint main() {{ return 0; }}\n')
    done(compiler, COMPILERS[compiler], "-fsyntax-only", *STRICT, f"-I{INCLUDE}",
         "-isystem", PYTHON_INCLUDE[2:], source)  # fmt: skip


def test_cflags():
    said = done(sys.executable, "-m", "leakyc", "--cflags")
    assert shlex.split(said) == [f"-I{leakyc.get_include()}"]
    assert sorted(path.name for path in INCLUDE.iterdir()) == ["leakyc.h", "leakyc_capi.h"]


def types_of(parameters, name_first=False):
    """The types of a list of parameters, without names and spaces."""
    found = []
    for parameter in parameters.split(","):
        kind = parameter.strip() if name_first else re.sub(r"\w+$", "", parameter.strip())
        found.append(re.sub(r"const (\w+)", r"\1 const", kind).replace(" ", ""))
    return found


def functions_in(text, pattern):
    return {m[2]: (m[1], types_of(m[3])) for m in re.finditer(pattern, text)}


def test_header_table_pxd_and_capsules_say_the_same():
    header = (INCLUDE / "leakyc.h").read_text()
    public = functions_in(header, r"\n(void|int) leakyc_(\w+_f(?:32|64))\(([^)]*)\);")
    entries = re.findall(r"\n    (void|int) \(\*(\w+)\)\(([^)]*)\);", header)
    assert {name: (made, types_of(p, True)) for made, name, p in entries} == public
    pxd = INCLUDE.parent / "cython_leakyc.pxd"
    declared = r"\ncdef (void|int) (\w+)\(([^)]*)\) noexcept nogil"
    assert functions_in(pxd.read_text(), declared) == public
    named = {
        name: re.search(r'"(\w+) \((.*)\)"', repr(capsule)).groups()
        for name, capsule in cython_leakyc.__pyx_capi__.items()
    }
    assert {name: (made, types_of(p, True)) for name, (made, p) in named.items()} == public
    assert len(public) == 22
    for name in public:
        assert name[:-4] in cython_leakyc.__doc__


# ---- what is exported --------------------------------------------------------------------------

EXPORTED = ["PyInit__core"]  # nothing else: the functions are handed on as addresses


def symbols(*options):
    if shutil.which("nm") is None or not sys.platform.startswith("linux"):
        pytest.skip(reason="nm of binutils lists the symbols")
    lines = done("nm", "--defined-only", *options).splitlines()
    return sorted(line.split()[-1] for line in lines if len(line.split()) == 3)


def test_the_module_exports_its_entry_alone():
    from leakyc import _core

    assert [s for s in symbols("-D", _core.__file__) if s not in ("_init", "_fini")] == EXPORTED


# ---- programs ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def core(compiled, tmp_path_factory):
    """What `make core` has made, if it is new; else an archive of what other tests compile, too."""
    if not (ROOT / "src").is_dir():
        pytest.skip(reason="the sources are not beside the tests")
    folder = tmp_path_factory.mktemp("core")
    need_compiler("gcc", folder, "<omp.h>", ["-fopenmp"])
    if shutil.which("make") and not subprocess.run(["make", "-q", "core"], cwd=ROOT).returncode:
        return ROOT / "build" / "libleakyc.a"
    library, sources = folder / "libleakyc.a", sorted((ROOT / "src").rglob("*.c"))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        objects = list(pool.map(lambda path: compiled("gcc", ["-fopenmp"], path), sources))
    done("ar", "rcs", library, *objects)
    return library


def test_the_library_has_names_of_its_own_alone(core):
    names = symbols("-g", core)
    assert names and all(name.startswith("leakyc_") for name in names)


@pytest.mark.parametrize("source", ["program.c", "program.cpp"])
def test_a_program(source, core, tmp_path):
    compiler = "g++" if source.endswith("pp") else "gcc"
    need_compiler(compiler, tmp_path)
    program = tmp_path / "program"
    done(compiler, COMPILERS[compiler], *STRICT, f"-I{INCLUDE}", EXAMPLES / source, core,
         "-fopenmp", "-lm", "-pthread", "-o", program)  # fmt: skip
    said = done(program, env={"LEAKYC_ISA": "baseline", "OMP_NUM_THREADS": "2"})
    if source == "program.c":
        assert said.startswith("on baseline, up to 2 threads: OMP_NUM_THREADS\n")
        x = np.arange(24, dtype="f4").reshape(2, 3, 4) % 5 - 2
        y = leakyc.bias_leaky_relu(x, np.float32([0.5, 0, -0.5]), 0.1, axis=1)
        dbias = leakyc.bias_leaky_relu_grad(np.ones_like(x), y, 0.1, axis=1)[1]
        for c in range(3):
            rows = f"channel {c}: y {y[0, c, 0]:.2f} {y[0, c, 1]:.2f} ..., dbias {dbias[c]:.2f}"
            assert rows in said
    else:
        x = np.arange(-5.0, 5)
        want = [leakyc.leaky_relu(x, 0.25), leakyc.leaky_relu_grad(np.ones(10), x, 0.25)]
        twin.same_bits(np.loadtxt(said.splitlines()).T, np.stack(want))
    refused = subprocess.run([program], env={"LEAKYC_ISA": "mmx"}, capture_output=True)
    assert refused.returncode == 1


# ---- an extension module -----------------------------------------------------------------------


def extension(folder, change=lambda header: header):
    """The example, compiled in a folder against the header as `change` makes it."""
    need_compiler("gcc", folder, "<Python.h>", [PYTHON_INCLUDE])
    for path in INCLUDE.iterdir():
        (folder / path.name).write_text(change(path.read_text()))
    made = folder / f"extension{sysconfig.get_config_var('EXT_SUFFIX')}"
    done("gcc", "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror", PYTHON_INCLUDE, f"-I{folder}",
         EXAMPLES / "extension.c", "-o", made)  # fmt: skip


def python(folder, code):
    """What code prints that can import from a folder."""
    return printed(code, PYTHONPATH=os.pathsep.join([str(folder), *sys.path]))


def test_an_extension_module(tmp_path):
    extension(tmp_path)
    code = "import extension, numpy as np; x = np.float32([-2, 3]); extension.activate(x, 0.5)"
    assert python(tmp_path, code + "; print(x)") == "[-1.  3.]\n"


TRIED = "try: import extension\nexcept ImportError as error: print(error)"


def test_a_table_of_another_abi_is_refused(tmp_path):
    extension(tmp_path, lambda header: header.replace("LEAKYC_ABI 1u", "LEAKYC_ABI 2u"))
    assert "is of version 1, this module was compiled for 2" in python(tmp_path, TRIED)


def test_a_table_that_lacks_entries_is_refused(tmp_path):
    more = "    void (*more)(void);\n} leakyc_api;"
    extension(tmp_path, lambda header: header.replace("} leakyc_api;", more))
    assert "installed is older than the one this module" in python(tmp_path, TRIED)


def test_a_table_with_more_entries_is_taken(tmp_path):
    last = r"\n    void \(\*bias_prelu_grad_f64\)\([^)]*\);"
    extension(tmp_path, lambda header: re.sub(last, "", header))
    assert python(tmp_path, TRIED) == ""


def test_a_leakyc_without_a_table_is_refused(tmp_path):
    extension(tmp_path)
    assert "too old" in python(tmp_path, "import leakyc\ndel leakyc._core._C_API\n" + TRIED)
    assert "too old" in python(tmp_path, "import leakyc\nleakyc._core._C_API = 1\n" + TRIED)
    assert "No module" in python(
        tmp_path,
        "import sys\nsys.modules['leakyc'] = None\n" + TRIED.replace("error)", "'No module')"),
    )


# ---- Cython ------------------------------------------------------------------------------------


def cythonized(folder, name):
    """Builds a module of a folder in place, as `cythonize -i` does."""
    pytest.importorskip("Cython", reason="Cython is not installed")
    pytest.importorskip("setuptools", reason="setuptools is not installed")
    need_compiler("gcc", folder, "<Python.h>", [PYTHON_INCLUDE])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "CFLAGS": "-O0"}
    command = [sys.executable, "-m", "Cython.Build.Cythonize", "-i", "-3", f"{name}.pyx"]
    done(*command, cwd=folder, env=environment)


def test_a_cython_module(tmp_path):
    shutil.copy(EXAMPLES / "cython_module.pyx", tmp_path)
    cythonized(tmp_path, "cython_module")
    code = """
import leakyc, numpy as np, cython_module
x = np.random.default_rng(0).standard_normal((20, 7), np.float32)
bias = np.arange(-3, 4, dtype=np.float32)
want = leakyc.leaky_relu(leakyc.bias_leaky_relu(x, bias, 0.1), 0.1)
cython_module.two_layers(x, bias, 0.1)
print(x.tobytes() == want.tobytes())
"""
    assert python(tmp_path, code) == "True\n"


def test_cython_finds_every_function(tmp_path):
    """By the name of its type, which Cython compares."""
    names = list(cython_leakyc.__pyx_capi__)
    rows = [f"    {name!r}: <size_t><void *>cython_leakyc.{name}," for name in names]
    text = "\n".join(["from leakyc cimport cython_leakyc", "found = {", *rows, "}", ""])
    (tmp_path / "every.pyx").write_text(text)
    cythonized(tmp_path, "every")
    code = """
from every import found
from leakyc.cython_leakyc import address
print([name for name in found if found[name] != address(name)], len(found))
"""
    assert python(tmp_path, code) == f"[] {len(names)}\n"


# ---- the documentation -------------------------------------------------------------------------


def test_the_documentation_quotes_the_examples():
    page = ROOT / "docs" / "c.md"
    if not page.exists():
        pytest.skip(reason="docs/ is not beside the tests")
    sources = [
        path.read_text() for path in EXAMPLES.iterdir() if path.suffix in (".c", ".py", ".pyx")
    ]
    blocks = re.findall(r"```(?:c|cython|python)\n(.*?)```", page.read_text(), re.DOTALL)
    assert len(blocks) == 6
    for block in blocks:
        assert any(block in source for source in sources), block
