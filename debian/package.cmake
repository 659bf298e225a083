# The Debian package: scripts/package configures with HALLMARK_DEBIAN, builds, and calls cpack.
# Settings belong to the administrator: they are installed here only, as conffiles.
install(FILES config/hallmarkd.conf.example DESTINATION /etc/hallmark RENAME hallmarkd.conf
        PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ)
install(FILES config/hallmark-signer.conf.example DESTINATION /etc/hallmark-signer RENAME hallmark-signer.conf
        PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ)
install(FILES debian/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES debian/lintian-overrides DESTINATION share/lintian/overrides RENAME hallmark)
string(TIMESTAMP package_date "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(WRITE ${CMAKE_BINARY_DIR}/changelog "${PROJECT_NAME} (${PROJECT_VERSION}) stable; urgency=medium

  * Built from source; what changed is in CHANGELOG.md.gz.

 -- The Hallmark authors <hallmark@localhost>  ${package_date}
")
install(FILES ${CMAKE_BINARY_DIR}/changelog DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(CODE "
  set(root \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}\")
  file(GLOB pages \"\${root}/${CMAKE_INSTALL_MANDIR}/man*/*.[158]\")
  execute_process(COMMAND gzip -9nf \${pages} \"\${root}/${CMAKE_INSTALL_DOCDIR}/CHANGELOG.md\"
                  \"\${root}/${CMAKE_INSTALL_DOCDIR}/changelog\" COMMAND_ERROR_IS_FATAL ANY)
  file(REMOVE \"\${root}/${CMAKE_INSTALL_DOCDIR}/LICENSE\")")

set(CPACK_GENERATOR DEB)
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_NAME hallmark)
set(CPACK_PACKAGE_CONTACT "The Hallmark authors <hallmark@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "proof that a certificate is exactly what was issued")
set(CPACK_PACKAGE_DESCRIPTION "hallmarkd takes hashes of credentials from a certifying body and
anchors them on an Ethereum-compatible chain; hallmarkctl controls it;
hallmark checks documents against their proofs, and replays whole logs.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "systemd | systemd-standalone-sysusers, systemd | systemd-standalone-tmpfiles")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    "${CMAKE_SOURCE_DIR}/debian/postinst;${CMAKE_SOURCE_DIR}/debian/prerm;${CMAKE_SOURCE_DIR}/debian/postrm;${CMAKE_SOURCE_DIR}/debian/conffiles")
include(CPack)
