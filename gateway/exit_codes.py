"""The exit codes of the command `gateway`, all of them."""

OK = 0
"""What was asked for was done."""

FAILED = 1
"""It was done and the answer is no: a vector differs, a build fails, a child cannot be kept alive."""

REFUSED = 2
"""It was not begun: the request cannot be understood or served; one line on stderr says why and what to do."""

CANNOT_TELL = 3
"""It was done and the result carries no answer, such as too few rounds for any verdict."""

INTERRUPTED = 130
"""Ctrl-C ended it. SIGTERM and SIGHUP end with 128 + their number (143, 129)."""

SUMMARY = "Exit codes: 0 done · 1 the answer is no · 2 refused, with one line why · 3 can't tell · 130 interrupted"
