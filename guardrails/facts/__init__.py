"""How text is read before a rule judges it: plain characters, numbers, dates, addresses, sentences."""
