"""The page's process, as `cellbridge.workspace.page_process` starts it."""

import sys

from cellbridge.page.main import main

sys.exit(main())
