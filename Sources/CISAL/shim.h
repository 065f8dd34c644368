#pragma once
#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>

// Swift does not import macros that are expressions over other macros.
enum { ISAL_DEFLATE_LEVEL1_BUFFER_SIZE = ISAL_DEF_LVL1_SMALL };

// ISA-L 2.30's AVX-512 code returns with the upper halves of the vector registers in use. While they are, each SSE
// instruction has to preserve them, and Swift's code is made of such: the lexer took 1.7 times as long. So every call goes
// through here.

#if defined(__x86_64__)
__attribute__((target("avx"))) static inline void krp_zero_upper_halves(void) { __builtin_ia32_vzeroupper(); }

static inline void krp_after_isal(void) {
    if (__builtin_cpu_supports("avx")) { krp_zero_upper_halves(); }
}
#else
static inline void krp_after_isal(void) {}
#endif

static inline int krp_isal_deflate(struct isal_zstream *stream) {
    int result = isal_deflate(stream);
    krp_after_isal();
    return result;
}

static inline int krp_isal_inflate(struct inflate_state *state) {
    int result = isal_inflate(state);
    krp_after_isal();
    return result;
}

static inline uint32_t krp_crc32_gzip(uint32_t before, const unsigned char *bytes, uint64_t length) {
    uint32_t checksum = crc32_gzip_refl(before, bytes, length);
    krp_after_isal();
    return checksum;
}
