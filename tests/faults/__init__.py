"""What must survive: a killed process, a full disk, two at once. Each ends well, or in a clear word."""
