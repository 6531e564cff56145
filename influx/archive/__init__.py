"""Archives: points in a folder of files that any program reads, one a measurement and UTC day.

``exporting`` writes one and ``importing`` brings it into a store; both go on where they were interrupted.
"""
