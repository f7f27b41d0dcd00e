"""What people and programs see: one folder per surface, `shared` for all of them. Surfaces do not know each other."""
