"""connect(): a Spark session that knows the views."""

import atexit
import contextlib
import logging
import os
import socket
import tempfile
import warnings
from pathlib import Path
from urllib.parse import urlsplit

from tideline.errors import TidelineError, first_line
from tideline.java import classpath, require_java
from tideline.where import Lake, Server, find

_SECONDS = 5
_connected: Server | Lake | None = None


def connect(where: str | os.PathLike | None = None):
    """A Spark session, its time zone UTC, in which every view of a lake can be asked by its name.

    where -- sc://host:15002     a Spark Connect server that has the views (bin/tideline serve); $TIDELINE_TOKEN is its token
             a tideline.yaml     that configuration's lake, by Spark in this process
             s3a://bucket/lake   or a folder: the same with default settings
             None                $TIDELINE, else $TIDELINE_CONFIG, else the nearest .tideline/dev/tideline.yaml or
                                 tideline.yaml from this folder upward

    Called again for the same place it gives the same session, with the views that there are by now.
    Raises TidelineError, in one line, when that cannot be.
    """
    global _connected
    target = find(None if where is None else os.fspath(where), os.environ, Path.cwd())
    if _connected not in (None, target):
        raise TidelineError(f"Cannot connect to {_name(target)}: connected to {_name(_connected)} (restart the kernel)")
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)  # it repeats each exception, with Java's stack
    session = _to_server(target) if isinstance(target, Server) else _to_lake(target)
    _connected = target
    return session


def _name(target: Server | Lake) -> str:
    return target.url.partition(";")[0].rstrip("/") if isinstance(target, Server) else target.source


def _to_server(server: Server):
    name = _name(server)
    parts = urlsplit(name)
    try:
        _require_answer(name, parts.hostname or "", parts.port or 15002, "start bin/tideline serve there, or correct the address")
    except ValueError:
        raise TidelineError(f"Cannot connect to {name}: not an address (sc://host:15002)") from None
    try:
        from pyspark.sql.connect.client.retries import DefaultPolicy
        from pyspark.sql.connect.session import SparkSession
    except ImportError as e:
        raise TidelineError(f"Cannot connect to {name}: {first_line(e)} (pip install './notebooks[remote]')") from None
    spark = None
    try:
        spark = SparkSession.builder.remote(_with_token(server.url, os.environ.get("TIDELINE_TOKEN"))).getOrCreate()
        spark.client.set_retry_policies([DefaultPolicy(max_retries=2, initial_backoff=200)])
        with warnings.catch_warnings(action="ignore"):  # of retries
            spark.conf.set("spark.sql.session.timeZone", "UTC")
            if spark.sql("SHOW VIEWS").head() is not None:
                spark.client.set_retry_policies([DefaultPolicy()])
                return spark
        why = "it has no views (start it by bin/tideline serve, on a lake that has tables)"
    except Exception as e:  # gRPC's and PySpark's own, which share no type
        why = f"{first_line(e)} (is it a Spark Connect server, and TIDELINE_TOKEN its token?)"
    if spark is not None:
        with warnings.catch_warnings(action="ignore"), contextlib.suppress(Exception):
            spark.stop()
    raise TidelineError(f"Cannot connect to {name}: {why}")


def _with_token(url: str, token: str | None) -> str:
    """Spark gives a token away over TLS only, or to `localhost`: an address of this machine is called by that name."""
    if not token or ";token=" in url:
        return url
    address, _, parameters = url.partition("/;")
    if "use_ssl=true" not in parameters.lower():
        address = address.rstrip("/").replace("sc://127.0.0.1", "sc://localhost")
    return f"{address.rstrip('/')}/;{parameters + ';' if parameters else ''}token={token}"


