"""Text messages: a carrier reached by HTTPS, and the twin that plays it where nobody's phone is to ring."""
