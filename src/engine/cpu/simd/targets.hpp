// The instruction sets that simd/*.cpp are compiled for, to be included before Highway: on x86-64 SSE4, AVX2 and
// AVX-512, and plain loops for older processors (SSSE3 alone is not worth its compile time).
#pragma once

#ifndef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS HWY_SSSE3
#endif
