"""Lab 19, which method wins: two rank correlations, how sure they are, a bug in that, and what a method gives away."""

from . import bootstrap_interval, hunt_bootstrap_interval, kendall_tau, largest_regret, spearman

EXERCISES = (
    kendall_tau.EXERCISE, spearman.EXERCISE, bootstrap_interval.EXERCISE, hunt_bootstrap_interval.EXERCISE,
    largest_regret.EXERCISE,
)
