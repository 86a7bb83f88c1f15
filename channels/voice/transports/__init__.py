"""The wires that calls come in by: the native socket, and Twilio Media Streams with their TwiML."""
