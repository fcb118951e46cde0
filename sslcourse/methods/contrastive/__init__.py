"""Pull together what belongs together, push apart what does not: in a batch, a queue or a bank; image and text."""
