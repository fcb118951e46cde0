"""From images to numbers with no deep network: PCA, t-SNE's neighbourhoods, patch dictionaries."""
