"""The notebooks as files, as they are executed by nbmake, and on a lake where something is missing."""

import contextlib
import io
import re

import matplotlib.pyplot as plt
import nbformat
import pytest
from conftest import NOTEBOOKS
from nbmake.nb_run import NotebookRun

import tideline

PICTURES = {"01": 3, "02": 3, "03": 3, "04": 5}
notebooks = pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)


@notebooks
def test_is_stored_as_a_question_its_parameters_and_no_outputs(notebook):
    cells = nbformat.read(notebook, 4).cells
    assert re.match(r"# .*\?\n", cells[0].source) and "Reads `" in cells[0].source and "**Answer:**" in cells[0].source
    assert cells[1].metadata.tags == ["parameters"] and cells[1].source.startswith("where = None")
    for cell in cells:
        if cell.cell_type == "code":
            assert cell.outputs == [] and cell.execution_count is None
    text = notebook.read_text()
    assert not re.search(r"/(home|root|Users|tmp)/|secret|password|s3a://(?!bucket)", text)
    assert notebook.name in (notebook.parent / "README.md").read_text()


@pytest.mark.lane_c
@notebooks
def test_answers_with_pictures(notebook, dev, monkeypatch):
    monkeypatch.setenv("TIDELINE", str(dev / "tideline.yaml"))
    answers(notebook)


def test_answers_by_spark_connect(dev, monkeypatch):
    monkeypatch.setenv("TIDELINE", "sc://localhost:15002")
    answers(NOTEBOOKS[0])


def answers(notebook):
    result = NotebookRun(notebook, 900).execute()
    assert result.error is None, result.error.trace
    outputs = [output for cell in result.nb.cells if cell.cell_type == "code" for output in cell.outputs]
    pictures = [output for output in outputs if "image/png" in output.get("data", {})]
    assert len(pictures) == PICTURES[notebook.name[:2]]
    said = "".join(output.text for output in outputs if output.output_type == "stream")
    assert ANSWERS[notebook.name[:2]].search(said), said
    assert not [output.text for output in outputs if output.get("name") == "stderr"]


ANSWERS = {
    "01": re.compile(r"The first 10 ads got \d\d% of the clicks of \d{4}-\d\d-\d\d\."),
    "02": re.compile(r"[\d,]+ clicks had arrived at midnight, [1-9][\d,]* came later .* [1-9][\d,]* copies(?s:.*)was settled [1-9]\d* time\(s\)"),
    "03": re.compile(r"agree in all of [1-9]\d* hour\(s\)(?s:.*)at most \d+% CPU, 95 in 100 at most \d+%"),
    "04": re.compile(r"clicks: half of the records were counted within \d+\.\d s(?s:.*)the newest published day is \d{4}(?s:.*)metrics: half"),
}


@pytest.fixture(scope="module")
def empty(dev):
    """A session with the same views without rows, and without those whose tables come last."""
    spark = tideline.connect(dev)
    for name in [row.viewName for row in spark.sql("SHOW VIEWS").collect()]:
        spark.sql(f"CREATE OR REPLACE TEMPORARY VIEW {name} AS SELECT * FROM tideline('{name}') WHERE false")
    spark.catalog.dropTempView("tideline_days")
    spark.catalog.dropTempView("tideline_rejected")
    return spark


SENTENCES = {
    "01": "No clicks yet",
    "02": "No clicks of a day that is over",
    "03": "No CPU samples since",
    "04": "No stream has recorded anything since",
}


@pytest.mark.lane_c
@notebooks
def test_says_what_is_missing(notebook, empty, monkeypatch):
    drawn = []
    monkeypatch.setattr(tideline, "connect", lambda where: empty)
    monkeypatch.setattr(plt, "show", lambda: drawn.append(plt.gcf()))
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        names = {}
        for cell in nbformat.read(notebook, 4).cells:
            if cell.cell_type == "code":
                exec(compile(cell.source, f"{notebook.name} {cell.id}", "exec"), names)
    assert SENTENCES[notebook.name[:2]] in said.getvalue()
    assert drawn == []
