#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// RE2 for Swift: C functions over an opaque handle, since the importer reads C only. No exception leaves.

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cre2_pattern cre2_pattern;

// Compiles `count` bytes of UTF-8 in RE2's (Perl-like) syntax. Never NULL but for want of memory: ask cre2_error.
// Free with cre2_free.
cre2_pattern *cre2_compile(const char *pattern, size_t count);

void cre2_free(cre2_pattern *pattern);

// NULL where the pattern compiled, else RE2's words for what is wrong; valid until cre2_free.
const char *cre2_error(const cre2_pattern *pattern);

// Capturing groups, the whole match not counted.
int32_t cre2_group_count(const cre2_pattern *pattern);

// Whether the pattern matches somewhere in text[start..<count]; `^` still means the beginning of text. Takes no memory of
// its own for 16 groups or fewer; any thread may ask at any time.
//
// Of the first `groups` groups (0: the whole match) it writes begin and end, offsets from `text`, into `offsets`, which
// holds 2 * groups of them: -1 and -1 for a group that had no part in the match. With `groups` 0 it only says yes or no,
// which is cheaper.
bool cre2_match(
    const cre2_pattern *pattern, const uint8_t *text, size_t count, size_t start, int32_t *offsets, int32_t groups);

#ifdef __cplusplus
}
#endif
