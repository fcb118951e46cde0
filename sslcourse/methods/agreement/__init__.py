"""Two views agree, and nothing is pushed apart: BYOL, SimSiam, Barlow Twins, VICReg, SwAV, LeJEPA."""
