"""The host process, as `cellbridge.session.launch` starts it."""

import sys

from cellbridge.session.host.main import main

sys.exit(main(sys.argv[1:]))
