"""SimCLR: two views of an image agree, in a network whose first layer is patches' principal components."""

import time

from sslcourse import augment, methods, models, runtime, training


def learn(images, seconds, seed):
    start = time.perf_counter()
    with runtime.seeded(seed):
        method = methods.SimCLR(models.patch_resnet(images), views=augment.simclr_views(24, scale=(0.2, 1.0)),
                                temperature=0.15)
    left = seconds - (time.perf_counter() - start)  # the filters took some of it
    training.train(method, images, seconds=left, batch_size=256, lr=4e-3, optimizer="muon", momentum=0.95, seed=seed)
    return method.encoder
