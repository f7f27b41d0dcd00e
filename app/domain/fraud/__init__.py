"""Sales that are looked at before they pay: signals, holds, appeals."""
