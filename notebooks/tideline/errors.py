"""The one exception that this package raises by itself."""


class TidelineError(Exception):
    """Something cannot be done as asked; the message is one line that says why and what would work."""

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows: the line alone."""
        return [f"TidelineError: {self}"]


def first_line(error: BaseException) -> str:
    """An error in one line: what Tideline says about it, else its innermost cause."""
    cause = getattr(error, "java_exception", None)
    if cause is None:
        return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
    while cause.getCause() is not None and cause.getClass().getSimpleName() != "CannotException":
        cause = cause.getCause()
    name = cause.getClass().getSimpleName()
    message = (cause.getMessage() or "").splitlines()[:1]
    return " ".join(message) if name == "CannotException" else ": ".join([name, *message])
