"""SMTP and LMTP sessions: wire, commands, limits; `channels.mail.smtp.inbox` puts them together."""
