"""The same ideas for words: tokenizers, counting, masked and causal language models."""
