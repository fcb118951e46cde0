"""The losses once more, as plain loops over Python floats, written straight from the papers.

No tensors, no broadcasting, no masking trick, and double precision throughout: slow on purpose, and hard to get wrong.
Tensors may be passed; they are turned into nested lists.
"""

from __future__ import annotations

import cmath
import functools
import math


def on_lists(loss):
    """The loss with every tensor among its arguments turned into nested lists of floats."""

    def plain(value):
        if hasattr(value, "tolist"):
            return value.detach().tolist()
        return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value

    @functools.wraps(loss)
    def wrapped(*args, **kwargs):
        return loss(*(plain(arg) for arg in args), **{name: plain(arg) for name, arg in kwargs.items()})

    return wrapped


def dot(a, b):
    return math.fsum(x * y for x, y in zip(a, b))


def norm(a):
    return math.sqrt(dot(a, a))


def cosine(a, b):
    return dot(a, b) / (norm(a) * norm(b))


def squared_distance(a, b):
    return math.fsum((x - y) ** 2 for x, y in zip(a, b))


def mean(values):
    return math.fsum(values) / len(values)


def minus_log_softmax(logits, k):
    """−log( e^{x_k} / Σ_j e^{x_j} ) = log( 1 + Σ_{j≠k} e^{x_j − x_k} )."""
    return math.log1p(math.fsum(math.exp(x - logits[k]) for j, x in enumerate(logits) if j != k))


def cross_entropy(p, logits):
    return math.fsum(p[k] * minus_log_softmax(logits, k) for k in range(len(p)))


def softmax(logits):
    return [math.exp(-minus_log_softmax(logits, k)) for k in range(len(logits))]


@on_lists
def nt_xent(z0, z1, temperature):
    """SimCLR, equation (1) and the mean of Algorithm 1."""
    z = z0 + z1
    n = len(z0)
    terms = []
    for i in range(2 * n):
        j = (i + n) % (2 * n)
        right = cosine(z[i], z[j]) / temperature
        wrong = [math.exp(cosine(z[i], z[k]) / temperature - right) for k in range(2 * n) if k not in (i, j)]
        terms.append(math.log1p(math.fsum(wrong)))
    return mean(terms)


@on_lists
def nt_xent_logits(z0, z1, temperature):
    """The table of similarities and each row's right column, as two lists."""
    z = z0 + z1
    table = [[-math.inf if i == k else cosine(a, b) / temperature for k, b in enumerate(z)] for i, a in enumerate(z)]
    return table, [i + len(z0) if i < len(z0) else i - len(z0) for i in range(len(z))]


@on_lists
def negative_shares(z0, z1, temperature):
    """A softmax over each row's negatives alone."""
    table, positive = nt_xent_logits(z0, z1, temperature)
    shares = []
    for i, row in enumerate(table):
        push = [0.0 if k in (i, positive[i]) else math.exp(x - max(row)) for k, x in enumerate(row)]
        shares.append([x / math.fsum(push) for x in push])
    return shares


def supervised_contrastive(z0, z1, labels, temperature):
    """Khosla et al., equation (2): L_out, the mean over the partners outside of the logarithm."""
    y = [int(label) for label in labels] * 2

    @on_lists
    def loop(z0, z1):
        table, _ = nt_xent_logits.__wrapped__(z0, z1, temperature)
        each = []
        for i, row in enumerate(table):
            below = max(row) + math.log(math.fsum(math.exp(x - max(row)) for x in row))
            each.append(mean([below - row[p] for p in range(len(y)) if p != i and y[p] == y[i]]))
        return mean(each)

    return loop(z0, z1)


@on_lists
def clip(images, texts, scale):
    """CLIP, Figure 3: −log softmax of the right pair, along rows and along columns."""
    logits = [[scale * cosine(image, text) for text in texts] for image in images]
    rows = mean([minus_log_softmax(logits[i], i) for i in range(len(images))])
    columns = mean([minus_log_softmax([row[i] for row in logits], i) for i in range(len(images))])
    return (rows + columns) / 2


