"""Between assistant and human: who has a conversation, what waits for a yes, and what follows it."""
