"""The build backend: setuptools, with the pages built before a wheel is packed.

An editable install does not come through here (`make pages` builds for a checkout), nor does a source distribution,
which carries the sources of the pages.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import bundle
from setuptools import build_meta
from setuptools.build_meta import (
    build_editable,
    build_sdist,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]

Settings = Mapping[str, Any] | None


def get_requires_for_build_wheel(config_settings: Settings = None) -> list[str]:
    """What setuptools needs, and a Node from the Python registry where the machine offers none."""
    needed = list(build_meta.get_requires_for_build_wheel(config_settings))
    if not bundle.is_fresh() and bundle.find_node() is None:
        needed.append(bundle.NODE_WHEEL)
    return needed


def build_wheel(wheel_directory: str, config_settings: Settings = None, metadata_directory: str | None = None) -> str:
    """Builds the pages where they are missing or stale, then the wheel; its file name."""
    bundle.ensure()
    # setuptools copies into build/lib without clearing it, and the pages' file names change with their content.
    shutil.rmtree(Path("build", "lib", "nobodyasked", "server", "pages"), ignore_errors=True)
    return build_meta.build_wheel(wheel_directory, config_settings, metadata_directory)
