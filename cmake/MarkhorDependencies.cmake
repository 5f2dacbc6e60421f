# Finds what libmarkhor stands on (Debian 12 packages; scripts/install-deps.sh installs them) and gathers it in
# markhor::dependencies. All of it is private: no public header includes any of it, so whoever uses the shared library
# needs none of it. Installed beside the package config, because users of a static libmarkhor link these themselves.

find_package(PkgConfig REQUIRED)
find_package(HDF5 REQUIRED COMPONENTS C)
find_package(ZLIB REQUIRED)
find_package(PNG REQUIRED)
find_package(JPEG REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
pkg_check_modules(MARKHOR_LIBZIP REQUIRED IMPORTED_TARGET libzip) # its CMake config wants tools that Debian packs apart
pkg_check_modules(MARKHOR_LIBWEBP REQUIRED IMPORTED_TARGET libwebp)
pkg_check_modules(MARKHOR_HWY REQUIRED IMPORTED_TARGET libhwy)
if(MARKHOR_OPENMP)
  find_package(OpenMP REQUIRED COMPONENTS CXX)
endif()

# oneDNN by hand: Debian's CMake config demands OpenCL's headers, which the package does not depend on.
find_path(MARKHOR_DNNL_INCLUDE_DIR oneapi/dnnl/dnnl.hpp HINTS ${DNNL_ROOT} $ENV{DNNL_ROOT} PATH_SUFFIXES include)
find_library(MARKHOR_DNNL_LIBRARY dnnl HINTS ${DNNL_ROOT} $ENV{DNNL_ROOT} PATH_SUFFIXES lib lib64)
mark_as_advanced(MARKHOR_DNNL_INCLUDE_DIR MARKHOR_DNNL_LIBRARY)
if(NOT MARKHOR_DNNL_INCLUDE_DIR OR NOT MARKHOR_DNNL_LIBRARY)
  message(FATAL_ERROR "oneDNN not found: install libdnnl-dev (scripts/install-deps.sh does) or set DNNL_ROOT")
endif()

if(NOT TARGET markhor::dnnl)
  add_library(markhor::dnnl UNKNOWN IMPORTED)
  set_target_properties(markhor::dnnl PROPERTIES IMPORTED_LOCATION "${MARKHOR_DNNL_LIBRARY}"
                                                 INTERFACE_INCLUDE_DIRECTORIES "${MARKHOR_DNNL_INCLUDE_DIR}")
endif()

if(NOT TARGET markhor::dependencies)
  add_library(markhor::dependencies INTERFACE IMPORTED)
  target_link_libraries(
    markhor::dependencies
    INTERFACE markhor::dnnl
              hdf5::hdf5
              ZLIB::ZLIB
              PNG::PNG
              JPEG::JPEG
              fmt::fmt
              nlohmann_json::nlohmann_json
              PkgConfig::MARKHOR_LIBZIP
              PkgConfig::MARKHOR_LIBWEBP
              PkgConfig::MARKHOR_HWY)
  if(MARKHOR_OPENMP)
    target_link_libraries(markhor::dependencies INTERFACE OpenMP::OpenMP_CXX)
  endif()
endif()
