"""What a student types in each lab: a wrong answer to one exercise, words of the hint that it earns, and a right one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Typed:
    """One exercise of one lab, answered wrongly and then rightly. Both are whole cells, as they stand in the notebook."""

    exercise: str
    wrong: str
    hint: str
    right: str


#: lab number -> what is typed there
TYPED: dict[str, Typed] = {
    "02": Typed(
        "masking_noise",
        """def masking_noise(images, share):
    return images * (torch.rand_like(images) >= share)


masking_noise = exercises.masking_noise.check(masking_noise)""",
        "where red is gone, green and blue still give it away",
        """def masking_noise(images, share):
    gone = torch.rand(len(images), 1, *images.shape[2:]) < share
    return images.masked_fill(gone.to(images.device), 0)


masking_noise = exercises.masking_noise.check(masking_noise)""",
    ),
    "03": Typed(
        "gaussian_kl",
        """def gaussian_kl(mu, log_var):
    return -0.5 * (1 + log_var - mu**2 - log_var.exp()).mean()


gaussian_kl = exercises.gaussian_kl.check(gaussian_kl)""",
        "Their divergences add up",
        """def gaussian_kl(mu, log_var):
    return -0.5 * (1 + log_var - mu**2 - log_var.exp()).sum(dim=1).mean()


gaussian_kl = exercises.gaussian_kl.check(gaussian_kl)""",
    ),
    "04": Typed(
        "expected_calibration_error",
        """def expected_calibration_error(proba, y, n_bins=15):
    confidence, answer = proba.double().max(dim=1)
    right, error = (answer == y).double(), 0.0
    for m in range(n_bins):
        inside = (confidence >= m / n_bins) & (confidence < (m + 1) / n_bins)
        if inside.any():
            error += inside.double().mean() * (right[inside].mean() - confidence[inside].mean()).abs()
    return float(error)


expected_calibration_error = exercises.expected_calibration_error.check(expected_calibration_error)""",
        "A confidence of exactly 1 falls out of every bin",
        """def expected_calibration_error(proba, y, n_bins=15):
    confidence, answer = proba.double().max(dim=1)
    right, error = (answer == y).double(), 0.0
    for m in range(n_bins):
        inside = (confidence > m / n_bins) & (confidence <= (m + 1) / n_bins)
        if inside.any():
            error += inside.double().mean() * (right[inside].mean() - confidence[inside].mean()).abs()
    return float(error)


expected_calibration_error = exercises.expected_calibration_error.check(expected_calibration_error)""",
    ),
    "05": Typed(
        "steps_to_reach",
        """def steps_to_reach(steps, accuracies, target):
    return next((step for step, accuracy in zip(steps, accuracies) if accuracy >= target), float("inf"))


steps_to_reach = exercises.steps_to_reach.check(steps_to_reach)""",
        "rounded up to a step at which somebody looked",
        """def steps_to_reach(steps, accuracies, target):
    if accuracies[0] >= target:
        return float(steps[0])
    for i in range(1, len(steps)):
        if accuracies[i] >= target:
            share = (target - accuracies[i - 1]) / (accuracies[i] - accuracies[i - 1])
            return steps[i - 1] + share * (steps[i] - steps[i - 1])
    return float("inf")


steps_to_reach = exercises.steps_to_reach.check(steps_to_reach)""",
    ),
    "07": Typed(
        "farthest_permutation",
        """def farthest_permutation(chosen, candidates):
    distances = (candidates[:, None] != chosen[None]).sum(dim=2)
    return int(distances.sum(dim=1).argmax())


farthest_permutation = exercises.farthest_permutation.check(farthest_permutation)""",
        "the near twin of one of them",
        """def farthest_permutation(chosen, candidates):
    distances = (candidates[:, None] != chosen[None]).sum(dim=2)
    return int(distances.min(dim=1).values.argmax())


