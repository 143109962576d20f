"""For classes: submissions are graded, the class's mistakes counted, lessons released.
"""
