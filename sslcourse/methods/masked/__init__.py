"""Hide most of an image's patches, and predict them: MAE, SimMIM, I-JEPA, EVA."""
