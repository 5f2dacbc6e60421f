# What every target of this project is compiled with. Nothing here reaches a project that uses Markhor.

if(PROJECT_IS_TOP_LEVEL)
  if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Release, Debug or RelWithDebInfo" FORCE)
  endif()
  set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g0 -DNDEBUG") # src/CMakeLists.txt raises the engine to -O3
  set(CMAKE_EXPORT_COMPILE_COMMANDS ON) # for clang-tidy and clangd
  find_program(MARKHOR_CCACHE_PROGRAM ccache)
  if(MARKHOR_CCACHE AND MARKHOR_CCACHE_PROGRAM AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${MARKHOR_CCACHE_PROGRAM}")
  endif()
endif()

if(MARKHOR_ONE_ISA) # vectors of one width, and the baseline's
  add_compile_definitions("HWY_DISABLED_TARGETS=(HWY_SSSE3|HWY_SSE4|HWY_AVX3)")
endif()
if(MARKHOR_SANITIZE)
  # Whole directories rather than single targets: a program half of which is instrumented reports nonsense.
  add_compile_options(-fsanitize=${MARKHOR_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${MARKHOR_SANITIZE})
  if(NOT MARKHOR_SANITIZE MATCHES "thread")
    add_compile_definitions(_GLIBCXX_ASSERTIONS)
  endif()
endif()
if(MARKHOR_BUILD_FUZZERS)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "MARKHOR_BUILD_FUZZERS needs clang (libFuzzer); this is ${CMAKE_CXX_COMPILER_ID}. "
                        "Use: cmake --preset fuzz")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# markhor_settings(TARGET): the language, the warnings, and how a joined build (CMAKE_UNITY_BUILD, which the presets of the
# checks set) joins its sources: each folder is one translation unit. Headers are then read once a folder, which is most of
# what a build costs; the price is that names in unnamed namespaces are unique within a folder.
function(markhor_settings target)
  set_target_properties(${target} PROPERTIES UNITY_BUILD_MODE GROUP)
  get_target_property(sources ${target} SOURCES)
  foreach(source IN LISTS sources)
    cmake_path(ABSOLUTE_PATH source NORMALIZE)
    cmake_path(GET source PARENT_PATH folder)
    cmake_path(RELATIVE_PATH folder BASE_DIRECTORY "${PROJECT_SOURCE_DIR}")
    string(MAKE_C_IDENTIFIER "${folder}" group)
    set_source_files_properties("${source}" PROPERTIES UNITY_GROUP "${group}")
    # Highway compiles such a file again for each instruction set, and its guards allow one a translation unit.
    file(STRINGS "${source}" for_each_target REGEX "hwy/foreach_target.h" LIMIT_COUNT 1)
    if(for_each_target)
      set_source_files_properties("${source}" PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    endif()
  endforeach()
  set_target_properties(${target} PROPERTIES CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON CXX_EXTENSIONS OFF)
  target_compile_options(
    ${target}
    PRIVATE -Wall -Wextra -Wpedantic -Wconversion
            # GCC's whole -Wshadow also objects to `explicit Cast(DType dtype) : dtype(dtype)`, the idiom of the ops; clang's
            # does not: scripts/check-tidy.sh FILE and --single have clang look.
            $<IF:$<CXX_COMPILER_ID:GNU>,-Wshadow=local,-Wshadow>
            # GCC 12 sees overlaps in std::string's operator+ that are not there (GCC bug 105651).
            $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
            # Calls inside the library need not go through the table that lets others replace them.
            -fno-semantic-interposition)
endfunction()
