"""`python -m cordboard.media`: one media process. Everything is in `process.py`."""

import sys

from .process import main

sys.exit(main())
