"""Importing Beam without pandas, whose types it registers where it can: 45 MB in every process, for nothing we use."""

import sys


def import_beam() -> None:
    """Import Beam while pandas is hidden from it; whoever imports pandas afterwards (`datasets` does) finds it."""
    if "pandas" in sys.modules:
        return
    sys.modules["pandas"] = None  # type: ignore[assignment] # how Python marks a module that can't be imported
    try:
        import apache_beam  # noqa: F401 - imported for the modules that it loads
    finally:
        del sys.modules["pandas"]
