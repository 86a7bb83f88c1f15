"""The operator API (`/api/openapi.json`): one file per noun, a bearer token before all of them."""
