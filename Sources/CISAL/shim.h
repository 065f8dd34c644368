#pragma once
#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>

// Swift does not import macros that are expressions over other macros.
enum { ISAL_DEFLATE_LEVEL1_BUFFER_SIZE = ISAL_DEF_LVL1_SMALL };
