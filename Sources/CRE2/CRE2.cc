#include "CRE2.h"

#include <new>
#include <string>
#include <vector>

#include <re2/re2.h>

namespace {

RE2::Options options(int64_t memory) {
    RE2::Options options(RE2::Quiet);
    options.set_max_mem(memory);
    return options;
}

// A pattern that Go compiles can be too large for RE2's 8 MiB, most of which RE2 keeps for the cache of its automaton:
// only where that does not do is the budget raised.
constexpr int64_t usual_memory = 8 << 20;
constexpr int64_t most_memory = 512 << 20;

}  // namespace

struct cre2_pattern {
    RE2 *re;
};

cre2_pattern *cre2_compile(const char *pattern, size_t count) {
    try {
        re2::StringPiece text(pattern, count);
        RE2 *re = new RE2(text, options(usual_memory));
        for (int64_t memory = 4 * usual_memory;
             re->error_code() == RE2::ErrorPatternTooLarge && memory <= most_memory; memory *= 4) {
            delete re;
            re = new RE2(text, options(memory));
        }
        return new cre2_pattern{re};
    } catch (const std::bad_alloc &) {
        return nullptr;
    }
}

void cre2_free(cre2_pattern *pattern) {
    if (pattern == nullptr) return;
    delete pattern->re;
    delete pattern;
}

const char *cre2_error(const cre2_pattern *pattern) {
    return pattern->re->ok() ? nullptr : pattern->re->error().c_str();
}

int32_t cre2_group_count(const cre2_pattern *pattern) { return pattern->re->NumberOfCapturingGroups(); }

bool cre2_match(
    const cre2_pattern *pattern, const uint8_t *text, size_t count, size_t start, int32_t *offsets, int32_t groups) {
    constexpr int32_t usual_groups = 17;
    re2::StringPiece few[usual_groups];
    std::vector<re2::StringPiece> many;
    re2::StringPiece *submatches = few;
    if (groups > usual_groups) {
        many.resize(groups);
        submatches = many.data();
    }

    // RE2 tells a group that matched nothing from one that had no part by the pointer: text must not be null.
    static const char nothing[1] = {0};
    const char *base = text == nullptr ? nothing : reinterpret_cast<const char *>(text);
    re2::StringPiece subject(base, count);
    if (!pattern->re->Match(subject, start, count, RE2::UNANCHORED, groups == 0 ? nullptr : submatches, groups)) {
        return false;
    }
    for (int32_t i = 0; i < groups; i++) {
        bool took_part = submatches[i].data() != nullptr;
        offsets[2 * i] = took_part ? static_cast<int32_t>(submatches[i].data() - base) : -1;
        offsets[2 * i + 1] =
            took_part ? static_cast<int32_t>(submatches[i].data() - base + submatches[i].size()) : -1;
    }
    return true;
}
