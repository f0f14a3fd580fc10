"""What FLEX_TEMPLATE_PYTHON_PY_FILE names: a file, where `pipeline.runners.flex_template` is a module."""

import sys

from pipeline.runners.flex_template import launch

if __name__ == "__main__":
    sys.exit(launch())
