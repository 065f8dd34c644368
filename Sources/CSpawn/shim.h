#pragma once
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static inline void krp_close_all_from(int first) {
#ifdef SYS_close_range
    if (syscall(SYS_close_range, first, UINT_MAX, 0) == 0) return;
#endif
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    for (int descriptor = first; (rlim_t)descriptor < limit.rlim_cur; descriptor++) close(descriptor);
}

// Executes a program in a process of its own: what posix_spawn does, and a bond that neither it nor Foundation's Process offers.
// The kernel sends the child `at_parents_death` when the *thread* ends that called this, be it by the end of its process or not.
//
// A vfork: the child runs in this memory, and this thread waits until it executes the program. So nothing is copied, however
// large the process is, and the child may call nothing that takes a lock.
//
// - standard: the child's descriptors 0, 1 and 2, each above 2; it gets no others.
// - failure: 0, or the errno that kept the program from being executed; the child is to be waited for all the same.
// - Returns: the child's id, or -1.
static inline pid_t krp_spawn(
    const char *path, char *const arguments[], const int standard[3], int at_parents_death, int *failure
) {
    extern char **environ;
    const pid_t parent = getpid();
    volatile int error = 0;
    sigset_t all, before;
    sigfillset(&all);
    // No handler of this process may run in the child, where it would change the parent's memory.
    pthread_sigmask(SIG_BLOCK, &all, &before);
    const pid_t child = vfork();
    if (child == 0) {
        // What is ignored here would be ignored there: the harness ignores SIGINT and SIGTERM, and waits for them otherwise.
        struct sigaction usual = {.sa_handler = SIG_DFL};
        for (int number = 1; number < NSIG; number++) sigaction(number, &usual, NULL);
        // A group of its own: an interrupt from the keyboard is the parent's to handle.
        int refused = setpgid(0, 0) != 0 || prctl(PR_SET_PDEATHSIG, at_parents_death) != 0;
        // It may have died before it was asked for.
        if (getppid() != parent) _exit(127);
        for (int place = 0; place < 3 && !refused; place++) refused = dup2(standard[place], place) < 0;
        krp_close_all_from(3);
        sigset_t none;
        sigemptyset(&none);
        pthread_sigmask(SIG_SETMASK, &none, NULL);
        if (!refused) execve(path, arguments, environ);
        error = errno;
        _exit(127);
    }
    *failure = child < 0 ? errno : error;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return child;
}
