"""What the pages share: figures, the page frame, the session's state."""
