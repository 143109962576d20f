"""The worlds: pairs (x, y), and for those that are made up the exact p(y | x)."""

from course_lib.datasets.billiards import Billiards
from course_lib.datasets.blind_spot import BlindSpot
from course_lib.datasets.captions import Captions
from course_lib.datasets.digits import Digits
from course_lib.datasets.fashion_mnist import FashionMNIST
from course_lib.datasets.files import DataUnavailable
from course_lib.datasets.photos import Photos
from course_lib.datasets.spots import Spots
from course_lib.datasets.tshirts import TShirts

__all__ = ["Billiards", "BlindSpot", "Captions", "DataUnavailable", "Digits",
           "FashionMNIST", "Photos", "Spots", "TShirts"]
