"""Write each feature vector as a sum of a few learned directions: sparse autoencoders on a network's activations."""
