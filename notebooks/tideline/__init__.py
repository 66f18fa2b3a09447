"""The serving views of a Tideline lake, in a notebook.

    from tideline import connect
    spark = connect()
    spark.sql("SHOW VIEWS").show(truncate=False)

connect() takes one parameter, and README.md of this folder says what it may be. tideline.chart draws.
"""

from tideline.errors import TidelineError
from tideline.session import connect

__all__ = ["TidelineError", "connect"]
