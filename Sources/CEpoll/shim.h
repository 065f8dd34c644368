#pragma once
// Swift's Glibc module leaves these headers out.
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <pthread.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/syscall.h>

// GNU extensions, which the Glibc module does not declare (it is built without _GNU_SOURCE).
#ifndef _GNU_SOURCE
extern int accept4(int descriptor, struct sockaddr *address, socklen_t *length, int flags);
extern int pthread_setname_np(pthread_t thread, const char *name);
extern long syscall(long number, ...);
extern int pipe2(int descriptors[2], int flags);
extern ssize_t splice(int from, void *offset, int to, void *otherOffset, size_t length, unsigned flags);
#endif

// glibc's recv and send are points at which a thread may be cancelled, which takes two atomic operations a call. No thread is
// cancelled here.
static inline ssize_t krp_recv(int descriptor, void *bytes, size_t length) {
    return syscall(SYS_recvfrom, descriptor, bytes, length, 0, NULL, NULL);
}
static inline ssize_t krp_send(int descriptor, const void *bytes, size_t length, int flags) {
    return syscall(SYS_sendto, descriptor, bytes, length, flags, NULL, 0);
}

// A pipe of about that many bytes that blocks nobody; one of the usual size where the user has too many large ones.
static inline int krp_pipe(int descriptors[2], int size) {
    const int setPipeSize = 1031; // F_SETPIPE_SZ
    int result = pipe2(descriptors, O_CLOEXEC | O_NONBLOCK);
    if (result == 0) (void)fcntl(descriptors[1], setPipeSize, size);
    return result;
}

// Moves pages, not bytes, and does not wait: SPLICE_F_MOVE | SPLICE_F_NONBLOCK.
static inline ssize_t krp_splice(int from, int to, size_t length) {
    return splice(from, NULL, to, NULL, length, 1 | 2);
}
