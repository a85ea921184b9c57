# One CMake target per room, linking only what docs/architecture.md allows; tests/house compares with the #includes.
add_library(lrproof_flags INTERFACE)
target_include_directories(lrproof_flags INTERFACE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include)
target_compile_options(lrproof_flags INTERFACE -Wall -Wextra -Wshadow -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(lrproof_flags INTERFACE -Wno-restrict)  # GCC bug 105651: false alarms on string + string
endif()
# num::Wide and num::Pair rest on sums and products that are rounded one by one; where the target has fused ones, the
# compiler would make them of a * b + c.
include(CheckCXXSourceCompiles)
check_cxx_source_compiles("
#if !defined(__FMA__) && !defined(__ARM_FEATURE_FMA)
#error no fused operations
#endif
int main() {}" LRPROOF_TARGET_FUSES)
if(LRPROOF_TARGET_FUSES)
  target_compile_options(lrproof_flags INTERFACE -ffp-contract=off)
endif()
if(LRPROOF_WERROR)
  target_compile_options(lrproof_flags INTERFACE -Werror)
endif()
if(LRPROOF_SANITIZE)
  # null and object-size: ASan sees what they see; alignment and vptr: no packed values, no casts down. Together they are
  # a third of the compile time.
  target_compile_options(lrproof_flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=undefined
                                                 -fno-sanitize=null,object-size,alignment,vptr -fno-omit-frame-pointer)
  target_compile_definitions(lrproof_flags INTERFACE LRPROOF_SANITIZED)
  target_link_options(lrproof_flags INTERFACE -fsanitize=address,undefined)
endif()
if(LRPROOF_SANITIZE AND CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  set(LRPROOF_FUZZ ON)  # the same build serves libFuzzer
  target_compile_options(lrproof_flags INTERFACE -fsanitize=fuzzer-no-link)
  # libFuzzer keeps the input of an abort, not of an exit.
  target_compile_definitions(lrproof_flags INTERFACE LRPROOF_ABORT_ON_BUG)
endif()

# lrproof_room(NAME SOURCES a.cpp b.cpp ROOMS base num LIBRARIES Third::Party)
function(lrproof_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;ROOMS;LIBRARIES" ${ARGN})
  add_library(lrproof_${name} STATIC ${ROOM_SOURCES})
  target_link_libraries(lrproof_${name} PUBLIC lrproof_flags)
  foreach(room ${ROOM_ROOMS})
    target_link_libraries(lrproof_${name} PUBLIC lrproof_${room})
  endforeach()
  target_link_libraries(lrproof_${name} PRIVATE ${ROOM_LIBRARIES})
endfunction()

# lrproof_unit_test(ROOM SOURCES file_test.cpp... ROOMS further rooms APART file_test.cpp...): one doctest program per
# room. What takes long stands APART: a test of its own for ctest to run beside the others.
function(lrproof_unit_test room)
  cmake_parse_arguments(TEST "" "" "SOURCES;ROOMS;LIBRARIES;APART" ${ARGN})
  add_executable(${room}_test ${PROJECT_SOURCE_DIR}/tests/unit/main.cpp ${TEST_SOURCES})
  target_link_libraries(${room}_test PRIVATE lrproof_${room} ${TEST_LIBRARIES})
  foreach(other ${TEST_ROOMS})
    target_link_libraries(${room}_test PRIVATE lrproof_${other})
  endforeach()
  target_compile_definitions(${room}_test PRIVATE LRPROOF_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  set(rest)
  foreach(file ${TEST_APART})
    list(APPEND rest "--source-file-exclude=*/${file}")
    string(REPLACE "_test.cpp" "" topic ${file})
    add_test(NAME unit.${room}.${topic} COMMAND ${room}_test "--source-file=*/${file}")
  endforeach()
  add_test(NAME unit.${room} COMMAND ${room}_test ${rest})
endfunction()
