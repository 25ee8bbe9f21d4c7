"""Reads handwritten numbers off pictures, and says how likely each is right.

>>> import shuzi
>>> reading = shuzi.read("slip.png")
>>> reading.text, reading.accepted
('7210414959', True)
"""

from shuzi._shuzi import ReadError
from shuzi.records import Digit, Mark, Number, RejectReason, Role, RunnerUp
from shuzi.network import Network
from shuzi.reader import Reader, read, read_many
from shuzi.reading import Reading
from shuzi.sources import Source

__all__ = [
    "Digit",
    "Mark",
    "Network",
    "Number",
    "ReadError",
    "Reader",
    "Reading",
    "RejectReason",
    "Role",
    "RunnerUp",
    "Source",
    "read",
    "read_many",
]
