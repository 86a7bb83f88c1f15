"""What a turn may know: the thread, the customer's facts, the end of earlier conversations."""
