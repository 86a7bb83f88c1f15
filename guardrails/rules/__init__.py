"""What a reply may say, and what an action may do: pure rules, values in, verdict out."""
