"""Worker processes: they claim what waits until they are told to stop."""