@on_lists
def siglip(images, texts, scale, bias):
    """SigLIP, Algorithm 1: for each cell −log of the probability of the right answer, yes or no; over the number of rows."""
    cells = [(1 if i == j else -1) * (scale * cosine(image, text) + bias)
             for i, image in enumerate(images) for j, text in enumerate(texts)]
    return math.fsum(math.log1p(math.exp(-x)) for x in cells) / len(images)


@on_lists
def triplets(embeddings, labels, margin, mining):
    """Every (a, p, n, ‖a − p‖² − ‖a − n‖² + margin) that the mining chooses."""
    f = [[value / norm(row) for value in row] for row in embeddings]
    d = [[squared_distance(a, b) for b in f] for a in f]
    chosen = []
    for a in range(len(f)):
        positives = [p for p in range(len(f)) if p != a and labels[p] == labels[a]]
        negatives = [n for n in range(len(f)) if labels[n] != labels[a]]
        if mining == "hard":
            if positives and negatives:
                p = max(positives, key=lambda p: d[a][p])
                n = min(negatives, key=lambda n: d[a][n])
                chosen.append((a, p, n, d[a][p] - d[a][n] + margin))
            continue
        for p in positives:
            for n in negatives:
                violates = d[a][n] < d[a][p] + margin
                if violates and (mining == "all" or d[a][n] > d[a][p]):
                    chosen.append((a, p, n, d[a][p] - d[a][n] + margin))
    return chosen


def triplet_margin(embeddings, labels, margin, mining):
    """FaceNet's hinge, as a mean over the chosen triplets."""
    terms = [max(term, 0.0) for *_, term in triplets(embeddings, labels, margin, mining)]
    return mean(terms) if terms else 0.0


@on_lists
def batch_hard(embeddings, labels):
    """Hermans et al., equation (5), with ln(1 + e^x) in place of the hinge; embeddings taken as they are."""
    distance = [[math.sqrt(squared_distance(a, b)) for b in embeddings] for a in embeddings]
    each = []
    for a, row in enumerate(distance):
        positives = [d for p, d in enumerate(row) if p != a and labels[p] == labels[a]]
        negatives = [d for n, d in enumerate(row) if labels[n] != labels[a]]
        if positives and negatives:
            each.append(math.log1p(math.exp(max(positives) - min(negatives))))
    return mean(each)


@on_lists
def triplet_loss(anchor, positive, negative, margin):
    """FaceNet's hinge over triplets that are given, embeddings taken as they are."""
    each = zip(anchor, positive, negative)
    return mean([max(squared_distance(a, p) - squared_distance(a, n) + margin, 0.0) for a, p, n in each])


@on_lists
def semihard_mask(distances, labels, margin):
    """FaceNet, section 3.2: d(a, p) < d(a, n) < d(a, p) + α."""
    rows = range(len(labels))
    return [[[
        float(a != p and labels[a] == labels[p] != labels[n] and 0 < distances[a][n] - distances[a][p] < margin)
        for n in rows] for p in rows] for a in rows]



@on_lists
def dino(teacher_out, student_out, center, teacher_temp, student_temp):
    """DINO, equation (3), as a mean over pairs of different views and over the batch."""
    terms = []
    for t, teacher in enumerate(teacher_out):
        for s, student in enumerate(student_out):
            if t == s:
                continue
            for i in range(len(teacher)):
                p = softmax([(x - c) / teacher_temp for x, c in zip(teacher[i], center)])
                terms.append(cross_entropy(p, [x / student_temp for x in student[i]]))
    return mean(terms)


@on_lists
def dino_cross_entropy(teacher_out, student_out, center, teacher_temp, student_temp):
    """DINO, Algorithm 1: H(t, s), the mean over the rows."""
    terms = []
    for teacher, student in zip(teacher_out, student_out):
        p = softmax([(x - c) / teacher_temp for x, c in zip(teacher, center)])
        terms.append(cross_entropy(p, [x / student_temp for x in student]))
    return mean(terms)


