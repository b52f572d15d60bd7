/*
 * python.c - stands in the place of a foreign Python: runs it by qemu-user, so that a test's
 * subprocesses need no binfmt_misc. Compiled for this machine, static, with PYTHON as its path.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    static char *const qemu[] = {"/qemu", "-cpu", "max", "-0", PYTHON, PYTHON ".foreign"};
    enum { N = sizeof qemu / sizeof *qemu };
    char **command = malloc((N + (size_t)argc) * sizeof *command);
    if (command == NULL)
        return 127;
    for (int i = 0; i < N; i++)
        command[i] = qemu[i];
    for (int i = 1; i <= argc; i++) /* the NULL at the end too */
        command[N + i - 1] = argv[i];
    execv(command[0], command);
    perror(command[0]);
    return 127;
}
