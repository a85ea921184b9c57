# What `cmake --install` puts where. The rooms are static and stay inside: the programs contain them, and one shared
# library, lrproof::lrproof, contains them behind the public API, so that a caller needs none of our dependencies.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/lrproof)

foreach(program lrproof lrproof-recheck)
  if(TARGET ${program})
    install(TARGETS ${program} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
endforeach()

if(TARGET lrproof_job AND EXISTS ${PROJECT_SOURCE_DIR}/src/job/public_api.cpp)
  add_library(lrproof_shared SHARED src/job/public_api.cpp src/job/public_report.cpp)
  add_library(lrproof::lrproof ALIAS lrproof_shared)
  set_target_properties(lrproof_shared PROPERTIES OUTPUT_NAME lrproof EXPORT_NAME lrproof VERSION ${PROJECT_VERSION}
                                                  SOVERSION ${PROJECT_VERSION_MAJOR})
  target_compile_features(lrproof_shared PUBLIC cxx_std_20)
  target_compile_definitions(lrproof_shared PRIVATE LRPROOF_VERSION="${PROJECT_VERSION}")
  target_include_directories(lrproof_shared PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                                                   $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(lrproof_shared PRIVATE lrproof_job)
  target_link_options(lrproof_shared PRIVATE -Wl,--exclude-libs,ALL)
  install(TARGETS lrproof_shared EXPORT lrproofTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(DIRECTORY include/lrproof DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.hpp")
  install(EXPORT lrproofTargets NAMESPACE lrproof:: DESTINATION ${package_folder})
  configure_package_config_file(cmake/lrproofConfig.cmake.in ${PROJECT_BINARY_DIR}/lrproofConfig.cmake
                                INSTALL_DESTINATION ${package_folder})
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/lrproofConfigVersion.cmake COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_BINARY_DIR}/lrproofConfig.cmake ${PROJECT_BINARY_DIR}/lrproofConfigVersion.cmake
          DESTINATION ${package_folder})
endif()

install(DIRECTORY rules DESTINATION ${CMAKE_INSTALL_DATADIR}/lrproof OPTIONAL FILES_MATCHING PATTERN "*.toml")
install(FILES LICENSE NOTICE DESTINATION ${CMAKE_INSTALL_DOCDIR})
