"""The operator API (CONTRACTS section 7): one file per noun, a bearer token before all of them."""
