"""Lab 04, how good is Z: the weighted kNN vote, top-k accuracy, and the expected calibration error."""

from . import calibration_error, knn, top_k

EXERCISES = (knn.EXERCISE, top_k.EXERCISE, calibration_error.EXERCISE)
