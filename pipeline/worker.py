"""A worker process of the local runner: Beam's, but what it logs goes to the launcher and not to the terminal."""

import logging
import sys

from pipeline.lean import import_beam


def main() -> None:
    """Serve the launcher that started this process."""
    logging.basicConfig(handlers=[logging.NullHandler()])  # before Beam is imported, which logs as it is
    import_beam()
    from apache_beam.runners.worker import sdk_worker_main

    sdk_worker_main.main(sys.argv)


if __name__ == "__main__":
    main()
