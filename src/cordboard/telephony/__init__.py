"""The wall socket: what rooms above may ask of telephones, and what telephones tell."""
