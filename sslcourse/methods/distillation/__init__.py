"""A student learns from a teacher that is a slow copy of itself: DINO, EsViT, iBOT, DINOv2, MSN, Mugs."""
