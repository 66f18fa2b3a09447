"""bin/superset --check: the dashboard as a person sees it, in headless Chromium, over a stack of its own.

TIDELINE_JDBC names an endpoint to look at instead.
"""

import contextlib
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

CHECKOUT = Path(__file__).resolve().parents[2]
PICTURE = CHECKOUT / "docs/images/superset.png"
CHARTS = sorted(file.stem for file in Path(__file__).parent.glob("tideline/charts/*.yaml"))
CLICKS_PER_SECOND = 50
# So long the streams run before the dashboard is opened: enough for lines instead of dots.
SECONDS_OF_CLICKS = 240
MOST_SECONDS = 600
WIDTH = 1440


def main() -> int:
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tideline-superset-")))
        endpoint = os.environ.get("TIDELINE_JDBC") or an_endpoint(stack, folder)
        password = secrets.token_urlsafe(12)
        site = superset(stack, folder, endpoint, password)
        problems = look(site, password)
    for problem in problems:
        print(f"superset: {problem}", file=sys.stderr)
    if not problems:
        print(f"superset: {len(CHARTS)} charts have data; {PICTURE.relative_to(CHECKOUT)} is written")
    return 1 if problems else 0


def an_endpoint(stack: contextlib.ExitStack, folder: Path) -> str:
    """A stack with clicks, and `bin/tideline serve` over it."""
    port = free_port()
    dev = ["bin/tideline", "dev", "--dir", str(folder / "dev"), "--clicks", str(CLICKS_PER_SECOND), "--no-alerts"]
    started(stack, folder / "dev.log", dev, lambda: ready(folder / "dev.log"))
    serve = ["bin/tideline", "serve", "--config", str(folder / "dev/tideline.yaml"), "--jdbc-port", str(port)]
    serve += ["--without", "connect", "--without", "http"]
    started(stack, folder / "serve.log", serve, lambda: ready(folder / "serve.log"))
    print(f"superset: clicks run for {SECONDS_OF_CLICKS} s", flush=True)
    time.sleep(SECONDS_OF_CLICKS)
    return f"127.0.0.1:{port}"


def ready(log: Path) -> bool:
    return "ready" in log.read_text().splitlines()


def superset(stack: contextlib.ExitStack, folder: Path, endpoint: str, password: str) -> str:
    port = free_port()
    site = f"http://127.0.0.1:{port}"
    settings = {
        "TIDELINE_JDBC": endpoint,
        "SUPERSET_HOME": str(folder / "superset"),
        "SUPERSET_PORT": str(port),
        "SUPERSET_ADMIN_PASSWORD": password,
    }
    started(stack, folder / "superset.log", ["bin/superset"], lambda: answers(port), settings)
    urllib.request.urlopen(f"{site}/health", timeout=60).read()
    return site


def look(site: str, password: str) -> list[str]:
    """Logs in, opens the dashboard, waits until every chart was answered, and takes the picture."""
    with sync_playwright() as browsers:
        options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = browsers.chromium.launch(executable_path="/usr/bin/chromium", args=options)
        context = browser.new_context(viewport={"width": WIDTH, "height": 900}, timezone_id="UTC", locale="en-US")
        page = context.new_page()
        page.set_default_timeout(120_000)
        page.goto(f"{site}/login/")
        page.fill("#username", "admin")
        page.fill("#password", password)
        page.press("#password", "Enter")
        page.wait_for_url("**/superset/welcome/")
        cache_parts(page, site)
        problems = open_dashboard(context.new_page(), site)
        browser.close()
    return problems


def cache_parts(page: Page, site: str) -> None:
    """Opens the dashboard without its queries: the first ones of a new endpoint are slow, and would be in the way of the page's own parts."""
    page.route("**/api/v1/chart/data**", lambda route: route.abort())
    page.goto(f"{site}/superset/dashboard/tideline/")
    page.get_by_text("≤").first.wait_for()  # the time range of the filter
    page.close()


def open_dashboard(page: Page, site: str) -> list[str]:
    answers = []
    page.on("response", lambda response: "/api/v1/chart/data" in response.url and answers.append(response))
    page.goto(f"{site}/superset/dashboard/tideline/")
    end = time.monotonic() + MOST_SECONDS
    while len(answers) < len(CHARTS) and time.monotonic() < end:
        # Charts are asked for when they come into view: the window grows to the whole dashboard.
        grid = page.locator(".grid-container").bounding_box()
        if grid:
            page.set_viewport_size({"width": WIDTH, "height": int(grid["y"] + grid["height"]) + 16})
        page.wait_for_timeout(500)
    page.wait_for_timeout(3000)  # what is drawn comes in with a movement
    PICTURE.parent.mkdir(exist_ok=True)
    page.screenshot(path=PICTURE, full_page=True)
    return judge(answers, page)


def judge(answers: list, page: Page) -> list[str]:
    problems = []
    for answer in answers:
        body = json.loads(answer.text())
        for result in body.get("result") or [body]:
            if not answer.ok or result.get("error"):
                problems.append(f"a chart failed: {result.get('error') or result}")
            elif not result["rowcount"]:
                problems.append(f"a chart is empty: {result['query']}")
    if len(answers) < len(CHARTS):
        problems.append(f"only {len(answers)} of {len(CHARTS)} charts were answered within {MOST_SECONDS} s")
    if page.get_by_text("ChunkLoadError").count():
        problems.append("a part of the page came too late: the machine is too busy, try again")
    drawn = page.locator(".dashboard-component-chart-holder").count()
    if drawn != len(CHARTS):
        problems.append(f"{drawn} of {len(CHARTS)} charts are on the page")
    return problems


def started(stack: contextlib.ExitStack, log: Path, command: list[str], condition, settings=()) -> None:
    with log.open("w") as out:
        process = subprocess.Popen(command, cwd=CHECKOUT, env=os.environ | dict(settings), stdout=out, stderr=subprocess.STDOUT)
    stack.callback(ended, process)
    end = time.monotonic() + MOST_SECONDS
    while not condition():
        if process.poll() is not None or time.monotonic() > end:
            sys.exit(f"superset: {' '.join(command[:2])} did not start:\n{log.read_text()[-2000:]}")
        time.sleep(0.5)


def ended(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


if __name__ == "__main__":
    sys.exit(main())
