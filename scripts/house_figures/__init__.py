"""The figures of the house, from the code and from traced turns."""
