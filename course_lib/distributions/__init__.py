"""Distributions over pictures, codebooks, and what is computed with them."""
