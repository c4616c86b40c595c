"""The replay bench: measures of the meta-level on recorded outputs of real language models."""
