// Included first by every other header: says in one line what an older language would say in a hundred.
#pragma once

#if defined(_MSVC_LANG)
#if _MSVC_LANG < 202002L
#error \
    "Markhor's headers are C++20: compile with /std:c++20 (in CMake: target_compile_features(app PRIVATE cxx_std_20))"
#endif
#elif __cplusplus < 201709L  // what GCC 10 says of its C++20
#error \
    "Markhor's headers are C++20: compile with -std=c++20 (in CMake: target_compile_features(app PRIVATE cxx_std_20))"
#endif
