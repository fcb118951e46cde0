"""Lab 04, how good is Z: the weighted kNN vote, top-k accuracy, the expected calibration error, and what mends it."""

from . import calibration_error, fit_temperature, hunt, knn, top_k

EXERCISES = (knn.EXERCISE, hunt.EXERCISE, top_k.EXERCISE, calibration_error.EXERCISE, fit_temperature.EXERCISE)
