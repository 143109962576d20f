"""What `python -m course_lib` can be told to do, one file a command."""
