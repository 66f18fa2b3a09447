"""The serving views of a Tideline lake, in a notebook.

    from tideline import connect
    spark = connect()
    spark.sql("SHOW VIEWS").show(truncate=False)

connect() takes one parameter, which docs/GUIDE-NOTEBOOKS.md explains. tideline.chart is how charts look.
"""

from tideline.errors import TidelineError
from tideline.session import connect

__all__ = ["TidelineError", "connect"]
