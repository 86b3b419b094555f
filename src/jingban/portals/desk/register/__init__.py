"""The registers at the desk: searching, reading, and what a counter or a reviewer writes without a case."""
