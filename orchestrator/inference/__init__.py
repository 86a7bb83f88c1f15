"""Asking a model for a decision: catalog, routes, the wire, faults, repair, streaming."""
