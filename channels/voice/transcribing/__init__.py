"""Speech becomes text: faster-whisper in a child process, behind the small interface `Transcriber`."""
