"""Web chat: the socket, POST /chat as JSON or server-sent events, file upload, the page and its widget."""
