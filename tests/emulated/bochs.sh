# bochs.sh - AVX-512 in Bochs: a small Linux is booted whose init runs one program. Correctness only:
# about 45 million instructions a second. Sourced by run.

bochs_packages() {
    [ "$(uname -m)" = x86_64 ] || skip "the compiler here does not make x86-64 programs"
    packages bochs bochsbios vgabios xorriso isolinux syslinux-common cpio gcc libc6-dev
}

# Debian's cloud kernel, whose serial console is built in; unpacked, not installed.
bochs_kernel() {
    local name
    [ -e "$build/kernel/vmlinuz" ] && return
    name=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/.*Depends: \(linux-image-[^ ]*\)/\1/p' | head -n 1)
    mkdir -p "$build/kernel"
    (cd "$build/kernel" && apt_log apt-get download "$name" && dpkg -x ./*.deb .) || skip "no Debian kernel"
    cp "$build"/kernel/boot/vmlinuz-* "$build/kernel/vmlinuz"
}

# bochs_boot NAME MEGABYTES MODEL WORDS PROGRAM [FOLDER]: the program runs as /program, over a copy of
# FOLDER where one is given; it must say WORDS and end with status 0.
bochs_boot() {
    local folder=$build/bochs-$1 memory=$2 model=$3 words=$4 program=$5 files=${6:-}
    bochs_kernel
    rm -rf "$folder"
    mkdir -p "$folder/iso/isolinux" "$folder/ram"/{proc,dev,tmp}
    [ -z "$files" ] || cp -a "$files/." "$folder/ram"
    cp "$program" "$folder/ram/program"
    gcc -O2 -static -Wall -Wextra -Werror tests/emulated/init.c -o "$folder/ram/init"
    (cd "$folder/ram" && find . | cpio -o -H newc 2>/dev/null | gzip -1) >"$folder/iso/initrd"
    cp "$build/kernel/vmlinuz" "$folder/iso/vmlinuz"
    cp /usr/lib/ISOLINUX/isolinux.bin /usr/lib/syslinux/modules/bios/ldlinux.c32 "$folder/iso/isolinux"
    # The kernel finds Bochs's XSAVEC inconsistent and would switch XSAVE off: it is told not to see it
    # and some more. That hides flags from the kernel alone; run-time dispatch sees the CPU.
    cat >"$folder/iso/isolinux/isolinux.cfg" <<CONFIG
default linux
prompt 0
label linux
kernel /vmlinuz
initrd /initrd
append console=ttyS0,115200 panic=-1 nokaslr mitigations=off tsc=reliable audit=0 nosmp noefi edd=off idle=halt random.trust_cpu=on quiet rdinit=/init clearcpuid=xsavec,xsaves,pku,ospke,fsrm,rdpid,umip,avx512_vpopcntdq,vaes,vpclmulqdq,gfni,sha_ni
CONFIG
    xorriso -as mkisofs -quiet -o "$folder/boot.iso" -b isolinux/isolinux.bin -c isolinux/boot.cat \
        -no-emul-boot -boot-load-size 4 -boot-info-table "$folder/iso" 2>"$folder/xorriso.log"
    cat >"$folder/bochsrc" <<CONFIG
display_library: rfb, options="timeout=0"
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/vgabios/vgabios.bin
cpu: model=$model, count=1, ips=50000000, reset_on_triple_fault=0, ignore_bad_msrs=1
memory: guest=$memory, host=$memory
ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
ata0-master: type=cdrom, path=$folder/boot.iso, status=inserted
com1: enabled=1, mode=file, dev=$folder/serial.txt
clock: sync=none
plugin_ctrl: unmapped=1, biosdev=1, speaker=0, extfpuirq=1, serial=1
boot: cdrom
log: $folder/bochs.log
CONFIG
    echo c >"$folder/rc"
    timeout 1500 bochs-bin -q -f "$folder/bochsrc" -rc "$folder/rc" </dev/null >"$folder/bochs.out" 2>&1 || true
    [ -e "$folder/serial.txt" ] || { tail -n 5 "$folder/bochs.out"; return 1; }
    tr -d '\r' <"$folder/serial.txt" | tail -n 15 | sed 's/^/    /'
    grep -q "$words" "$folder/serial.txt" && grep -q 'program: status 0' "$folder/serial.txt"
}
