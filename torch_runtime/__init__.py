"""Facts about the installed torch that moderation and generation both need."""
