"""`python -m switchboard.inbox`: started by the gateway, not by hand."""

from __future__ import annotations

import sys

from switchboard.inbox.child import main

if __name__ == "__main__":
    sys.exit(main())
