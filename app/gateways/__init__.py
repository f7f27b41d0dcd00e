"""One folder or module per outside system; the real one beside its offline twin, behind the same Protocol."""
