# SPDX-License-Identifier: Apache-2.0
"""A recipe for Conan 2 of the tree that it lies in: conan create doc/packaging"""

import os
import re

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.files import copy, load, rmdir
from conan.tools.gnu import PkgConfigDeps
from conan.tools.meson import Meson, MesonToolchain


class Iostls(ConanFile):
    name = "iostls"
    description = "TLS sockets as std::iostreams"
    license = "Apache-2.0"
    topics = ("tls", "ssl", "iostream", "openssl")
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False], "fPIC": [True, False]}
    default_options = {"shared": False, "fPIC": True}
    implements = ["auto_shared_fpic"]

    def _tree(self):
        return os.path.join(self.recipe_folder, "..", "..")

    def set_version(self):
        project = load(self, os.path.join(self._tree(), "meson.build"))
        self.version = re.search(r"^\s*version: '([0-9.]+)',$", project, re.MULTILINE).group(1)

    def export_sources(self):
        for name in ("meson.build", "meson_options.txt", "README.md", "CHANGELOG.md", "LICENSE"):
            copy(self, name, self._tree(), self.export_sources_folder)
        for folder in ("include", "lib", "doc"):
            copy(self, folder + "/*", self._tree(), self.export_sources_folder)

    def requirements(self):
        self.requires("openssl/[>=3.0 <4]")

    def build_requirements(self):
        self.tool_requires("meson/[>=1.0]")
        if not self.conf.get("tools.gnu:pkg_config", check_type=str):
            self.tool_requires("pkgconf/[>=2.0]")

    def validate(self):
        if self.settings.get_safe("compiler.cppstd"):
            check_min_cppstd(self, 17)

    def layout(self):
        self.folders.source = "."
        self.folders.build = "build"
        self.folders.generators = "build/conan"

    def generate(self):
        toolchain = MesonToolchain(self)
        for feature in "tests", "examples", "docs":
            toolchain.project_options[feature] = "disabled"
        toolchain.generate()
        PkgConfigDeps(self).generate()

    def build(self):
        meson = Meson(self)
        meson.configure()
        meson.build()

    def package(self):
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        Meson(self).install()
        # Conan writes these itself, for the place where it puts the package.
        for folder in (("lib", "cmake"), ("lib", "pkgconfig"), ("share",)):
            rmdir(self, os.path.join(self.package_folder, *folder))

    def package_info(self):
        self.cpp_info.libs = ["iostls"]
        self.cpp_info.set_property("pkg_config_name", "iostls")
        self.cpp_info.set_property("cmake_target_name", "iostls::iostls")
        if self.settings.os in ("Linux", "FreeBSD"):
            self.cpp_info.system_libs.append("pthread")
