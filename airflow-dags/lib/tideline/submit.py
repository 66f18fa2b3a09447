"""Operators that run one `tideline` command by spark-submit, and say in one line why it failed."""

import re
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from airflow.providers.apache.spark.hooks.spark_submit import SparkSubmitHook
from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator
from airflow.sdk import Context
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from lib.tideline import status
from lib.tideline.configuration import CONFIG, CONNECTION, JAR, MAX_AGE_SECONDS, MAX_LAG, SPARK

CAME_SECOND = 3


class SubmitHook(SparkSubmitHook):
    """spark-submit, its last lines, and the command's exit code. In client mode, which alone hands on both."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(deploy_mode="client", **kwargs)
        self.said: deque[str] = deque(maxlen=1000)

    @property
    def exit_code(self) -> int | None:
        return self._submit_sp.returncode if self._submit_sp else None

    @property
    def reason(self) -> str:
        """The last words of the command itself or of a JVM that died, with the lines that belong to them; else the last line."""
        lines = list(self.said)
        for at in reversed(range(len(lines))):
            if lines[at].startswith(("tideline: ", "Exception in thread ")):
                rest = lines[at + 1 :]
                more = next((n for n, line in enumerate(rest) if not line.startswith("  ")), len(rest))
                return "\n".join([lines[at].removeprefix("tideline: "), *rest[:more]])
        return next((line for line in reversed(lines) if line.strip()), "spark-submit said nothing")

    def _process_spark_submit_log(self, itr: Iterator[str]) -> None:
        super()._process_spark_submit_log(self._kept(itr))

    def _kept(self, lines: Iterator[str]) -> Iterator[str]:
        for line in lines:
            self.said.append(line.rstrip())
            yield line


class TidelineOperator(SparkSubmitOperator):
    """One command of the jar.

    It fails with the command's own words. Exit code 3, another run came first, is success: the answer is whole.

    :param arguments: the command and its options (templated)
    :param day: passed as `--date`, YYYY-MM-DD in UTC (templated)
    """

    def __init__(self, *, arguments: list[str], day: str | None = None, **kwargs: Any) -> None:
        date = [] if day is None else ["--date", day]
        super().__init__(
            conn_id=CONNECTION,
            application=JAR,
            application_args=[*arguments, *date, "--config", CONFIG],
            conf=dict(SPARK),
            name="tideline",
            **kwargs,
        )
        self.arguments = arguments
        self.day = day

    def execute(self, context: Context) -> None:
        self._require_file("the jar", self.application, "mvn -DskipTests package makes app/target/tideline.jar")
        self._require_file("the configuration", self.application_args[-1], "bin/tideline dev writes one")
        self._hook = self._get_hook()
        try:
            super().execute(context)
        except FileNotFoundError:
            raise AirflowFailException(
                "Cannot submit: spark-submit is not on the worker's PATH (add bin of a Spark 4.2 distribution)"
            ) from None
        except AirflowException:
            if self._hook.exit_code != CAME_SECOND:
                raise AirflowException(
                    f"{self.application_args[0]} ended with exit code {self._hook.exit_code}: {self._hook.reason}"
                ) from None
            self.log.info("Another run came first, nothing is to be done")

    def _get_hook(self) -> SubmitHook:
        return SubmitHook(
            conn_id=self._conn_id, conf=self.conf, name=self.name, application_args=self.application_args
        )

    @staticmethod
    def _require_file(what: str, path: str, source: str) -> None:
        """Paths with a scheme are Spark's to find."""
        if not re.match(r"[a-z0-9]+:", path) and not Path(path).is_file():
            raise AirflowFailException(f"Cannot submit: {what} {path} is not there ({source})")


class StatusCheck(TidelineOperator):
    """Fails when the status of a feed shows problems. Reads only."""

    def __init__(self, *, feeds: list[str], **kwargs: Any) -> None:
        options = [option for feed in feeds for option in ("--feed", feed)]
        super().__init__(arguments=["status", "--format", "json", *options], **kwargs)
        self.feeds = feeds

    def execute(self, context: Context) -> None:
        super().execute(context)
        found = status.parse(self._hook.said)
        silent = [f"{feed}: status said nothing" for feed in self.feeds if feed not in found]
        problems = [f"{feed}: {problem}" for feed, it in found.items() for problem in self.problems(it)]
        if silent or problems:
            raise AirflowException("; ".join(silent + problems))
        self.log.info("No problem with %s", ", ".join(self.feeds))

    def problems(self, feed: dict) -> list[str]:
        raise NotImplementedError


class SettledCheck(StatusCheck):
    """Behind a write: the days are published, and no day is dirty that was not settled since.

    :param days: days that must be published, YYYY-MM-DD (templated)
    :param since: when the run was due, ISO-8601 (templated)
    """

    template_fields: Sequence[str] = (*StatusCheck.template_fields, "days", "since")

    def __init__(self, *, feed: str, days: list[str], since: str, **kwargs: Any) -> None:
        super().__init__(feeds=[feed], **kwargs)
        self.days = days
        self.since = since

    def problems(self, feed: dict) -> list[str]:
        return status.unsettled(feed, list(self.days), datetime.fromisoformat(self.since))


class FreshnessCheck(StatusCheck):
    """Both streams of each feed keep up with Kafka."""

    template_fields: Sequence[str] = (*StatusCheck.template_fields, "max_lag", "max_age_seconds")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.max_lag = MAX_LAG
        self.max_age_seconds = MAX_AGE_SECONDS

    def problems(self, feed: dict) -> list[str]:
        return status.behind(feed, int(self.max_lag), int(self.max_age_seconds))
