"""A student learns from a teacher that is a slow copy of itself: DINO, iBOT, DINOv2, MSN."""
