"""Pure checks: values in, verdict out, no I/O."""
