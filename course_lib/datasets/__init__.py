"""The worlds: pairs (x, y), and for those that are made up the exact p(y | x)."""

from course_lib.datasets.billiards import Billiards
from course_lib.datasets.blind_spot import BlindSpot
from course_lib.datasets.captions import Captions
from course_lib.datasets.digits import Digits
from course_lib.datasets.facades import Facades, Segmentation
from course_lib.datasets.files import DataUnavailable
from course_lib.datasets.folders import SideBySide, TwoFolders
from course_lib.datasets.photos import Photos
from course_lib.datasets.spots import Spots
from course_lib.datasets.stereo import Stereo
from course_lib.datasets.symbols import CoveredHouses, NextPlace, WindowBoxes
from course_lib.datasets.tshirts import TShirts
from course_lib.datasets.unpaired import Conventions, GreyAndDyed

__all__ = ["Billiards", "BlindSpot", "Captions", "Conventions", "CoveredHouses",
           "DataUnavailable", "Digits", "Facades", "GreyAndDyed", "NextPlace", "Photos",
           "Segmentation", "SideBySide", "Spots", "Stereo", "TShirts", "TwoFolders",
           "WindowBoxes"]
