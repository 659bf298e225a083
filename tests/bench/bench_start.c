/* From exec to exit: how long a program takes from its start to its answer, and how much CPU time.
 *
 *   bench_start TIMES PROGRAM [ARGUMENT]...     prints {"wall": ms, "cpu": ms, "exit": code}: medians
 *
 * The process that measures is small, so that starting another costs it little. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TIMES_MAX 10000

extern char **environ;

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double ms_of(struct timeval t)
{
    return (double)t.tv_sec * 1e3 + (double)t.tv_usec / 1e3;
}

static int compare(const void *x, const void *y)
{
    double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}

static double median(double *values, int n)
{
    qsort(values, (size_t)n, sizeof *values, compare);
    return values[n / 2];
}

/* Returns: the exit code. */
static int run(char **argv, posix_spawn_file_actions_t *silent, double *ret_wall, double *ret_cpu)
{
    struct rusage used;
    pid_t child;
    int status;
    double start = now_ms();
    int failed = posix_spawn(&child, argv[0], silent, NULL, argv, environ);
    if (failed != 0 || wait4(child, &status, 0, &used) != child || !WIFEXITED(status)) {
        fprintf(stderr, "bench_start: %s: %s\n", argv[0], strerror(failed != 0 ? failed : errno));
        exit(66);
    }
    *ret_wall = now_ms() - start;
    *ret_cpu = ms_of(used.ru_utime) + ms_of(used.ru_stime);
    return WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
    static double wall[TIMES_MAX], cpu[TIMES_MAX];
    int times = argc > 2 ? atoi(argv[1]) : 0, code = 0;
    posix_spawn_file_actions_t silent;
    if (times < 1 || times > TIMES_MAX) {
        fputs("usage: bench_start TIMES PROGRAM [ARGUMENT]...\n", stderr);
        return 64;
    }
    posix_spawn_file_actions_init(&silent);
    posix_spawn_file_actions_addopen(&silent, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    for (int i = 0; i < times; i++)
        code = run(argv + 2, &silent, &wall[i], &cpu[i]);
    posix_spawn_file_actions_destroy(&silent);
    printf("{\"wall\": %.3f, \"cpu\": %.3f, \"exit\": %d}\n", median(wall, times), median(cpu, times), code);
    return 0;
}
