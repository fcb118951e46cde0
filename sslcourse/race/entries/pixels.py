"""Raw pixels: the image as it is. Whoever is behind has learned nothing."""


def learn(images, seconds, seed):
    return lambda batch: batch.flatten(1)
