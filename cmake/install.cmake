# What `cmake --install` puts where: the binary, man pages, samples, and the systemd unit.
install(TARGETS shunt RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})

# docs/man/NAME.SECTION.scd becomes man page NAME.SECTION, where scdoc is installed.
find_program(SCDOC scdoc)
file(GLOB man_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/docs/man/*.scd)
set(man_pages)
if(SCDOC AND man_sources)
  file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/man)
  foreach(source ${man_sources})
    get_filename_component(page ${source} NAME)
    string(REGEX REPLACE "\\.scd$" "" page ${page})
    string(REGEX REPLACE "^.*\\.([0-9])$" "\\1" section ${page})
    set(output ${PROJECT_BINARY_DIR}/man/${page})
    add_custom_command(OUTPUT ${output} DEPENDS ${source} VERBATIM
      COMMAND sh -c "\"$1\" <\"$2\" >\"$3\" || { rm -f \"$3\"; exit 1; }" sh ${SCDOC} ${source} ${output})
    # OPTIONAL: an installation of the binary alone need not have built them.
    install(FILES ${output} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section} OPTIONAL)
    list(APPEND man_pages ${output})
  endforeach()
elseif(man_sources)
  message(STATUS "scdoc is not installed: no man pages")
endif()
add_custom_target(man ALL DEPENDS ${man_pages}) # without scdoc it has nothing to do

# All samples are documentation. conf/shunt.yaml also becomes the configuration, unless there is one.
# With the prefixes of a system that is /etc/shunt, where shunt looks; else PREFIX/etc/shunt.
install(DIRECTORY conf/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples FILES_MATCHING PATTERN "*.yaml" PATTERN "*.zone")
install(FILES LICENSE README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(CODE "
  set(etc \"\${CMAKE_INSTALL_PREFIX}/etc/shunt\")
  if(CMAKE_INSTALL_PREFIX MATCHES \"^/usr(/local)?/?$\")
    set(etc /etc/shunt)
  endif()
  set(sample \"${PROJECT_SOURCE_DIR}/conf/shunt.yaml\")
  if(EXISTS \"\$ENV{DESTDIR}\${etc}/shunt.yaml\")
    message(STATUS \"Kept: \$ENV{DESTDIR}\${etc}/shunt.yaml\")
  elseif(EXISTS \"\${sample}\")
    file(INSTALL \"\${sample}\" DESTINATION \"\${etc}\")
  endif()
")

# The unit in conf/ is for /usr/bin; the installed one names the place of this installation.
install(CODE "
  file(READ \"${PROJECT_SOURCE_DIR}/conf/shunt.service\" unit)
  string(REPLACE \"/usr/bin/shunt\" \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}/shunt\" unit \"\${unit}\")
  file(WRITE \"${PROJECT_BINARY_DIR}/shunt.service\" \"\${unit}\")
  file(INSTALL \"${PROJECT_BINARY_DIR}/shunt.service\"
    DESTINATION \"\${CMAKE_INSTALL_PREFIX}/lib/systemd/system\")
")
