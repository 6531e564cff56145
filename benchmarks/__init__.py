"""One file a figure: each prints what it measured, beside a peer where there is one, as a ratio."""
