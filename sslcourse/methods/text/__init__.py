"""The same ideas for words: a tokenizer, counting, masked and causal language models."""
