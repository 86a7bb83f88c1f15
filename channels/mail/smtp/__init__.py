"""SMTP and LMTP sessions: wire, commands, limits; `channels.mail.inbox` puts them together."""
