"""The models, one file a family; each file, its test and its lesson share a name."""