@on_lists
def multi_crop_loss(p, log_q):
    """DINO, equation (3), from probabilities and log-probabilities."""
    pairs = [(teacher, student) for i, teacher in enumerate(p) for j, student in enumerate(log_q) if i != j]
    return mean([-dot(a, b) for teacher, student in pairs for a, b in zip(teacher, student)])


@on_lists
def output_entropies(p):
    """Of a row on average, and of the mean row."""
    def entropy(row):
        return -math.fsum(x * math.log(x) for x in row if x > 0)

    return mean([entropy(row) for row in p]), entropy([mean(column) for column in zip(*p)])



@on_lists
def moved_center(center, teacher_out, momentum):
    """DINO, equation (4)."""
    rows = [row for view in teacher_out for row in view]
    return [momentum * c + (1 - momentum) * mean([row[k] for row in rows]) for k, c in enumerate(center)]


@on_lists
def ibot(teacher_out, student_out, mask, center, teacher_temp, student_temp):
    """iBOT, L_MIM: mean over an image's masked patches, then over images; `mask` is (B, L)."""
    row, images = 0, []
    for image in mask:
        terms = []
        for masked in image:
            if masked:
                p = softmax([(x - c) / teacher_temp for x, c in zip(teacher_out[row], center)])
                terms.append(cross_entropy(p, [x / student_temp for x in student_out[row]]))
                row += 1
        images.append(mean(terms) if terms else 0.0)
    return mean(images)


@on_lists
def masked_cross_entropy(p, log_q, mask):
    """iBOT, equation (2): at each masked patch, then the mean of an image's masked patches, then of the images."""
    row, images = 0, []
    for image in mask:
        terms = []
        for masked in image:
            if masked:
                terms.append(-dot(p[row], log_q[row]))
                row += 1
        images.append(mean(terms) if terms else 0.0)
    return mean(images)


@on_lists
def sinkhorn_knopp(logits, epsilon, iterations):
    """SwAV, equation (5): divide columns and rows by their sums, in turn."""
    q = [[math.exp(x / epsilon) for x in row] for row in logits]
    for _ in range(iterations):
        columns = [math.fsum(row[k] for row in q) for k in range(len(q[0]))]
        q = [[x / column for x, column in zip(row, columns)] for row in q]
        q = [[x / math.fsum(row) for x in row] for row in q]
    return q


@on_lists
def swav(scores, code_scores, temperature, epsilon, iterations):
    """SwAV, equations (2) and (6): view v predicts the codes of the views i, never its own; the mean over pairs and rows."""
    terms = []
    for i, view in enumerate(code_scores):
        q = sinkhorn_knopp(view, epsilon, iterations)
        for v, others in enumerate(scores):
            if v != i:
                terms += [cross_entropy(code, [x / temperature for x in row]) for code, row in zip(q, others)]
    return mean(terms)


@on_lists
def negative_cosine_similarity(x0, x1):
    """SimSiam, equation (1), averaged."""
    return -mean([cosine(a, b) for a, b in zip(x0, x1)])


@on_lists
def simsiam_loss(p0, p1, z0, z1):
    """SimSiam, equation (4): each prediction with the other view's projection."""
    return (negative_cosine_similarity(p0, z1) + negative_cosine_similarity(p1, z0)) / 2



@on_lists
def barlow_twins(z_a, z_b, lambda_param, eps):
    """Barlow Twins, equations (1) and (2); eps joins the variances."""
    n, d = len(z_a), len(z_a[0])

    def centred(z, j):
        column = [row[j] for row in z]
        return [value - mean(column) for value in column]

    loss = []
    for i in range(d):
        for j in range(d):
            a, b = centred(z_a, i), centred(z_b, j)
            c = dot(a, b) / n / (math.sqrt(dot(a, a) / n + eps) * math.sqrt(dot(b, b) / n + eps))
            loss.append((1 - c) ** 2 if i == j else lambda_param * c**2)
    return math.fsum(loss)


