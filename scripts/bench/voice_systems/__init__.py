"""The peers of scripts/bench/voice: each has `serve(listener, ready)` and answers at `/voice/twilio`."""
