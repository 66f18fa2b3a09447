"""Where the views are: what connect's one parameter, the environment or this folder say."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from tideline.errors import TidelineError

DEV = Path(".tideline/dev/tideline.yaml")
ANY = "sc://host:15002, a tideline.yaml, s3a://bucket/lake or a folder"


@dataclass(frozen=True)
class Server:
    """A Spark Connect server that has the views already."""

    url: str


@dataclass(frozen=True)
class Lake:
    """The root of a lake, and what a session needs to reach it."""

    root: str
    settings: Mapping[str, str] = field(default_factory=dict, repr=False)  # holds secrets
    source: str = ""
    folder: Path | None = None  # of the configuration


def find(where: str | None, environment: Mapping[str, str], here: Path) -> Server | Lake:
    """What `where` names; else $TIDELINE, $TIDELINE_CONFIG, or the nearest configuration from `here` upward."""
    if where is None:
        where = environment.get("TIDELINE") or environment.get("TIDELINE_CONFIG") or _nearest(here)
    if where.startswith("sc://"):
        return Server(where)
    if "://" in where:
        if where.startswith(("s3://", "s3n://")):
            raise TidelineError(f"Cannot connect to {where}: Spark reads S3 by another name (s3a://…)")
        return Lake(where, source=where)
    path = (here / Path(where).expanduser()).resolve()
    if (path / "tideline.yaml").is_file():
        path = path / "tideline.yaml"
    if path.is_dir():
        return Lake(str(path), source=where)
    if path.is_file():
        return _configured(path, where)
    raise TidelineError(f"Cannot connect to {where}: there is no such file or folder ({ANY})")


def _nearest(here: Path) -> str:
    for folder in upward(here):
        for name in (DEV, Path("tideline.yaml")):
            if (folder / name).is_file():
                return str(folder / name)
    raise TidelineError(
        f"Cannot connect: no tideline.yaml in {here} or above it (start bin/tideline dev, or say connect(…) or $TIDELINE: {ANY})"
    )


def upward(folder: Path) -> Iterator[Path]:
    """The folder and those above it."""
    folder = folder.resolve()
    yield folder
    yield from folder.parents


def _configured(file: Path, where: str) -> Lake:
    try:
        keys = _flat(yaml.safe_load(file.read_text()))
    except (OSError, yaml.YAMLError, AttributeError) as e:
        raise TidelineError(f"Cannot connect to {where}: not a map of keys (lake: …), {type(e).__name__} (correct the file)") from None
    root = keys.get("lake", "")
    if not root:
        raise TidelineError(f"Cannot connect to {where}: it does not set lake (a folder or s3a://bucket/prefix)")
    if "://" not in root:
        root = str((file.parent / root).resolve())
    settings = {key: value for key, value in keys.items() if key.startswith("spark.") and not _is_streams(key)}
    return Lake(root, settings, where, file.parent)


def _is_streams(key: str) -> bool:
    """Where and how large the streams run, which says nothing about a notebook."""
    return key == "spark.master" or key.startswith(("spark.driver.", "spark.executor.", "spark.scheduler.", "spark.submit."))


def _flat(keys: dict, prefix: str = "") -> dict[str, str]:
    flat = {}
    for key, value in keys.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = str(value).lower() if isinstance(value, bool) else str(value)
    return flat
