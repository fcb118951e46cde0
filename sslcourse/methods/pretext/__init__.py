"""Tasks whose answers come free with the image: its colors, the order of its tiles, which way is up."""
