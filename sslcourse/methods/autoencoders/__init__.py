"""Copy the input through a narrow place: plain, denoising, contractive, variational, adversarial; BigBiGAN."""
