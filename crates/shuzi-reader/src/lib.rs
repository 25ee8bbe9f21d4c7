//! From an image of handwritten digits to the number it shows.
