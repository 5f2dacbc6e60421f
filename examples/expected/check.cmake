# Runs an example and looks for each line of expected/NAME.txt in what it prints.
# cmake -DPROGRAM=path -DEXPECTED=expected/NAME.txt -P check.cmake
execute_process(COMMAND "${PROGRAM}" OUTPUT_VARIABLE output ERROR_VARIABLE errors RESULT_VARIABLE status)
message("${output}${errors}")
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} ended with ${status}")
endif()
file(STRINGS "${EXPECTED}" lines)
foreach(line IN LISTS lines)
  string(FIND "${output}" "${line}" found)
  if(found EQUAL -1)
    message(FATAL_ERROR "${PROGRAM} did not print: ${line}")
  endif()
endforeach()
