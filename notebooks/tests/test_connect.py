"""connect() where it cannot: one line that says why and what would work."""

import re
import socket
import threading

import nbformat
import pytest
from nbmake.nb_run import NotebookRun

from tideline import TidelineError, connect
from tideline.session import _with_token
from tideline.where import Lake, Server, find


def refused(where, match):
    with pytest.raises(TidelineError) as raised:
        connect(where)
    line = str(raised.value)
    assert re.search(match, line), line
    assert line.startswith("Cannot connect") and line.endswith(")") and "\n" not in line, line
    assert raised.value.__suppress_context__ or raised.value.__context__ is None


@pytest.fixture
def closed_port():
    with socket.socket() as taken:  # bound, but nobody listens
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def test_no_server(closed_port):
    refused(f"sc://127.0.0.1:{closed_port}/;token=secret", rf"^Cannot connect to sc://127.0.0.1:{closed_port}/?: nothing answers at 127.0.0.1:{closed_port}, Connection refused \(start bin/tideline serve")
    refused("sc://127.0.0.1:no", "not an address")


def test_something_else_than_a_spark_connect_server():
    with socket.create_server(("127.0.0.1", 0)) as server:
        def hang_up():
            while True:
                try:
                    server.accept()[0].close()
                except OSError:
                    return

        threading.Thread(target=hang_up, daemon=True).start()
        refused(f"sc://127.0.0.1:{server.getsockname()[1]}", r"is it a Spark Connect server")
        server.shutdown(socket.SHUT_RDWR)


def test_nothing_says_where(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    refused(None, r"no tideline.yaml in .* or above it \(start bin/tideline dev")


def test_a_place_that_is_none(tmp_path):
    refused(tmp_path / "nowhere", "there is no such file or folder")
    refused("s3://bucket/lake", r"\(s3a://…\)")


def test_a_configuration_that_is_none(tmp_path):
    (tmp_path / "tideline.yaml").write_text("- lake\n")
    refused(tmp_path, "not a map of keys")
    (tmp_path / "tideline.yaml").write_text("kafka: { bootstrap.servers: x }\n")
    refused(tmp_path, "it does not set lake")


def test_a_store_that_does_not_answer(tmp_path, closed_port):
    (tmp_path / "tideline.yaml").write_text(f"lake: s3a://tideline/lake\nspark.hadoop.fs.s3a.endpoint: http://127.0.0.1:{closed_port}\n")
    refused(tmp_path, rf"nothing answers at 127.0.0.1:{closed_port}, Connection refused \(start bin/tideline dev")


def test_no_classes(tmp_path, monkeypatch):
    monkeypatch.setenv("TIDELINE_JAR", str(tmp_path / "none.jar"))
    refused(tmp_path, r"TIDELINE_JAR is .*none.jar, which is not there \(mvn -DskipTests package")


def test_no_java(tmp_path, monkeypatch):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    refused(tmp_path, rf"JAVA_HOME is {tmp_path}, which has none \(install JDK 17")
    monkeypatch.delenv("JAVA_HOME")
    monkeypatch.setenv("PATH", str(tmp_path))
    refused(tmp_path, r"there is no Java \(install JDK 17")
    (tmp_path / "java").write_text('#!/bin/sh\necho \'openjdk version "11.0.2"\' >&2\n')
    (tmp_path / "java").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    refused(tmp_path, "Java 11 is too old")


def test_a_notebook_shows_the_line_alone(tmp_path):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("from tideline import connect\nconnect('s3://bucket')")])
    nbformat.write(notebook, tmp_path / "n.ipynb")
    result = NotebookRun(tmp_path / "n.ipynb", 120).execute()
    assert result.nb.cells[0].outputs[-1].traceback == ["TidelineError: Cannot connect to s3://bucket: Spark reads S3 by another name (s3a://…)"]


def test_the_parameter_goes_before_the_environment_and_that_before_this_folder(tmp_path):
    (tmp_path / "tideline.yaml").write_text("lake: here\nspark: { master: yarn, hadoop: { fs.s3a.path.style.access: true } }\n")
    below = tmp_path / "a/b"
    below.mkdir(parents=True)
    here = Lake(str(tmp_path / "here"), {"spark.hadoop.fs.s3a.path.style.access": "true"}, str(tmp_path / "tideline.yaml"), tmp_path)
    assert find(None, {}, below) == here
    assert find(None, {"TIDELINE_CONFIG": "../../tideline.yaml"}, below).root == here.root
    assert find(None, {"TIDELINE": "sc://a", "TIDELINE_CONFIG": "x"}, below) == Server("sc://a")
    assert find("s3a://bucket/lake", {"TIDELINE": "sc://a"}, below).root == "s3a://bucket/lake"
    dev = tmp_path / ".tideline/dev"
    dev.mkdir(parents=True)
    (dev / "tideline.yaml").write_text("lake: s3a://tideline/lake\n")
    assert find(None, {}, below).root == "s3a://tideline/lake"
    assert find(str(dev), {}, below).root == "s3a://tideline/lake"
    assert "secret" not in repr(Lake("x", {"spark.hadoop.fs.s3a.secret.key": "secret"}))


def test_a_token_goes_to_this_machine_by_its_name_and_elsewhere_by_tls():
    assert _with_token("sc://127.0.0.1:1", "t") == "sc://localhost:1/;token=t"
    assert _with_token("sc://localhost:1/", "t") == "sc://localhost:1/;token=t"
    assert _with_token("sc://far:1/;use_ssl=true", "t") == "sc://far:1/;use_ssl=true;token=t"
    assert _with_token("sc://127.0.0.1:1/;use_ssl=true", "t") == "sc://127.0.0.1:1/;use_ssl=true;token=t"
    assert _with_token("sc://far:1/;token=own", "t") == "sc://far:1/;token=own"
    assert _with_token("sc://far:1", None) == "sc://far:1"
