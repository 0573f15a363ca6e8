"""One file per service, or per part of a large one. A new file is found by itself."""
