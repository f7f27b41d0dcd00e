"""What every surface needs: the application class, sessions, sign-in, errors, formats, safety."""
