"""Fulfilment (履约): a parcel from the flagship's warehouse or a store, with the lines and quantities inside it; and what goes back to the
flagship: orders it is to ship (pushes), and its stock lowered by what we sold."""
