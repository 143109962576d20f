"""The worlds: pairs (x, y), and for the shirts the exact p(y | x)."""

from course_lib.datasets.billiards import Billiards
from course_lib.datasets.digits import Digits
from course_lib.datasets.fashion_mnist import FashionMNIST
from course_lib.datasets.files import DataUnavailable
from course_lib.datasets.photos import Photos
from course_lib.datasets.tshirts import TShirts

__all__ = ["Billiards", "DataUnavailable", "Digits", "FashionMNIST", "Photos",
           "TShirts"]
