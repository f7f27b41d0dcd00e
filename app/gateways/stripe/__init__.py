"""Stripe behind the house's port (domain/provider/ports.py). Imported only where PAYMENT_PROVIDER is stripe: the library weighs 30 MB."""