@on_lists
def vicreg(z_a, z_b, lambda_param, mu_param, nu_param, eps):
    """VICReg, equations (1) to (6), with the published code's scale: s over n and d, half of v."""
    n, d = len(z_a), len(z_a[0])
    s = mean([squared_distance(a, b) for a, b in zip(z_a, z_b)]) / d
    v = c = 0.0
    for z in (z_a, z_b):
        means = [mean([row[j] for row in z]) for j in range(d)]
        for i in range(d):
            for j in range(d):
                covariance = math.fsum((row[i] - means[i]) * (row[j] - means[j]) for row in z) / (n - 1)
                if i == j:
                    v += max(0.0, 1 - math.sqrt(covariance + eps)) / d
                else:
                    c += covariance**2 / d
    return lambda_param * s + mu_param * v / 2 + nu_param * c


@on_lists
def koleo(x, eps):
    """Sablayrolles et al.: −1/n Σ log of the distance to the nearest neighbour."""
    x = [[value / norm(row) for value in row] for row in x]
    nearest = [min(math.sqrt(squared_distance(a, b)) for j, b in enumerate(x) if j != i) for i, a in enumerate(x)]
    return -mean([math.log(d + eps) for d in nearest])


@on_lists
def gaussian_kl(mu, log_var):
    """Kingma & Welling, Appendix B."""
    terms = [1 + s - m**2 - math.exp(s) for row, logs in zip(mu, log_var) for m, s in zip(row, logs)]
    return -math.fsum(terms) / 2 / len(mu)


@on_lists
def reconstruction_nll(reconstruction, images, likelihood, scale):
    """Minus the log-likelihood of each pixel, summed; averaged over images. Both arguments are (N, P)."""
    terms = []
    for y, x in ((y, x) for ys, xs in zip(reconstruction, images) for y, x in zip(ys, xs)):
        if likelihood == "bernoulli":
            terms.append(x * math.log1p(math.exp(-y)) + (1 - x) * math.log1p(math.exp(y)))
        else:
            terms.append((x - y) ** 2 / (2 * scale**2) + math.log(scale * math.sqrt(2 * math.pi)))
    return math.fsum(terms) / len(images)


@on_lists
def masked_mse(prediction, target, mask, normalize_target):
    """MAE: squared error over the masked patches' pixels."""
    terms = []
    for predicted, wanted, masks in zip(prediction, target, mask):
        for x, y, masked in zip(predicted, wanted, masks):
            if normalize_target:
                variance = squared_distance(y, [mean(y)] * len(y)) / (len(y) - 1)
                y = [(value - mean(y)) / math.sqrt(variance + 1e-6) for value in y]
            if masked:
                terms.append(squared_distance(x, y) / len(y))
    return mean(terms)


@on_lists
def fixmatch_loss(weak_logits, strong_logits, threshold):
    """FixMatch, equation (4): the unsure images add 0, and count in the mean."""
    terms = []
    for weak, strong in zip(weak_logits, strong_logits):
        q = softmax(weak)
        believed = max(range(len(q)), key=q.__getitem__)
        terms.append(minus_log_softmax(strong, believed) if q[believed] >= threshold else 0.0)
    return mean(terms)


def next_token_loss(logits, tokens):
    """Each token but a row's first, asked of the place before it."""
    terms = []
    for row, read in zip(logits, tokens):
        terms += [minus_log_softmax(row[t - 1], int(read[t])) for t in range(1, len(read))]
    return mean(terms)


def distillation(teacher_out, student_out, temperature):
    """SimCLRv2, equation (2), averaged."""
    terms = []
    for teacher, student in zip(teacher_out, student_out):
        p = softmax([x / temperature for x in teacher])
        terms.append(cross_entropy(p, [x / temperature for x in student]))
    return mean(terms)


@on_lists
def semi_supervised_distillation(teacher_out, student_out, labels, temperature, alpha):
    """SimCLRv2, equation (3): each sum a mean over its own images; a label of −1 is none."""
    hard = [minus_log_softmax(row, label) for row, label in zip(student_out, labels) if label >= 0]
    soft = distillation(teacher_out, student_out, temperature)
    return (1 - alpha) * (mean(hard) if hard else 0.0) + alpha * soft


