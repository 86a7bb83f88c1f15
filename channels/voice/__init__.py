"""The voice channel: callers in the browser and on phone lines, heard and answered with local speech."""
