/* init.c - the only process of the emulated machine: runs /program, says its status, powers off. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/io.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

int main(void)
{
    int status = -1;
    mount("proc", "/proc", "proc", 0, "");
    const pid_t child = fork();
    if (child == 0) {
        execl("/program", "/program", (char *)NULL);
        _exit(127);
    }
    waitpid(child, &status, 0);
    printf("program: status %d\n", status);
    fflush(stdout);
    tcdrain(1);
    sleep(1);
    if (iopl(3) == 0) /* the port at which Bochs is told to end */
        for (const char *c = "Shutdown"; *c; c++)
            outb((unsigned char)*c, 0x8900);
    reboot(RB_POWER_OFF);
    return 0;
}
