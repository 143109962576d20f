"""The models, one file or folder a family, named as its lesson is."""
