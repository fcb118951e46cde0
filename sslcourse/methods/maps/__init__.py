"""From images to numbers with no deep network: PCA, t-SNE's probabilities and its gradient, patch dictionaries."""
