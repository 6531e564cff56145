"""Reading CSV whose cells may be of any size; whoever reads CSV here takes ``reader`` from this module.

Python refuses cells of more than 128 KB, for the whole process, and a point of which an answer makes one
cell can be larger: several strings of 64 KB, each of whose characters may be escaped by six. How much is
read at once, the answer's or the archive's reader bounds.
"""

import csv

_LONGEST = 2**31 - 1
"""What fits C's `long` on every system."""

csv.field_size_limit(_LONGEST)
reader = csv.reader
