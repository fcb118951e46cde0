"""With labels, few or many: supervised, transferred, distilled, semi-supervised."""
