"""How charts of ours look: large enough, times in UTC, colours that everybody can tell apart, legends beside the data.

Importing it sets matplotlib's defaults.
"""

import matplotlib as mpl
import matplotlib.dates as dates
import pandas as pd
from cycler import cycler

# Okabe and Ito's colours, which the colour-blind tell apart, without their yellow, which white paper swallows.
BLUE, ORANGE, GREEN, RED, PURPLE, SKY, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#8A8A8A"

mpl.rcParams.update(
    {
        "axes.axisbelow": True,
        "axes.formatter.useoffset": False,
        "axes.grid": True,
        "axes.grid.axis": "y",
        "axes.labelcolor": "#444444",
        "axes.prop_cycle": cycler(color=[BLUE, ORANGE, GREEN, RED, PURPLE, SKY, GREY]),
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.titlelocation": "left",
        "axes.titlesize": 12,
        "axes.titleweight": "bold",
        "figure.constrained_layout.use": True,
        "figure.dpi": 110,
        "figure.figsize": (10, 4),
        "font.size": 10,
        "grid.color": "#e4e4e4",
        "legend.frameon": False,
        "lines.linewidth": 1.8,
        "timezone": "UTC",
    }
)


def utc(axes, first=None, last=None) -> None:
    """The horizontal axis is time, in UTC, from `first` to `last` where given; its label says on which day."""
    locator = dates.AutoDateLocator(minticks=4, maxticks=9)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))
    axes.set_xlabel("time (UTC)")
    if first is not None and last is not None and first < last:
        axes.set_xlim(first, last)


def legend(axes, **more) -> None:
    """A legend beside the data, never over it."""
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0, **more)


def broken(frame, time: str, longer: str):
    """`frame` by `time`, with an empty row in each gap that is `longer`, so that a line breaks there."""
    frame = frame.sort_values(time)
    after = frame[frame[time].diff() > pd.Timedelta(longer)]
    gaps = pd.DataFrame({time: after[time] - pd.Timedelta(longer) / 2})
    return pd.concat([frame, gaps]).sort_values(time, ignore_index=True) if len(gaps) else frame
