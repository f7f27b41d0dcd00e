"""Fulfilment (履约): a parcel from the flagship's warehouse or a store, with the lines and quantities inside it."""
