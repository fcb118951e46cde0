"""Pull together what belongs together, push apart what does not: triplets, NT-Xent, a queue of negatives, image and text."""
