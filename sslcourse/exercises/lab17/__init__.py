"""Lab 17, CLIP: texts as means of words, the softmax and the sigmoid loss, classes by their prompts."""

from . import clip, hunt_clip, mean_of_words, siglip, zero_shot_predict_proba

EXERCISES = (mean_of_words.EXERCISE, clip.EXERCISE, hunt_clip.EXERCISE, siglip.EXERCISE, zero_shot_predict_proba.EXERCISE)
