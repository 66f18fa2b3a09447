"""Superset for one person on one machine. bin/superset sets SUPERSET_HOME, where its database and its secret key are."""

import os
from pathlib import Path

HOME = Path(os.environ["SUPERSET_HOME"])
SECRET_KEY = (HOME / "secret-key").read_text().strip()
SQLALCHEMY_DATABASE_URI = f"sqlite:///{HOME}/superset.db"

# Nothing is fetched from, or told to, anyone else.
TALISMAN_ENABLED = False
SCARF_ANALYTICS = False

# Superset takes the endpoint for Hive. These are Spark's words, which keep the column a timestamp.
TIME_GRAIN_ADDON_EXPRESSIONS = {
    "hive": {
        grain: f"date_trunc('{unit}', {{col}})"
        for grain, unit in {
            "PT1S": "second",
            "PT1M": "minute",
            "PT1H": "hour",
            "P1D": "day",
            "P1W": "week",
            "P1M": "month",
            "P3M": "quarter",
            "P1Y": "year",
        }.items()
    }
}

# Seconds between two looks whether a query of SQL Lab has ended.
HIVE_POLL_INTERVAL = 0.2
# A query of a dashboard may take so long, in seconds.
SUPERSET_WEBSERVER_TIMEOUT = 300
