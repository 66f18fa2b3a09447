"""What a Spark of our own runs on: a Java, and Tideline's classes beside Spark's."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from tideline.errors import TidelineError
from tideline.where import upward

LEAST = 17


def require_java(where: str) -> None:
    """Raises unless there is a Java that Spark runs on."""
    home = os.environ.get("JAVA_HOME")
    java = shutil.which(f"{home}/bin/java" if home else "java")
    if java is None:
        wrong = f"JAVA_HOME is {home}, which has none" if home else "there is no Java"
        raise TidelineError(f"Cannot connect to {where}: {wrong} (install JDK {LEAST}, or set JAVA_HOME to one; sc://… needs none)")
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', said)
    if version is None or int(version.group(1)) < LEAST:
        found = version.group(1) if version else "?"
        raise TidelineError(f"Cannot connect to {where}: Java {found} is too old (install JDK {LEAST}, or set JAVA_HOME to one)")


def classpath(where: str, folders: Iterable[Path], spark_jars: Path) -> str:
    """Tideline's classes: $TIDELINE_JAR, else what a checkout at or above one of `folders` has built last."""
    jar = os.environ.get("TIDELINE_JAR")
    if jar:
        if not Path(jar).is_file():
            raise TidelineError(f"Cannot connect to {where}: TIDELINE_JAR is {jar}, which is not there (mvn -DskipTests package makes app/target/tideline.jar)")
        return str(Path(jar).resolve())
    for folder in folders:
        for above in upward(folder):
            built = [file for name in ("tideline.jar", "classpath") if (file := above / "app/target" / name).is_file()]
            if built:
                newest = max(built, key=lambda file: file.stat().st_mtime)
                return str(newest) if newest.suffix == ".jar" else _without_sparks_own(newest, spark_jars)
    raise TidelineError(
        f"Cannot connect to {where}: Tideline's classes are not here (run bin/tideline once in a checkout at or above this folder, "
        "or set TIDELINE_JAR to a tideline.jar)"
    )


def _without_sparks_own(listed: Path, spark_jars: Path) -> str:
    """What bin/tideline runs on, less what PySpark brings: both are built with one version of Spark, so the names agree."""
    entries = [Path(entry) for entry in listed.read_text().strip().split(os.pathsep)]
    own = sorted(listed.parent.glob("tideline-app-*.jar"))
    sparks = {jar.name for jar in spark_jars.iterdir()}
    return os.pathsep.join(str(entry) for entry in [*own, *entries] if entry.name not in sparks)
