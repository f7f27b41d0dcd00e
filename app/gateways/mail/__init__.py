"""Mail: an SMTP server the operator names, and the twin that keeps messages in files."""
