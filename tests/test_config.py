"""`show_config`: what it says of the library, the machine and the process."""

import platform
import sys
import sysconfig

import numpy as np
import pytest
from needs import openmp
from programs import printed

import leakyc
from leakyc import _core, _show_config


def test_dict_agrees_with_the_library():
    found = leakyc.show_config(mode="dict")
    sets = found["instruction_sets"]
    registry = _core.isas()
    assert found["version"] == leakyc.__version__
    assert found["numpy"] == np.__version__
    assert list(sets["compiled"]) == [isa["name"] for isa in registry]
    assert sets["available"] == [isa["name"] for isa in registry if isa["available"]]
    assert [sets["chosen"]] == [isa["name"] for isa in registry if isa["chosen"]]
    assert found["cpus_allowed"] >= 1


def test_threads_are_those_of_now():
    with leakyc.threads(1):
        found = leakyc.show_config(mode="dict")["threads"]
    assert found["now"] == 1
    if _core.machine()["openmp"]:
        assert found["reason"] == "set for this thread"


def test_the_c_library_and_what_tunes_it():
    found = leakyc.show_config("dict")["c_library"]
    if platform.libc_ver()[0] == "glibc":
        assert found["name"] == " ".join(platform.libc_ver())
    if "musl" in str(sysconfig.get_config_var("HOST_GNU_TYPE")):
        assert found["name"].startswith("musl")
    tunables = "glibc.malloc.perturb=0"
    code = "import leakyc; leakyc.show_config()"
    assert f"{found['name']}, GLIBC_TUNABLES={tunables}\n" in printed(code, GLIBC_TUNABLES=tunables)
    assert f"{found['name']}\n" in printed(code, GLIBC_TUNABLES="")


def test_printed_text_holds_every_answer(capsys):
    assert leakyc.show_config() is None
    printed = capsys.readouterr().out
    found = leakyc.show_config(mode="dict")
    sets, threads = found["instruction_sets"], found["threads"]
    assert f"leakyc {found['version']}\n" in printed
    assert f"{sets['chosen']}: {sets['reason']}\n" in printed
    assert f"{threads['now']}: {threads['reason']}\n" in printed
    assert all(requires in printed for requires in sets["compiled"].values())
    assert all(path in printed for path in found["openmp"]["runtimes"] or [])
    assert found["compiler"] in printed
    assert found["numpy"] in printed


@pytest.mark.skipif(sys.platform == "win32", reason="nothing is kept on Windows")
def test_kept_memory_is_told(capsys):
    before = leakyc.set_buffer_limit(3 << 20)
    try:
        leakyc.clear_buffers()
        leakyc.show_config()
        assert "none now, 3 MB at the most" in capsys.readouterr().out
        leakyc.leaky_relu(np.ones(1 << 18))
        leakyc.show_config()
        kept = _show_config._size(leakyc.buffer_info()["cached_bytes"])
        assert f"{kept} now, 3 MB at the most" in capsys.readouterr().out
        assert leakyc.show_config(mode="dict")["buffers"] == leakyc.buffer_info()
        leakyc.set_buffer_limit(0)
        leakyc.show_config()
        assert "results are made as NumPy makes them" in capsys.readouterr().out
    finally:
        leakyc.set_buffer_limit(before)


@pytest.mark.parametrize("mode", ["json", None, 1])
def test_unknown_mode(mode):
    with pytest.raises(ValueError, match="mode must be 'stdout' or 'dict'"):
        leakyc.show_config(mode=mode)


# ---- OpenMP runtimes --------------------------------------------------------------------------

MAPS = """\
55d0-55d1 r--p 00000000 fe:01 1 /usr/bin/python3
7f00-7f01 r-xp 00000000 fe:01 2 /usr/lib/libgomp.so.1.0.0
7f01-7f02 rw-p 00001000 fe:01 2 /usr/lib/libgomp.so.1.0.0
7f02-7f03 r-xp 00000000 fe:01 3 /a folder/torch.libs/libgomp-a34b3233.so.1.0.0
7f03-7f04 r-xp 00000000 fe:01 4 /usr/lib/libomp.so.5
7f04-7f05 r-xp 00000000 fe:01 5 /usr/lib/libiomp5.so
7f05-7f06 r-xp 00000000 fe:01 6 /usr/lib/libompitrace.so.40
7f06-7f07 r-xp 00000000 fe:01 7 /usr/lib/libgomp-plugin-nvptx.so.1
7f07-7f08 rw-p 00000000 00:00 0
7f08-7f09 rw-p 00000000 00:00 0 [stack]
"""


def test_openmp_runtimes_are_told_apart(tmp_path):
    maps = tmp_path / "maps"
    maps.write_text(MAPS)
    assert _show_config.openmp_runtimes(maps) == [
        "/a folder/torch.libs/libgomp-a34b3233.so.1.0.0",
        "/usr/lib/libgomp.so.1.0.0",
        "/usr/lib/libiomp5.so",
        "/usr/lib/libomp.so.5",
    ]
    assert _show_config.openmp_runtimes(tmp_path / "none") is None


def test_a_system_that_does_not_tell_its_runtimes():
    lines = _show_config._openmp_lines({"version": 201511, "runtimes": None})
    assert "does not tell" in lines[0]


def test_what_the_next_call_would_do_is_said():
    def lines(**found):
        return list(_show_config._threads_lines({"reason": "because", **found}))

    asleep = lines(now=2, from_bytes=6 << 20, from_reason="helpers have to be woken")
    assert asleep[0] == "2: because"
    assert "from 6 MB touched: helpers have to be woken" in asleep[1]
    assert "takes one: a reason" in lines(now=2, from_bytes=None, from_reason="a reason")[1]
    assert lines(now=1, from_bytes=None, from_reason="") == ["1: because"]


@openmp
def test_our_own_runtime_is_found():
    if not sys.platform.startswith("linux"):
        pytest.skip(reason="/proc/self/maps is Linux's")
    assert leakyc.show_config(mode="dict")["openmp"]["runtimes"]
