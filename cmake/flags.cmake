# One interface target carries the warnings, definitions and sanitizers of every target of ours.
add_library(shunt_flags INTERFACE)
target_compile_definitions(shunt_flags INTERFACE _GNU_SOURCE SHUNT_VERSION="${PROJECT_VERSION}")
target_include_directories(shunt_flags INTERFACE ${PROJECT_SOURCE_DIR}/src)
target_compile_options(shunt_flags INTERFACE
  -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wcast-qual
  -Wwrite-strings -Wformat=2 -Wvla -fno-common -fstack-protector-strong -fvisibility=hidden
  $<$<BOOL:${SHUNT_WERROR}>:-Werror>)
# liburcu's container_of casts const away. Only gcc leaves the macros of others alone; it checks ours.
target_compile_options(shunt_flags INTERFACE $<$<C_COMPILER_ID:Clang>:-Wno-cast-qual>)
target_link_options(shunt_flags INTERFACE -Wl,-z,relro,-z,now -Wl,--as-needed)

if(SHUNT_SANITIZE)
  target_compile_options(shunt_flags INTERFACE
    -fsanitize=${SHUNT_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(shunt_flags INTERFACE -fsanitize=${SHUNT_SANITIZE})
  # ThreadSanitizer does not see fences. What ours order is atomic on both sides, so it need not.
  if(SHUNT_SANITIZE STREQUAL "thread")
    target_compile_options(shunt_flags INTERFACE $<$<C_COMPILER_ID:GNU>:-Wno-tsan>)
  endif()
else()
  target_compile_definitions(shunt_flags INTERFACE $<$<CONFIG:Release>:_FORTIFY_SOURCE=2>)
endif()

# libFuzzer sees only what is compiled for it: the libraries too, not just the target's own file. The
# depth of the stack is not the same in each run, and `./dev fuzz same` must be.
if(SHUNT_FUZZ)
  target_compile_options(shunt_flags INTERFACE
    -fsanitize=fuzzer-no-link -fno-sanitize-coverage=stack-depth)
  target_link_options(shunt_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

include(CheckPIESupported)
check_pie_supported(LANGUAGES C)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT SHUNT_SANITIZE)
  include(CheckIPOSupported)
  check_ipo_supported(RESULT SHUNT_LTO LANGUAGES C)
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ${SHUNT_LTO})
  if(SHUNT_LTO AND CMAKE_C_COMPILER_ID STREQUAL "GNU")
    # Code of both kinds in each object, so that the many test programs can be linked without LTO.
    list(TRANSFORM CMAKE_C_COMPILE_OPTIONS_IPO REPLACE "^-fno-fat-lto-objects$" "-ffat-lto-objects")
    set(SHUNT_TESTS_WITHOUT_LTO ON)
    # Inlined across files, a strnlen with a limit over the buffer's size looks like reading past it.
    target_link_options(shunt_flags INTERFACE -Wno-stringop-overread $<$<BOOL:${SHUNT_WERROR}>:-Werror>)
  endif()
endif()

# gcc for x86 writes out copies of up to 255 bytes, which names are, as `rep movsq`: that takes three
# times as long to begin as a call of memcpy takes in all. Only in what is released: clang-tidy, which
# reads the flags of the debug build, does not know these.
include(CheckCCompilerFlag)
check_c_compiler_flag(-mmemcpy-strategy=libcall:-1:noalign SHUNT_HAS_MEMCPY_STRATEGY)
if(SHUNT_HAS_MEMCPY_STRATEGY)
  target_compile_options(shunt_flags INTERFACE
    $<$<CONFIG:Release>:-mmemcpy-strategy=libcall:-1:noalign>
    $<$<CONFIG:Release>:-mmemset-strategy=libcall:-1:noalign>)
endif()
