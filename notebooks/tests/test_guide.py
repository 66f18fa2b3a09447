"""What docs/GUIDE-NOTEBOOKS.md says to type, typed; the environment that it makes is the one that bin/test makes."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import CHECKOUT, ENVIRONMENT, MOST_SECONDS

GUIDE = (CHECKOUT / "docs/GUIDE-NOTEBOOKS.md").read_text()
DEV, VENV, INSTALL, LAB, RECOMPUTE, PAGE = "".join(re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL)).splitlines()


def test_a_plot_is_four_commands_away():
    assert DEV == "bin/tideline dev --clicks 20"  # the fixture runs it
    assert VENV == "python3.11 -m venv venv-notebooks"
    assert INSTALL == "venv-notebooks/bin/pip install -e './notebooks[local,lab]'"
    assert LAB.endswith("notebooks/03-how-busy-is-this-machine.ipynb")


@pytest.mark.lane_c
def test_every_command_does_what_it_says(dev, tmp_path):
    for name in ("bin", "notebooks"):
        (tmp_path / name).symlink_to(CHECKOUT / name)
    (tmp_path / "venv-notebooks").symlink_to(Path(sys.prefix))
    (tmp_path / ".tideline").mkdir()
    (tmp_path / ".tideline/dev").symlink_to(dev)

    # bin/test has made the environment, of the packages that this names.
    installed = typed(INSTALL.replace("pip install", "pip install --no-deps --no-build-isolation --quiet"), tmp_path)
    assert installed.returncode == 0, installed.stderr

    settled = typed(RECOMPUTE, tmp_path)
    assert settled.returncode in (0, 3), settled.stderr  # 3: dev's own upkeep came between

    page = typed(PAGE, tmp_path, TIDELINE=str(dev))
    assert page.returncode == 0, page.stderr
    text = (tmp_path / "04-is-the-pipeline-healthy.html").read_text()
    pictures = re.findall(r'<img[^>]*src="data:image/png', text)
    assert len(pictures) == 5 and "spark.sql(" not in text

    assert (tmp_path / LAB.split()[-1]).is_file()
    assert says(LAB, tmp_path, r"http://127\.0\.0\.1:\d+/lab\?token=")


@pytest.mark.lane_c
def test_the_code_of_a_notebook_of_ones_own_runs(dev, tmp_path):
    (code,) = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    ran = subprocess.run([sys.executable, "-c", f"{code}\nprint(len(top))"], cwd=dev, env=ENVIRONMENT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert "clicks_by_ad_1h" in ran.stdout and ran.stdout.endswith("\n10\n")


def typed(line: str, folder: Path, **more: str) -> subprocess.CompletedProcess:
    return subprocess.run(["bash", "-euc", line], cwd=folder, env=ENVIRONMENT | more, capture_output=True, text=True)


def says(line: str, folder: Path, wanted: str) -> bool:
    """Whether a server says so; it is ended then."""
    words = folder / "words"
    with words.open("w") as out:
        server = subprocess.Popen(
            ["bash", "-euc", f"exec {line} --no-browser --allow-root --port-retries=50"], cwd=folder, env=ENVIRONMENT, stdout=out, stderr=subprocess.STDOUT
        )
        try:
            end = time.monotonic() + MOST_SECONDS
            while server.poll() is None and time.monotonic() < end and not re.search(wanted, words.read_text()):
                time.sleep(0.2)
            return re.search(wanted, words.read_text()) is not None
        finally:
            server.terminate()
            server.wait(60)
