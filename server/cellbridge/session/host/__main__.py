"""The host process, as `cellbridge.session.launch` starts it."""

import sys

from cellbridge.session.host.bootstrap import main

sys.exit(main(sys.argv[1:]))
