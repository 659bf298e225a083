/* syscallfilter LIST PROGRAM [ARGUMENT...]: runs a program under a filter that allows the system calls named in LIST, one
 * a line, and answers EPERM to all others, as systemd does for SystemCallFilter= and SystemCallErrorNumber=EPERM. */
#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void die(const char *what, int error)
{
    fprintf(stderr, "syscallfilter: %s: %s\n", what, strerror(error));
    exit(125);
}

int main(int argc, char **argv)
{
    char name[128];
    unsigned allowed = 0;
    if (argc < 3)
        die("usage: syscallfilter LIST PROGRAM [ARGUMENT...]", EINVAL);
    FILE *list = fopen(argv[1], "re");
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (list == NULL || filter == NULL)
        die(argv[1], errno);
    while (fgets(name, sizeof name, list) != NULL) {
        name[strcspn(name, "\n")] = '\0';
        int number = seccomp_syscall_resolve_name(name);
        if (number == __NR_SCMP_ERROR)
            continue; /* of another architecture, or newer than the library */
        int rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0);
        if (rc != 0 && rc != -EFAULT && rc != -EDOM)
            die(name, -rc);
        allowed += rc == 0;
    }
    fclose(list);
    if (allowed < 100)
        die("the list is too short to be true", EINVAL);
    int rc = seccomp_load(filter); /* sets no_new_privs too */
    if (rc != 0)
        die("load the filter", -rc);
    seccomp_release(filter);
    execv(argv[2], argv + 2);
    die(argv[2], errno);
}
