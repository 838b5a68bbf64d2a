# Stands in for what vcpkg gives a port: the functions that snapline's calls and no other, so that one which is not known
# here is an error.
#
# cmake -DPORT=snapline -DPORT_FOLDER=DIR -DDOWNLOADS=DIR -DCURRENT_PACKAGES_DIR=DIR -DSCRATCH=DIR -P vcpkg.cmake
cmake_minimum_required(VERSION 3.21)

# Everything is downloaded already.
function(vcpkg_download_distfile out)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "FILENAME;SHA512" "URLS")
  set(file "${DOWNLOADS}/${arg_FILENAME}")
  file(SHA512 "${file}" sum)
  if(NOT sum STREQUAL arg_SHA512)
    message(FATAL_ERROR "${file} has the checksum ${sum}, and the port wants ${arg_SHA512}")
  endif()
  if(NOT arg_URLS MATCHES "^[a-z]+://[^ ]+/${arg_FILENAME}$")
    message(FATAL_ERROR "no address: ${arg_URLS}")
  endif()
  set("${out}" "${file}" PARENT_SCOPE)
endfunction()

function(vcpkg_extract_source_archive out)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "ARCHIVE" "")
  file(ARCHIVE_EXTRACT INPUT "${arg_ARCHIVE}" DESTINATION "${SCRATCH}")
  file(GLOB only LIST_DIRECTORIES true "${SCRATCH}/*")
  set("${out}" "${only}" PARENT_SCOPE)
endfunction()

function(vcpkg_install_copyright)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "" "FILE_LIST")
  set(all "")
  foreach(file IN LISTS arg_FILE_LIST)
    file(READ "${file}" text)
    string(APPEND all "${text}")
  endforeach()
  file(WRITE "${CURRENT_PACKAGES_DIR}/share/${PORT}/copyright" "${all}")
endfunction()

include("${PORT_FOLDER}/portfile.cmake")

foreach(file "share/${PORT}/copyright" "share/${PORT}/usage" "include/snapline.h" "include/snapline.hpp")
  if(NOT EXISTS "${CURRENT_PACKAGES_DIR}/${file}")
    message(FATAL_ERROR "the port installs no ${file}")
  endif()
endforeach()
if(EXISTS "${CURRENT_PACKAGES_DIR}/debug/include")
  message(FATAL_ERROR "headers are installed once")
endif()
