"""Mail behind the wire: the spool, the conversation a mail finds, what goes out."""
