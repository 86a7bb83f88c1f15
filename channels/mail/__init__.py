"""Mail: the inbox (SMTP, LMTP), reading what came, writing what goes out."""
