"""What comes in and goes out: messages, their timeline, who listens, who is told."""