def _to_lake(lake: Lake):
    try:
        from pyspark.sql import SparkSession
        from pyspark.find_spark_home import _find_spark_home
        import py4j  # noqa: F401 - the small client has none
    except ImportError:
        raise TidelineError(f"Cannot connect to {lake.source}: there is no Spark here (pip install './notebooks[local]')") from None
    require_java(lake.source)
    folders = [folder for folder in (Path.cwd(), lake.folder, Path(__file__).parent) if folder]
    classes = classpath(lake.source, folders, Path(_find_spark_home(), "jars"))
    endpoint = lake.settings.get("spark.hadoop.fs.s3a.endpoint", "")
    if lake.root.startswith("s3a:") and "://" in endpoint:
        parts = urlsplit(endpoint)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        _require_answer(lake.source, parts.hostname or "", port, "start bin/tideline dev, or correct spark.hadoop.fs.s3a.endpoint")
    jvm = _java(lake, classes)
    spark = None
    try:
        builder = SparkSession.builder.master("local[*]").appName("tideline-notebook")
        settings = dict(jvm.dev.tideline.lake.LakeSession.reader()) | _SMALL | lake.settings
        spark = builder.config(map=settings).getOrCreate()
        if not jvm.dev.tideline.serving.Views.register(spark._jsparkSession, lake.root).isEmpty():
            return spark
        why = f"the lake {lake.root} has no tables (start tideline archive and speed, or correct lake)"
    except TypeError:  # a package where a class should be
        why = f"{classes} has no Tideline (set TIDELINE_JAR to a tideline.jar)"
    except Exception as e:  # Py4J's and PySpark's own, which share no type
        why = first_line(e)
        if not why.startswith("Cannot "):  # our own words end with what would work
            why += f" (is the lake {lake.root}, are its credentials right?)"
    if spark is not None:
        spark.stop()
        jvm.org.apache.hadoop.fs.FileSystem.closeAll()  # else the next try would find this one's address of the store
    raise TidelineError(f"Cannot connect to {lake.source}: {why}")


# For one person's questions to a lake that answers soon or not at all.
_SMALL = {
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.warehouse.dir": os.path.join(tempfile.gettempdir(), "tideline-warehouse"),
    "spark.hadoop.fs.s3a.attempts.maximum": "3",
    "spark.hadoop.fs.s3a.retry.limit": "3",
    "spark.hadoop.fs.s3a.connection.establish.timeout": "5s",
}


def _java(lake: Lake, classes: str):
    """Spark's Java, started once a process, quietly. The settings follow later: they hold secrets, and a command line does not keep them."""
    from pyspark import SparkConf, SparkContext
    from pyspark.errors import PySparkRuntimeError
    from pyspark.java_gateway import launch_gateway

    if SparkContext._jvm is not None:
        return SparkContext._jvm
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    start = SparkConf(loadDefaults=False).setAll(
        [
            ("spark.driver.memory", os.environ.get("TIDELINE_MEMORY", "1g")),
            ("spark.driver.extraClassPath", classes),
            (
                "spark.driver.extraJavaOptions",
                "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:ReservedCodeCacheSize=400m -Duser.timezone=UTC"
                " -Dlog4j2.configurationFile=tideline-log4j2.properties -Dtideline.log=error",
            ),
        ]
    )
    words = tempfile.NamedTemporaryFile("w+", prefix="tideline-java-", suffix=".log")
    atexit.register(words.close)
    try:
        SparkContext._ensure_initialized(gateway=launch_gateway(start, {"stderr": words}))
    except PySparkRuntimeError:
        words.seek(0)
        said = [line.strip() for line in words if line.strip()]
        why = said[-1] if said else "it ended without a word"
        raise TidelineError(f"Cannot connect to {lake.source}: Java did not start, {why} (TIDELINE_MEMORY is its heap, 1g unless set)") from None
    return SparkContext._jvm


def _require_answer(where: str, host: str, port: int, remedy: str) -> None:
    try:
        socket.create_connection((host, port), _SECONDS).close()
    except OSError as e:
        raise TidelineError(f"Cannot connect to {where}: nothing answers at {host}:{port}, {e.strerror or e} ({remedy})") from None