farthest_permutation = exercises.farthest_permutation.check(farthest_permutation)""",
    ),
    "08": Typed(
        "rotate_all",
        """def rotate_all(images, angles=4):
    copies = torch.cat([torch.rot90(images, k * 4 // angles, dims=(2, 3)) for k in range(angles)])
    return copies, torch.arange(angles).repeat(len(images))


rotate_all = exercises.rotate_all.check(rotate_all)""",
        "the labels begin with N",
        """def rotate_all(images, angles=4):
    copies = torch.cat([torch.rot90(images, k * 4 // angles, dims=(2, 3)) for k in range(angles)])
    return copies, torch.arange(angles).repeat_interleave(len(images))


rotate_all = exercises.rotate_all.check(rotate_all)""",
    ),
    "06": Typed(
        "annealed_mean",
        """def annealed_mean(logits, bins, temperature=0.38):
    return torch.softmax(logits, dim=1) @ bins


annealed_mean = exercises.annealed_mean.check(annealed_mean)""",
        "Dividing probabilities and normalising again changes nothing",
        """def annealed_mean(logits, bins, temperature=0.38):
    return torch.softmax(logits / temperature, dim=1) @ bins


annealed_mean = exercises.annealed_mean.check(annealed_mean)""",
    ),
    "10": Typed(
        "nt_xent",
        """def nt_xent(z0, z1, temperature=0.5):
    z = F.normalize(torch.cat([z0, z1]), dim=1)
    return F.cross_entropy(z @ z.T / temperature, torch.arange(len(z)).roll(len(z0)))


nt_xent = exercises.nt_xent.check(nt_xent)""",
        "put −∞ on the diagonal before the softmax",
        """def nt_xent(z0, z1, temperature=0.5):
    z = F.normalize(torch.cat([z0, z1]), dim=1)
    logits = (z @ z.T / temperature).fill_diagonal_(-torch.inf)
    return F.cross_entropy(logits, torch.arange(len(z), device=z.device).roll(len(z0)))


nt_xent = exercises.nt_xent.check(nt_xent)""",
    ),
    "09": Typed(
        "triplet_loss",
        """def triplet_loss(anchor, positive, negative, margin=0.2):
    to_positive = (anchor - positive).square().sum(dim=1)
    to_negative = (anchor - negative).square().sum(dim=1)
    return (to_positive - to_negative + margin).mean()


triplet_loss = exercises.triplet_loss.check(triplet_loss)""",
        "which pays for pushing negatives ever further",
        """def triplet_loss(anchor, positive, negative, margin=0.2):
    to_positive = (anchor - positive).square().sum(dim=1)
    to_negative = (anchor - negative).square().sum(dim=1)
    return (to_positive - to_negative + margin).clamp(min=0).mean()


triplet_loss = exercises.triplet_loss.check(triplet_loss)""",
    ),
    "12": Typed(
        "simsiam_loss",
        """def simsiam_loss(p0, p1, z0, z1):
    D = lambda p, z: -F.cosine_similarity(p, z, dim=1).mean()
    return (D(p0, z1) + D(p1, z0)) / 2


simsiam_loss = exercises.simsiam_loss.check(simsiam_loss)""",
        "nothing keeps them from meeting in one point",
        """def simsiam_loss(p0, p1, z0, z1):
    D = lambda p, z: -F.cosine_similarity(p, z.detach(), dim=1).mean()
    return (D(p0, z1) + D(p1, z0)) / 2


simsiam_loss = exercises.simsiam_loss.check(simsiam_loss)""",
    ),
    "11": Typed(
        "fixmatch_loss",
        """def fixmatch_loss(weak_logits, strong_logits, threshold=0.95):
    confidence, believed = weak_logits.softmax(dim=1).max(dim=1)
    mask = (confidence >= threshold).float()
    return (F.cross_entropy(strong_logits, believed, reduction="none") * mask).sum() / mask.sum().clamp_min(1)


fixmatch_loss = exercises.fixmatch_loss.check(fixmatch_loss)""",
        "the unlabelled images are to count for little",
        """def fixmatch_loss(weak_logits, strong_logits, threshold=0.95):
    confidence, believed = weak_logits.softmax(dim=1).max(dim=1)
    mask = (confidence >= threshold).to(strong_logits.dtype)
    return (F.cross_entropy(strong_logits, believed, reduction="none") * mask).mean()


fixmatch_loss = exercises.fixmatch_loss.check(fixmatch_loss)""",
    ),
    "15": Typed(
        "dino_cross_entropy",
        """def dino_cross_entropy(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    p = torch.softmax((teacher_out - center) / teacher_temp, dim=1)
    log_q = torch.log_softmax(student_out / student_temp, dim=1)
    return -(p * log_q).sum(dim=1).mean()


dino_cross_entropy = exercises.dino_cross_entropy.check(dino_cross_entropy)""",
        "a gradient flows into the teacher",
        """def dino_cross_entropy(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    p = torch.softmax((teacher_out.detach() - center) / teacher_temp, dim=1)
    log_q = torch.log_softmax(student_out / student_temp, dim=1)
    return -(p * log_q).sum(dim=1).mean()


dino_cross_entropy = exercises.dino_cross_entropy.check(dino_cross_entropy)""",
    ),
    "14": Typed(
        "fill_in",
        """def fill_in(visible, idx_keep, mask_token, length):
    n, k, d = visible.shape
    return torch.cat([visible, mask_token.expand(n, length - k, d)], dim=1)


fill_in = exercises.fill_in.check(fill_in)""",
        "has to find each patch at its own place",
        """def fill_in(visible, idx_keep, mask_token, length):
    tokens = mask_token.repeat(len(visible), length, 1)
    tokens[torch.arange(len(visible))[:, None], idx_keep] = visible
    return tokens


fill_in = exercises.fill_in.check(fill_in)""",
    ),
    "13": Typed(
        "next_token_loss",
        """def next_token_loss(logits, tokens):
    return torch.nn.functional.cross_entropy(logits.flatten(0, 1), tokens.flatten())


next_token_loss = exercises.next_token_loss.check(next_token_loss)""",
        "what it says there is about the next one",
        """def next_token_loss(logits, tokens):
    return torch.nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1), tokens[:, 1:].flatten())


next_token_loss = exercises.next_token_loss.check(next_token_loss)""",
    ),
    "16": Typed(
        "koleo",
        """def koleo(x, eps=1e-8):
    x = F.normalize(x, dim=1)
    nearest = torch.cdist(x, x).min(dim=1).values
    return -(nearest + eps).log().mean()


koleo = exercises.koleo.check(koleo)""",
        "Every row has found itself",
        """def koleo(x, eps=1e-8):
    x = F.normalize(x, dim=1)
    itself = torch.eye(len(x), dtype=torch.bool, device=x.device)
    nearest = torch.cdist(x, x).masked_fill(itself, torch.inf).min(dim=1).values
    return -(nearest + eps).log().mean()


koleo = exercises.koleo.check(koleo)""",
    ),
    "17": Typed(
        "clip",
        """def clip(image_features, text_features, logit_scale):
    images, texts = F.normalize(image_features, dim=1), F.normalize(text_features, dim=1)
    logits = logit_scale * images @ texts.T
    return F.cross_entropy(logits, torch.arange(len(logits)))


clip = exercises.clip.check(clip)""",
        "Only the images ask here",
        """def clip(image_features, text_features, logit_scale):
    images, texts = F.normalize(image_features, dim=1), F.normalize(text_features, dim=1)
    logits = logit_scale * images @ texts.T
    own = torch.arange(len(logits), device=logits.device)
    return (F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2


clip = exercises.clip.check(clip)""",
    ),
    "18": Typed(
        "topk_code",
        """def topk_code(a, k):
    values, places = a.topk(k, dim=1)
    return torch.zeros_like(a).scatter(1, places, values)


topk_code = exercises.topk_code.check(topk_code)""",
        "A latent fires or it does not",
        """def topk_code(a, k):
    values, places = a.relu().topk(k, dim=1)
    return torch.zeros_like(a).scatter(1, places, values)


topk_code = exercises.topk_code.check(topk_code)""",
    ),
    "19": Typed(
        "kendall_tau",
        """def kendall_tau(a, b):
    same = (a[:, None] - a).sign() * (b[:, None] - b).sign()
    return same.sum() / (len(a) * (len(a) - 1))


kendall_tau = exercises.kendall_tau.check(kendall_tau)""",
        "The pairs with equal numbers are counted in the denominator",
        """def kendall_tau(a, b):
    in_a, in_b = (a[:, None] - a).sign(), (b[:, None] - b).sign()
    return (in_a * in_b).sum() / (in_a.square().sum() * in_b.square().sum()).sqrt()


kendall_tau = exercises.kendall_tau.check(kendall_tau)""",
    ),
    "20": Typed(
        "warmup_cosine",
        """def warmup_cosine(progress, warmup):
    if progress < warmup:
        return progress / warmup
    return (1 + math.cos(math.pi * progress)) / 2


warmup_cosine = exercises.warmup_cosine.check(warmup_cosine)""",
        "there the rate jumps",
        """def warmup_cosine(progress, warmup):
    if progress < warmup:
        return progress / warmup
    return (1 + math.cos(math.pi * (progress - warmup) / (1 - warmup))) / 2


warmup_cosine = exercises.warmup_cosine.check(warmup_cosine)""",
    ),
}
