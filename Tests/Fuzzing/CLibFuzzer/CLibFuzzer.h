#pragma once

#include <stddef.h>
#include <stdint.h>

// libFuzzer brings no header. Linked in by -sanitize=fuzzer.

int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*test_one_input)(const uint8_t *data, size_t size));