@on_lists
def info_nce(query, key, temperature, bank=None):
    """van den Oord et al., equation (4): the right key, and the wrong ones, by cosines."""
    terms = []
    for i, q in enumerate(query):
        wrong = bank if bank is not None else [k for j, k in enumerate(key) if j != i]
        terms.append(minus_log_softmax([cosine(q, k) / temperature for k in (key[i], *wrong)], 0))
    return mean(terms)


@on_lists
def msn(anchor_scores, target_scores, temperature, target_temperature, iterations, weight):
    """MSN, equation (1): sharpened targets, Sinkhorn-Knopp on their probabilities, and the entropy of the anchors' mean."""
    target = [softmax([x / target_temperature for x in row]) for row in target_scores]
    for _ in range(iterations):
        columns = [math.fsum(row[k] for row in target) for k in range(len(target[0]))]
        target = [[x / column for x, column in zip(row, columns)] for row in target]
        target = [[x / math.fsum(row) for x in row] for row in target]
    anchors = [[x / temperature for x in row] for view in anchor_scores for row in view]
    surprise = mean([cross_entropy(p, row) for view in anchor_scores
                     for p, row in zip(target, [[x / temperature for x in row] for row in view])])
    average = [mean(column) for column in zip(*(softmax(row) for row in anchors))]
    return surprise + weight * (math.log(len(average)) + math.fsum(p * math.log(p) for p in average))


@on_lists
def kl_consistency(target_logits, logits):
    """Miyato et al., equation (5): KL(p ‖ q) of two softmaxes, averaged."""
    terms = []
    for a, b in zip(target_logits, logits):
        terms.append(math.fsum(p * (minus_log_softmax(b, k) - minus_log_softmax(a, k)) for k, p in enumerate(softmax(a))))
    return mean(terms)


@on_lists
def entropy(logits):
    """Grandvalet & Bengio, equation (6): −Σ p log p of a softmax, averaged."""
    return mean([cross_entropy(softmax(row), row) for row in logits])


@on_lists
def uda_loss(weak_logits, strong_logits, temperature, threshold):
    """UDA, equation (1), of the sure images alone and with sharpened targets; the others add 0 and count in the mean."""
    terms = []
    for weak, strong in zip(weak_logits, strong_logits):
        sharp = [x / temperature for x in weak]
        divergence = math.fsum(
            p * (minus_log_softmax(strong, k) - minus_log_softmax(sharp, k)) for k, p in enumerate(softmax(sharp)))
        terms.append(divergence if max(softmax(weak)) > threshold else 0.0)
    return mean(terms)


@on_lists
def sigreg(z, directions, points=17, largest=5.0):
    """LeJEPA, Algorithm 1, with complex numbers and the trapezoid rule written out."""
    step, statistics = 2 * largest / (points - 1), []
    for a in directions:
        x, values = [dot(row, a) / norm(a) for row in z], []
        for k in range(points):
            t = -largest + k * step
            empirical = sum(cmath.exp(1j * t * each) for each in x) / len(x)
            values.append(abs(empirical - math.exp(-(t**2) / 2)) ** 2 * math.exp(-(t**2) / 2))
        statistics.append(len(x) * step * (math.fsum(values) - (values[0] + values[-1]) / 2))
    return mean(statistics)


@on_lists
def lejepa(views, directions, n_global, weight):
    """LeJEPA, Algorithm 2: every coordinate's square distance from the mean of the global views, and SIGReg of each view."""
    squares = []
    for n in range(len(views[0])):
        for d in range(len(views[0][0])):
            middle = mean([view[n][d] for view in views[:n_global]])
            squares += [(view[n][d] - middle) ** 2 for view in views]
    return (1 - weight) * mean(squares) + weight * mean([sigreg(view, directions) for view in views])


@on_lists
def region_loss(p, log_q, teacher_features, student_features):
    """EsViT, equation (3): each of the student's regions with the teacher's of the largest cosine."""
    terms = []
    for image in range(len(p)):
        for row, z in zip(log_q[image], student_features[image]):
            near = max(range(len(p[image])), key=lambda j: cosine(teacher_features[image][j], z))
            terms.append(-dot(p[image][near], row))
    return mean(terms)
